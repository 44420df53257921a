"""The forward solution kept as a function of t, whatever solver found it.

Solvers that are stepped in Python return the polynomial of each step. LSODA, VODE and a black box only return states at
requested times, but the times at which they evaluate the right-hand side tell where they step. Between every few of
those times the solution is asked for at the nodes of a polynomial, and at two more times, where the polynomial must
agree with it. No slopes are needed: in stiff problems slopes are as wrong as the states times the stiffness.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np

from minode.base.types import Array
from minode.ode.solvers.black_box import SHORT, solve_with
from minode.ode.solvers.guard import SolverError
from minode.ode.solvers.interpolant import Interpolant, Polynomial, Solution, joined, nodes_between
from minode.ode.solvers.options import SolveOptions

# Evaluations between two breaks, values that a piece goes through, and where, in its length, it is tested.
EVALUATIONS, VALUES, TESTED = 6, 8, (0.27, 0.5)
# Each bisects the pieces that failed.
ROUNDS = 12
# Tolerances bound the error of one step; that of a whole solve is commonly ten times as large and more.
ALLOWED = 10.0
# So many ranges away from zero, times are rounded to 1e-8 of the range.
COARSE = 1e8


def solve_and_keep(
    rhs: Callable[[float, Array], Array], y0: Array, t: Array, options: SolveOptions
) -> tuple[Array, Callable[[], Interpolant]]:
    """Solve as `solve` does, by an adaptive method, and keep what makes a function of t of the solution.

    Jumps must be among `t`.

    Returns
    -------
    ys : array, shape (k, *y0.shape)
    solution : callable
        ``solution() -> Interpolant``. Where the solver does not tell its steps it solves again, once or a few times,
        and remembers the answer.

    Raises
    ------
    SolverError
        As `solve`; and by `solution`, if no polynomials agree with the solver within the tolerances.
    """
    called: list[float] = []

    def watched(t, y):
        called.append(t)
        return rhs(t, y)

    solution = solve_with(watched, y0, t, replace(options, dense_output=True))
    return solution.states, kept(rhs, solution, called, t, options)


def kept(
    rhs: Callable[[float, Array], Array], solution: Solution, called: list[float], t: Array, options: SolveOptions
) -> Callable[[], Interpolant]:
    """What makes a function of t of a `solution`, whose solver `called` the right-hand side at these times."""
    ys, pieces = solution.states, solution.pieces
    if pieces:
        return lambda: joined(pieces, t, ys[0].shape)
    # No polynomial goes through a jump, so there is one sample for each stretch between two.
    stops = [0, *(np.flatnonzero(np.isin(t[1:-1], options.jumps)) + 1), len(t) - 1]

    def sampled():
        parts = [_sampled(rhs, ys[[i, j]], t[i : j + 1], called, options) for i, j in pairwise(stops)]
        breaks = [*t[:1], *np.concatenate([part.breaks[1:] for part in parts])]
        return Interpolant(breaks, [piece for part in parts for piece in part.pieces], ys[0].shape)

    return cache(sampled)


def _shortest(start, end):
    """The shortest piece between two times in which nodes are apart."""
    return 100 * SHORT * np.spacing(max(abs(start), abs(end)))


def _sampled(rhs, ends, t, called, options):
    start, end = float(t[0]), float(t[-1])
    shape = ends[0].shape
    if abs(end - start) < 4 * _shortest(start, end):
        return Interpolant([start, end], [Polynomial(start, end, ends.reshape(2, -1))], shape)
    within = np.unique([s for s in called if min(start, end) < s < max(start, end)])[:: 1 if start < end else -1]
    breaks = _thinned([start, *within[::EVALUATIONS].tolist(), end])
    for _ in range(ROUNDS):
        values, errors = _values(rhs, ends[0], breaks, options)
        if (errors <= ALLOWED).all():
            pieces = [Polynomial(*piece, y) for piece, y in zip(pairwise(breaks), values)]
            return Interpolant(breaks, pieces, shape)
        middles = [(a + b) / 2 for (a, b), error in zip(pairwise(breaks), errors) if error > ALLOWED]
        refined = _thinned(sorted({*breaks, *middles}, reverse=end < start))
        if len(refined) == len(breaks):
            break
        breaks = refined
    worst = int(errors.argmax())
    remedy = "loosen rtol and atol, or use method='radau' or 'dopri5', which tell of their own steps"
    if abs(start) > COARSE * abs(end - start):
        remedy = "count t from another origin: beside such numbers float64 has few times between these; or " + remedy
    raise SolverError(
        f"no polynomials agree with the solution between t = {breaks[worst]:.6g} and {breaks[worst + 1]:.6g}: they "
        f"miss it by {errors[worst]:.3g} times what rtol and atol allow",
        remedy,
    )


def _thinned(breaks):
    """Leave out of monotone `breaks` those that are too near to the one before, or to the last."""
    kept = [breaks[0]]
    for t in breaks[1:-1]:
        if abs(t - kept[-1]) >= _shortest(kept[-1], t) and abs(breaks[-1] - t) >= _shortest(t, breaks[-1]):
            kept.append(t)
    return [*kept, breaks[-1]]


def _values(rhs, y0, breaks, options):
    """Values at the nodes of each piece, and how far its polynomial misses the tests, in tolerances."""
    between = list(pairwise(breaks))
    at_nodes = [nodes_between(*piece, VALUES) for piece in between]
    at_tests = [[a + part * (b - a) for part in TESTED] for a, b in between]
    times = np.unique([*np.concatenate(at_nodes), *np.concatenate(at_tests)])
    if breaks[-1] < breaks[0]:
        times = times[::-1]
    ys = solve_with(rhs, y0, times, options).states.reshape(len(times), -1)
    place = dict(zip(times.tolist(), range(len(times))))
    rtol, atol = np.ravel(options.rtol), np.ravel(options.atol)
    values, errors = [], []
    for piece, nodes, tests in zip(between, at_nodes, at_tests):
        values.append(ys[[place[s] for s in nodes.tolist()]])
        polynomial = Polynomial(*piece, values[-1])
        missed = np.abs([polynomial(s) - ys[place[s]] for s in tests])
        # As large an allowance as the gauge's: most solvers bound a root mean square.
        allowed = (rtol * np.abs(values[-1]).max(axis=0) + atol) * y0.size**0.25
        errors.append((missed / allowed).max())
    return values, np.array(errors)
