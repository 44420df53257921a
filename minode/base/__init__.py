"""What everything stands on: checks, threads, trees, files. It knows no mathematics."""
