"""Training of continuous normalizing flows."""
