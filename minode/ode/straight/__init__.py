"""Fields that need no trace, since they are straight code."""
