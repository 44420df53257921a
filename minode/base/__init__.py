"""What all other folders use: checks, threads, trees, files, types. It contains no mathematics."""
