"""The solvers that the NODE on record is read with: that of its training, and that of Chen et al. (2018)."""

# Names in figures -> methods of `odeint`. A step of dopri5 takes six evaluations, one of VODE one or two.
SOLVERS = {"dopri5": "dopri5-np", "VODE": "vode"}
