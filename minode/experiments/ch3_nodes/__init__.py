"""Chapter 3: Neural ODEs, their gradients, their cost and their limits."""
