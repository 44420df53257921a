"""An event as users write it: a function of time, state and params, which is one number."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from autograd.tracer import getval

from minode.base import checks
from minode.base.types import Array, Params
from minode.ode.tracing.fields import traceable
from minode.ode.tracing.trace import traced

Event: TypeAlias = Callable[[float, Any, Params], Any]
"""``event(t, z, params) -> number``."""

# How far the rates of an event by autograd and by differences may be apart.
SAME_RATE = 1e-2


def event_value(event: Event, t: float, z: Array, params: Params) -> Any:
    """Evaluate an event, and check that it is one finite number.

    Raises
    ------
    TypeError, ValueError
        If it is not, or if `event` cannot be traced. Whatever else `event` raises comes out as it is.
    """
    advice = "; write it with autograd.numpy, and without float() and math"
    value = traceable(event, "event", advice, t, z, params)
    plain = getval(value)
    kind = np.asarray(plain).dtype.kind if isinstance(plain, (int, float, np.ndarray, np.generic)) else "O"
    if kind not in "fiu":
        hint = "; return what changes its sign, z[0] and not z[0] < 0" if kind == "b" else ""
        raise TypeError(f"event returned {checks.described(plain)}; expected a real number{hint}")
    if np.shape(plain) != ():
        raise ValueError(f"event returned shape {np.shape(plain)}; expected one number")
    if not np.isfinite(plain):
        raise ValueError(f"event returned {plain} at t = {t:.6g}; expected a finite number")
    return value


def check_traced(event: Event, t: float, z: Array, params: Params, slope: Array, rate: float) -> None:
    """Refuse, by a TypeError, an event that autograd does not see whole: its gradients would be wrong.

    By differences it changes at this `rate` where z changes at this `slope`; by autograd it must, too.
    """
    _, pull = traced(lambda t, z: event_value(event, t, z, params), (np.float64(t), z))
    by_t, by_z = pull(np.array(1.0))
    seen = float(by_t + np.sum(by_z * slope))
    if not abs(seen - rate) <= SAME_RATE * abs(rate):
        raise TypeError(
            f"event changes at the rate {rate:.6g} along the solution at t = {t:.6g}, by autograd at "
            f"{seen:.6g}: part of it is not traced, as by getval, float or plain NumPy, or it has a kink there; "
            "write it with autograd.numpy"
        )
