"""What determines a run: its configuration, its batches, its network and learning rates."""
