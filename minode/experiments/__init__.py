"""The figures and tables of the thesis, a folder each: `registry` lists them, `reproduction` makes them."""
