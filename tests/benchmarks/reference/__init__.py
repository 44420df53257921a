"""What the reference script, torchdiffeq's `odenet_mnist.py`, counts."""
