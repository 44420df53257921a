"""Neural ODEs to be played with: one HTML file, whose numbers come from minode and whose solver is checked against it.

`parts/` holds what browsers read, `numbers/` computes what the page is fed with, `page.py` makes one file of both.
"""
