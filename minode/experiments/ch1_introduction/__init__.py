"""Chapter 1: what an ODE network is said to offer."""
