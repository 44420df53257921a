"""What several benchmarks share: the peers, the problems, the clock."""
