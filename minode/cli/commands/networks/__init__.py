"""Commands that train networks, or read trained ones."""
