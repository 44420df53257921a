"""What is kept of a run, whole or not there."""
