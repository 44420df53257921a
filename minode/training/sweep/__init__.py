"""Many runs at once: a grid of them, each in a folder of its own, on this machine or on a cluster."""
