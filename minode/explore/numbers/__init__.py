"""What the page is fed with, a module a subject. Each has ``compute() -> dict``, numbers that JSON can hold.

An entry "checks" of such a dict holds what minode found, with tight tolerances, for the page to compare itself with.
"""
