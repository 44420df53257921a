"""minode: Neural ODEs that can be read."""

from minode.adjoint import augmented_dynamics
from minode.gauge import ReconstructionWarning
from minode.guard import SolverError
from minode.nfe import count_nfe
from minode.primitive import odeint
from minode.solvers import solve
from minode.trace import vjp

__all__ = ["ReconstructionWarning", "SolverError", "augmented_dynamics", "count_nfe", "odeint", "solve", "vjp"]
__version__ = "0.1.0"
