"""Data sets as arrays; everything random is seeded."""
