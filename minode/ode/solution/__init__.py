"""The solution between the steps, as a function of t."""
