"""The site: documentation, and notebooks that run in the browser, built from what is in the repository.

``python -m tests.site`` builds both, with what the extra ``[site]`` installs, and npm for MathJax.
"""
