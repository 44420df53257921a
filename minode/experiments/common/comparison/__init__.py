"""Networks compared by their runs, whatever made these: a table, and a picture."""
