"""Straight code in plain NumPy for one recorded evaluation of a field, and for its products.

A trace lists the calls of primitives. Written down as Python, with rules of `products` behind them in reverse order,
they need no boxes and no nodes::

    def evaluate(t, z):                  for  f = lambda t, z, W: np.tanh(np.dot(z, W))
        v3 = dot(z, W)
        v4 = tanh(v3)
        def pull(a):
            g3 = rule_of_tanh(a, v4, v3)
            return [rule_of_dot(g3, v3, z, W), ...]
        return v4, pull

Sums are formed in the order in which `trace` forms them, so that not a bit differs.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import primitive_vjps
from autograd.extend import Box
from autograd.numpy.numpy_boxes import ArrayBox

from minode.base.types import Array
from minode.ode.straight.purity import NotPure
from minode.ode.straight.reads import is_primitive
from minode.ode.tracing.products import ELEMENTWISE, dense, is_real, rules, unbroadcast
from minode.ode.tracing.trace import Call

# Primitives with a product of their own: ``KERNELS[fun](**kwargs)`` is a function ``(x, t, *W) -> (y, vjp)`` for
# ``fun(x, t, *W, **kwargs)``, with ``vjp(g) -> (g_W, g_x, g_t)``. Modules above this one enter theirs.
KERNELS: dict[Callable, Callable] = {}
# As f writes them. On t, a number of Python's own, they fail in other ways than functions of NumPy.
OPERATORS = {
    anp.add: "{} + {}",
    anp.subtract: "{} - {}",
    anp.multiply: "{} * {}",
    anp.true_divide: "{} / {}",
    anp.remainder: "{} % {}",
    anp.mod: "{} % {}",
    anp.power: "power({}, {})",
    anp.matmul: "{} @ {}",
    anp.dot: "{}.dot({})",
    anp.negative: "-{}",
    anp.abs: "abs({})",
    ArrayBox.__getitem__: "{}[{}]",
}


def straight(out: Call, tape: Sequence[Call], roots: Sequence[Any], of: str) -> Callable[[float, Array], Any]:
    """Write code for a recorded field.

    Parameters
    ----------
    out, tape
        As from `trace.recorded`; the arguments were t, z and the leaves of W.
    roots : sequence
        The values of t, z and W. Those of W are read at each evaluation.
    of : {"", "zW", "z", "W"}
        By what there are to be products.

    Returns
    -------
    callable
        ``(t, z) -> dz`` with "", else ``(t, z) -> (dz, pull)``; see `linearise`.

    Raises
    ------
    NotPure
        If a call cannot be replayed.
    """
    code = _Code(tape, roots, of)
    calls = tape[len(roots) : out.place + 1]
    for call in calls:
        code.evaluate(call)
    for call in reversed(calls):
        code.differentiate(call, out)
    exec(_compiled(code.text(out)), code.names)
    # Left there, it and the names that it reads would keep each other, and all arrays, alive.
    return code.names.pop("evaluate")


@lru_cache(maxsize=256)
def _compiled(text: str) -> CodeType:
    """The code of one field is the same in each solve."""
    return compile(text, "<replayed field>", "exec")


class _Code:
    """Lines of code, and the objects that they name.

    The call at place 7 has the value ``v7`` and the gradient ``g7``; ``c7_0`` is its first argument, if constant.
    """

    def __init__(self, tape: Sequence[Call], roots: Sequence[Any], of: str) -> None:
        self.of, self.wanted = of, [1] * ("z" in of) + [*range(2, len(roots))] * ("W" in of)
        self.names: dict[str, Any] = {f"v{place}": root for place, root in enumerate(roots)}
        self.names |= {"dense": dense, "unbroadcast": unbroadcast, "zeros": np.zeros, "power": _power}
        self.shapes = [np.shape(call.value) for call in tape]
        # Places that a gradient is needed of, and those that have one.
        self.active = set(self.wanted)
        self.started: set[int] = set()
        self.forward: list[str] = []
        self.backward: list[str] = []

    def evaluate(self, call: Call) -> None:
        """Add the value of one call."""
        i, constants = call.place, [arg for n, arg in enumerate(call.args) if n not in call.argnums]
        if not (call.fun in KERNELS or is_primitive(call.fun)):
            raise NotPure(f"{call.fun} is called")
        if not is_real(call.value) or call.value.dtype != np.float64:
            raise NotPure(f"{call.fun} gave something else than float64")
        if _holds_box((constants, call.kwargs)) or any(call.value is constant for constant in constants):
            raise NotPure(f"{call.fun} is given values of another trace, or an array to write to")
        if traced := not self.active.isdisjoint(parent.place for parent in call.parents):
            self.active.add(i)
        if call.fun in KERNELS:
            self.names[f"f{i}"] = KERNELS[call.fun](**call.kwargs)
            self.forward.append(f"v{i}, k{i} = f{i}({', '.join(self.arguments(call))})")
        elif self.is_operator(call, traced):
            self.forward.append(f"v{i} = {OPERATORS[call.fun].format(*self.arguments(call))}")
        else:
            self.names[f"f{i}"] = call.fun.fun
            self.forward.append(f"v{i} = f{i}({self.passed(call)})")

    def is_operator(self, call: Call, traced: bool) -> bool:
        """Whether to write an operator, or the function of NumPy."""
        if call.kwargs or len(call.args) != OPERATORS.get(call.fun, "").count("{}"):
            return False
        # NumPy takes another way to squares by the operator than a trace does. Only arrays have the method `dot`.
        return not (call.fun is anp.power and traced) and (call.fun is not anp.dot or type(call.args[0]) is np.ndarray)

    def differentiate(self, call: Call, out: Call) -> None:
        """Add the gradients of what one call was given to those so far."""
        i = call.place
        if i not in self.active or not (i in self.started or call is out):
            return
        argnums, places = zip(
            *[(n, parent.place) for n, parent in zip(call.argnums, call.parents) if parent.place in self.active]
        )
        if call.fun in KERNELS:
            self.backward.append(f"p{i} = k{i}(g{i})")
            parts = [f"p{i}[{1 + n}]" if n < 2 else f"p{i}[0][{n - 2}]" for n in argnums]
        elif (found := rules(call.fun, call.value, call.args, call.kwargs, argnums)) is None:
            self.names |= {f"m{i}": primitive_vjps[call.fun], f"n{i}": argnums, f"d{i}": call.kwargs}
            arguments = "".join(f"{argument}, " for argument in self.arguments(call))
            self.forward.append(f"p{i} = m{i}(n{i}, v{i}, ({arguments}), d{i})")
            self.backward.append(f"q{i} = [dense(g) for g in p{i}(g{i})]")
            parts = [f"q{i}[{k}]" for k in range(len(places))]
        else:
            self.names |= {f"r{i}_{k}": rule for k, rule in enumerate(found)}
            parts = [f"r{i}_{k}(g{i}, v{i}, {self.passed(call)})" for k in range(len(found))]
            if call.fun in ELEMENTWISE:
                parts = [
                    part if self.shapes[place] == self.shapes[i] else f"unbroadcast({part}, {self.shapes[place]})"
                    for part, place in zip(parts, places)
                ]
        for part, place in zip(parts, places):
            so_far = f"g{place} + " if place in self.started else ""
            self.started.add(place)
            self.backward.append(f"g{place} = {so_far}{part}")
        self.backward.append(f"del g{i}")

    def arguments(self, call: Call) -> list[str]:
        """Names of the positional arguments."""
        places = dict(zip(call.argnums, call.parents))
        for n, arg in enumerate(call.args):
            if n not in places:
                self.names[f"c{call.place}_{n}"] = arg
        return [f"v{places[n].place}" if n in places else f"c{call.place}_{n}" for n in range(len(call.args))]

    def passed(self, call: Call) -> str:
        """All arguments as they are passed on."""
        self.names[f"d{call.place}"] = call.kwargs
        return ", ".join(self.arguments(call)) + (f", **d{call.place}" if call.kwargs else "")

    def text(self, out: Call) -> str:
        """The whole function."""
        body = [*self.forward, f"return v{out.place}"]
        if self.of:
            given = {*self.started, out.place}
            gradients = ", ".join(f"g{i}" if i in given else f"zeros({self.shapes[i]})" for i in self.wanted)
            pull = [f"    {line}" for line in (*self.backward, f"return [{gradients}]")]
            body = [*self.forward, f"def pull(g{out.place}):", *pull, f"return v{out.place}, pull"]
        return "\n".join(["def evaluate(v0, v1):", *(f"    {line}" for line in body)])


def _power(a, b):
    if type(power := a**b) is complex:
        raise TypeError("complex in Python, NaN in NumPy: only f knows which")
    return power


def _holds_box(value):
    parts = value.values() if isinstance(value, dict) else value
    return any(map(_holds_box, parts)) if isinstance(value, (list, tuple, dict)) else isinstance(value, Box)
