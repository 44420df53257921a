"""What experiments of all chapters share."""
