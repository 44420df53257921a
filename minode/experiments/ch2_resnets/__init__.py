"""Chapter 2: residual networks, and what they have to do with Euler's method."""
