"""The documentation, by Sphinx: what it is made of, how it is set, and the check of its links."""
