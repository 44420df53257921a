"""Runs that figures are made of: small ones, which are trained when they are needed, and long ones on record."""
