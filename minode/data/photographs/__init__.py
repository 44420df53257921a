"""Photographs of meters and plates: their folders, their annotations, and the characters in them."""
