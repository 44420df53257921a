"""minode: Neural ODEs that can be read.

`odeint` solves dz/dt = f(t, z, params) and is differentiable by autograd; `ODEBlock` makes a layer of it. What is named
here is imported when it is first used, so that `import minode` and the command's help cost nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minode import blocks as blocks
    from minode import evaluation as evaluation
    from minode import exchange as exchange
    from minode import experiments as experiments
    from minode import gradcheck as gradcheck
    from minode import layers as layers
    from minode import losses as losses
    from minode import models as models
    from minode import optim as optim
    from minode import prediction as prediction
    from minode import training as training
    from minode.adjoint import augmented_dynamics
    from minode.blocks import ODEBlock, augment, vector_field
    from minode.gauge import ReconstructionWarning
    from minode.guard import SolverError
    from minode.nfe import count_nfe
    from minode.primitive import odeint
    from minode.solvers import solve
    from minode.trace import vjp

__all__ = [
    "ODEBlock",
    "ReconstructionWarning",
    "SolverError",
    "augment",
    "augmented_dynamics",
    "count_nfe",
    "odeint",
    "solve",
    "vector_field",
    "vjp",
]
__version__ = "0.1.0"

# Where each public name is defined, and the modules that need no import of their own.
_DEFINED_IN = {
    "ODEBlock": "blocks",
    "ReconstructionWarning": "gauge",
    "SolverError": "guard",
    "augment": "blocks",
    "augmented_dynamics": "adjoint",
    "count_nfe": "nfe",
    "odeint": "primitive",
    "solve": "solvers",
    "vector_field": "blocks",
    "vjp": "trace",
}
_MODULES = "blocks evaluation exchange experiments gradcheck layers losses models optim prediction training".split()


# A type checker that saw this function would take any name for one of ours.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in _MODULES:
            return import_module(f"minode.{name}")
        if name not in _DEFINED_IN:
            raise AttributeError(f"module 'minode' has no attribute {name!r}")
        # Kept, so that this function is asked once for each name.
        globals()[name] = value = getattr(import_module(f"minode.{_DEFINED_IN[name]}"), name)
        return value


def __dir__():
    return sorted([*__all__, *_MODULES, *(name for name in globals() if name.startswith("__"))])
