"""What the experiments of all chapters share."""
