"""Data: arrays in, arrays out, seeded."""
