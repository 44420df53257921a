"""Beyond the thesis: flows of probability, time series and physics, which its Section 3.4 names and does not show."""
