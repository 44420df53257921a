"""Chapter 1: what an ODE network is said to offer (section 1.1)."""
