"""The forward solution kept as a function of t, whatever solver found it.

Solvers that are stepped in Python tell the polynomial of each step. LSODA, VODE and a black box only give states at
requested times, but where they evaluate the right-hand side tells where they step: between every few of these times
the solution is asked for at the nodes of a polynomial, and at two more times, where the polynomial must agree with it.
No slopes are needed: in stiff problems these are as wrong as the states times the stiffness.
"""

from functools import cache
from itertools import pairwise

import numpy as np

from minode.ode.solvers.black_box import SHORT, solve
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.interpolant import Interpolant, Polynomial, cut, joined, nodes_between

# Evaluations between two breaks, values that a piece goes through, and where, in its length, it is tested.
EVALUATIONS, VALUES, TESTED = 6, 8, (0.27, 0.5)
# Each bisects the pieces that failed.
ROUNDS = 12
# Tolerances bound the error of one step; that of a whole solve is commonly ten times as large and more.
ALLOWED = 10.0


def solve_and_keep(rhs, y0, t, *, rtol, atol, pieces=None, **options):
    """Solve as `black_box.solve` does, and keep what makes a function of t of the solution.

    Parameters
    ----------
    rhs, y0, t, rtol, atol, **options
        As for `black_box.solve`, with an adaptive method.

    Returns
    -------
    ys : array, shape (k, *y0.shape)
    solution : callable
        ``solution() -> Interpolant``. It solves again, once or a few times, where the solver tells nothing of its
        steps, and then remembers the answer.

    Raises
    ------
    SolverError
        As `black_box.solve`; and by `solution`, if no polynomials agree with the solver within the tolerances.
    """
    pieces, called = [], []

    def watched(t, y):
        called.append(t)
        return rhs(t, y)

    ys = solve(watched, y0, t, rtol=rtol, atol=atol, pieces=pieces, **options)
    if pieces:
        return ys, lambda: joined(pieces, t, ys[0].shape)
    return ys, cache(lambda: _sampled(rhs, ys[[0, -1]], t, called, rtol=rtol, atol=atol, **options))


def _shortest(start, end):
    """The shortest piece between two times in which nodes are apart."""
    return 100 * SHORT * np.spacing(max(abs(start), abs(end)))


def _sampled(rhs, ends, t, called, *, rtol, atol, **options):
    start, end = float(t[0]), float(t[-1])
    shape = ends[0].shape
    if abs(end - start) < 4 * _shortest(start, end):
        return Interpolant([start, end], [Polynomial(start, end, ends.reshape(2, -1))], shape)
    within = np.unique([s for s in called if min(start, end) < s < max(start, end)])[:: 1 if start < end else -1]
    breaks = cut([start, *within[::EVALUATIONS].tolist(), end], _shortest)
    for _ in range(ROUNDS):
        values, errors = _values(rhs, ends[0], breaks, rtol, atol, options)
        if (errors <= ALLOWED).all():
            pieces = [Polynomial(*piece, y) for piece, y in zip(pairwise(breaks), values)]
            return Interpolant(breaks, pieces, shape)
        middles = [(a + b) / 2 for (a, b), error in zip(pairwise(breaks), errors) if error > ALLOWED]
        refined = cut(sorted({*breaks, *middles}, reverse=end < start), _shortest)
        if len(refined) == len(breaks):
            break
        breaks = refined
    worst = int(errors.argmax())
    raise SolverError(
        f"no polynomials agree with the solution between t = {breaks[worst]:.6g} and {breaks[worst + 1]:.6g}: they "
        f"miss it by {errors[worst]:.3g} times what rtol and atol allow",
        "loosen rtol and atol, or use method='radau' or 'dopri5', which tell of their own steps",
    )


def _values(rhs, y0, breaks, rtol, atol, options):
    """Values at the nodes of each piece, and how far its polynomial misses the tests, in tolerances."""
    between = list(pairwise(breaks))
    at_nodes = [nodes_between(*piece, VALUES) for piece in between]
    at_tests = [[a + part * (b - a) for part in TESTED] for a, b in between]
    times = np.unique([*np.concatenate(at_nodes), *np.concatenate(at_tests)])
    if breaks[-1] < breaks[0]:
        times = times[::-1]
    ys = solve(rhs, y0, times, rtol=rtol, atol=atol, **options).reshape(len(times), -1)
    place = dict(zip(times.tolist(), range(len(times))))
    rtol, atol = np.ravel(rtol), np.ravel(atol)
    values, errors = [], []
    for piece, nodes, tests in zip(between, at_nodes, at_tests):
        values.append(ys[[place[s] for s in nodes.tolist()]])
        polynomial = Polynomial(*piece, values[-1])
        missed = np.abs([polynomial(s) - ys[place[s]] for s in tests])
        # As large an allowance as the gauge's: most solvers bound a root mean square.
        allowed = (rtol * np.abs(values[-1]).max(axis=0) + atol) * y0.size**0.25
        errors.append((missed / allowed).max())
    return values, np.array(errors)
