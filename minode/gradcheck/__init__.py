"""Checking the gradients of `odeint` against formulas."""
