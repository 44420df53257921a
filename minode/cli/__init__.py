"""The command `minode`."""
