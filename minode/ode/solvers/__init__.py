"""Solvers, SciPy's and minode's own, behind one function."""
