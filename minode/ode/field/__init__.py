"""The vector field as users write it: what it may return, its products with derivatives, how often it is called."""
