"""One step of Dormand and Prince's method, in the ways in which NumPy does it fast."""
