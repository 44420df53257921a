"""How to solve: everything that a solver is asked for, in one object."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from minode.base.types import Array
from minode.ode.field.parts import InParts

Method: TypeAlias = str | Callable[..., Any]
"""The name of a solver, or one of the user's own: see `solve`."""

Tolerance: TypeAlias = float | Array
"""One positive number for all components of the state, or an array of one for each."""


@dataclass(frozen=True, eq=False)
class SolveOptions:
    """How to solve an initial value problem.

    `odeint`, `solve` and `sensitivities` make it of their arguments and hand it on whole. So an option is named where
    it enters and where it is used, and nowhere between.

    Attributes
    ----------
    method, rtol, atol, max_steps, n_steps, jacobian, max_step
        As for `solve`.
    jumps : array
        As for `solve`, but those outside the times of a solve have no part in it.
    dense_output : bool
        Whether to keep the interpolants of the steps, where the method has them; see `interpolant.Solution`.
    in_parts : InParts, optional
        The right-hand side in parts, where it has them. Only "dopri5-np" uses them.
    repeated : int, optional
        Number of components after which the Jacobian repeats itself; see `methods.repeated_jacobian`.
    check : bool
        Whether derivatives may get a second opinion; see `second_opinion`.
    """

    method: Method = "lsoda"
    rtol: Tolerance = 1e-6
    atol: Tolerance = 1e-8
    max_steps: int = 10_000
    n_steps: Any = None
    jacobian: Callable[[float, Array], Any] | None = None
    max_step: float | None = None
    jumps: Any = ()
    dense_output: bool = False
    in_parts: InParts | None = None
    repeated: int | None = None
    check: bool = True
