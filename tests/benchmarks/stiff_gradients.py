"""Gradients of stiff problems in their parameters: error, time and memory of each way to them.

    python -m tests.benchmarks.stiff_gradients

The loss weighs the last state; errors are relative, in the elasticities p dP/dp, against forward sensitivities by
Radau at 1e-9. The peak is what NumPy and Python allocate, in a run of its own. Peers see the same fields, but for the
Brusselator, which is written with `autograd.numpy`.
"""

import argparse
import tracemalloc
import warnings
from functools import partial
from importlib.util import find_spec
from time import perf_counter

import autograd.numpy as anp
import numpy as np
from autograd import grad

from minode import count_nfe, odeint
from minode.gradcheck.problems.reference import forward_sensitivities
from minode.gradcheck.problems.stiff import PROBLEMS
from minode.ode.field.nfe import NFE
from tests.benchmarks.shared.timing import finish, load, print_table, versions

WAYS = {
    "adjoint, lsoda": dict(gradient="adjoint"),
    "adjoint, radau": dict(gradient="adjoint", method="radau"),
    "checkpointed, lsoda": dict(gradient="checkpointed", checkpoints=50),
    "backprop, dopri5-np": dict(gradient="backprop", method="dopri5-np"),
    "interpolated, lsoda": dict(gradient="interpolated"),
    "interpolated, radau": dict(gradient="interpolated", method="radau"),
    "interpolated, bdf": dict(gradient="interpolated", method="bdf"),
}
DEFAULT = ("Robertson to 40", "van der Pol 10", "van der Pol 1000", "E5", "Brusselator")


def scales(problem, rtol):
    """The size of each component on the way, and absolute tolerances that suit it."""
    sizes = np.abs(odeint(problem.f, problem.z0, np.linspace(*problem.t, 50), problem.params, method="radau"))
    sizes = sizes.max(axis=0)
    return sizes, np.maximum(1e-4 * rtol * sizes, 1e-25)


def ours(problem, g, rtol, atol, max_steps, options):
    """A gradient in the params by minode, as a function without arguments."""

    def loss(p):
        options_ = dict(rtol=rtol, atol=atol, max_steps=max_steps, **options)
        return anp.dot(g, odeint(problem.f, problem.z0, problem.t, p, **options_)[-1])

    return partial(grad(loss), problem.params)


def torchdiffeq(problem, g, rtol, atol):
    """`odeint_adjoint` around SciPy's LSODA."""
    import torch
    from torchdiffeq import odeint_adjoint

    z0, t, weights, p = (torch.tensor(array) for array in (problem.z0, problem.t, g, problem.params))
    p.requires_grad_()

    class Field(torch.nn.Module):
        def forward(self, t, z):
            return torch.stack(problem.f(t, z, p))

    def gradient():
        how = dict(method="scipy_solver", options={"solver": "LSODA"}, adjoint_params=(p,))
        z = odeint_adjoint(Field(), z0, t, rtol=rtol, atol=float(atol.min()), **how)
        return torch.autograd.grad(weights @ z[-1], p)[0].numpy()

    return gradient


def diffrax(problem, g, rtol, atol, max_steps=20_000):
    """Kvaerno's implicit Runge-Kutta method of order 5, jitted, gradients through its steps."""
    import diffrax as dfx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss(p):
        solution = dfx.diffeqsolve(
            dfx.ODETerm(lambda t, z, p: jnp.stack(problem.f(t, z, p))),
            dfx.Kvaerno5(),
            *problem.t,
            None,
            jnp.asarray(problem.z0),
            p,
            stepsize_controller=dfx.PIDController(rtol=rtol, atol=jnp.asarray(atol)),
            max_steps=max_steps,
        )
        return jnp.dot(jnp.asarray(g), solution.ys[-1])

    gradient = jax.jit(jax.grad(loss))
    return lambda: np.asarray(gradient(jnp.asarray(problem.params)))


PEERS = {"torchdiffeq": torchdiffeq, "diffrax": diffrax}


def measured(gradient, exact, params):
    """Run a gradient twice, for its time and for its memory.

    Returns
    -------
    dict
        Seconds, relative error, peak in MiB, evaluations, and whether it was warned of; an ``"error"`` if it failed.
    """
    nfe = NFE()
    with warnings.catch_warnings(record=True) as told, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", RuntimeWarning)
        start = perf_counter()
        try:
            with count_nfe() as nfe:
                found = gradient()
        except Exception as failure:
            return {"seconds": perf_counter() - start, "error": type(failure).__name__}
        seconds = perf_counter() - start
        tracemalloc.start()
        gradient()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        missed = np.linalg.norm((found - exact) * params) / np.linalg.norm(exact * params)
    return {
        "seconds": seconds,
        "relative_error": float(missed) if np.isfinite(missed) else None,
        "peak_MiB": peak / 2**20,
        "nfe": [nfe.forward, nfe.backward],
        "warned": bool(told),
    }


def cells(name, way, figures):
    if "error" in figures:
        return name, way, figures["error"], f"{figures['seconds']:.2f}", "-", "-", "-"
    error = figures["relative_error"]
    said = "not finite" if error is None else f"{error:.0e}" + (", warned" if figures["warned"] else "")
    counts = [str(n) if any(figures["nfe"]) else "-" for n in figures["nfe"]]
    return name, way, said, f"{figures['seconds']:.2f}", f"{figures['peak_MiB']:.2f}", *counts


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", nargs="*", default=DEFAULT, choices=list(PROBLEMS))
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--rtol", type=float, default=1e-8)
    parser.add_argument("--max-steps", type=int, default=20_000)
    options = parser.parse_args(arguments)
    average, rows, results = load(), [], {}
    present = [peer for peer in options.peers if find_spec(peer)]
    for name in options.problems:
        problem = PROBLEMS[name]
        n = problem.z0.size
        sizes, atol = scales(problem, options.rtol)
        g = np.random.default_rng(0).normal(size=n) / sizes
        exact = forward_sensitivities(problem, np.stack([0 * g, g]))[n:].reshape(np.shape(problem.params))
        ways = {way: ours(problem, g, options.rtol, atol, options.max_steps, WAYS[way]) for way in options.ways} | {
            peer: PEERS[peer](problem, g, options.rtol, atol) for peer in present if name != "Brusselator"
        }
        results[name] = {way: measured(gradient, exact, problem.params) for way, gradient in ways.items()}
        rows += [cells(name, way, figures) for way, figures in results[name].items()]
    print_table(("problem", "gradient", "error", "s", "peak MiB", "NFE-F", "NFE-B"), rows, texts=3)
    for peer in PEERS:
        if peer not in present:
            print(f"{peer} is absent: not {'installed here' if peer in options.peers else 'asked for'}")
    finish(
        {
            "rows": results,
            "rtol": options.rtol,
            "load": average,
            "versions": versions("numpy", "scipy", "autograd", "torch", "torchdiffeq", "jax", "diffrax"),
        }
    )


if __name__ == "__main__":
    main()
