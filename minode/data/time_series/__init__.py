"""Series at irregular times: what was observed when, trajectories to be learned, and one real series."""
