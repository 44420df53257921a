"""minode: Neural ODEs that can be read.

`odeint` solves dz/dt = f(t, z, params) and is differentiable by autograd; `ODEBlock` makes a layer of it. What is named
here is imported when it is first used, so that `import minode` and the command's help cost nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minode import data as data
    from minode import estimation as estimation
    from minode import experiments as experiments
    from minode import gradcheck as gradcheck
    from minode import nn as nn
    from minode import ode as ode
    from minode import training as training
    from minode.estimation.intervals import FitWarning
    from minode.estimation.least_squares import least_squares_fit
    from minode.nn import layers as layers
    from minode.nn import losses as losses
    from minode.nn import models as models
    from minode.nn import optim as optim
    from minode.nn.blocks import ODEBlock, augment, vector_field
    from minode.ode.dense_output import trajectory
    from minode.ode.events import solve_until
    from minode.ode.field.nfe import count_nfe
    from minode.ode.gradients.adjoint import augmented_dynamics
    from minode.ode.gradients.gauge import ReconstructionWarning
    from minode.ode.gradients.second_opinion import AccuracyWarning
    from minode.ode.jacobians import sensitivities
    from minode.ode.odeint import odeint
    from minode.ode.solvers.black_box import solve
    from minode.ode.solvers.guard import SolverError
    from minode.ode.tracing.trace import vjp

__all__ = [
    "AccuracyWarning",
    "FitWarning",
    "ODEBlock",
    "ReconstructionWarning",
    "SolverError",
    "augment",
    "augmented_dynamics",
    "count_nfe",
    "least_squares_fit",
    "odeint",
    "sensitivities",
    "solve",
    "solve_until",
    "trajectory",
    "vector_field",
    "vjp",
]
__version__ = "0.1.0"

# Where each public name is defined, and the modules that need no import of their own.
_DEFINED_IN = {
    "AccuracyWarning": "ode.gradients.second_opinion",
    "FitWarning": "estimation.intervals",
    "ODEBlock": "nn.blocks",
    "ReconstructionWarning": "ode.gradients.gauge",
    "SolverError": "ode.solvers.guard",
    "augment": "nn.blocks",
    "augmented_dynamics": "ode.gradients.adjoint",
    "count_nfe": "ode.field.nfe",
    "least_squares_fit": "estimation.least_squares",
    "odeint": "ode.odeint",
    "sensitivities": "ode.jacobians",
    "solve": "ode.solvers.black_box",
    "solve_until": "ode.events",
    "trajectory": "ode.dense_output",
    "vector_field": "nn.blocks",
    "vjp": "ode.tracing.trace",
}
_MODULES = {name: name for name in "data estimation experiments gradcheck nn ode training".split()}
_MODULES |= {name: f"nn.{name}" for name in "layers losses models optim".split()}


# A type checker that saw this function would take any name for one of ours.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name in _MODULES:
            return import_module(f"minode.{_MODULES[name]}")
        if name not in _DEFINED_IN:
            raise AttributeError(f"module 'minode' has no attribute {name!r}")
        # Kept, so that this function is asked once for each name.
        globals()[name] = value = getattr(import_module(f"minode.{_DEFINED_IN[name]}"), name)
        return value


def __dir__():
    return sorted([*__all__, *_MODULES, *(name for name in globals() if name.startswith("__"))])
