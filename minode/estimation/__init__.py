"""Models with known form and unknown constants: least squares, with intervals."""
