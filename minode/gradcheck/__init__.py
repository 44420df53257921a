"""The gradients against formulas."""
