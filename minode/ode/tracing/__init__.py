"""f as users write it, traced, and its products."""
