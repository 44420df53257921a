"""Training networks, evaluating them, and using them."""
