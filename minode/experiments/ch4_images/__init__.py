"""Chapter 4: digits, meters and plates."""
