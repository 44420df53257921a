"""SciPy's solvers that are stepped from outside: Runge-Kutta, explicit and implicit, and BDF."""

import numpy as np

# Beyond it LSODA's dense Jacobian, n evaluations and n x n numbers, costs too much and soon crashes.
DENSE_JACOBIAN_LIMIT = 500
TOO_MANY_STEPS = "Too many steps."


def stepped(name, method, guard, y0, t, rtol, atol, max_steps, pieces=None, **options):
    """Step one of SciPy's solver objects over the times `t`.

    Parameters
    ----------
    name : str
        What users call it.
    method : type
        A subclass of `scipy.integrate.OdeSolver`.
    guard, y0, t, rtol, atol, max_steps
        As for each of the `methods`.
    pieces : list, optional
        Receives the interpolant of each step, as ``(start, end, function of t)``.
    **options
        Of `method`.

    Returns
    -------
    array, shape (k, n)
    """
    low, high = min(t[0], t[-1]), max(t[0], t[-1])

    def inside(t, y):
        # SciPy before 1.12 tries out its first slope one trial step away, be the range that long or not.
        return guard(min(max(t, low), high), y)

    # SciPy's compiled `ode("dopri5")` leaks eight vectors a solve; the Python objects do not.
    solver = method(inside, t[0], y0, t[-1], rtol=rtol, atol=atol, **options)
    ys, interpolant = [y0], None
    try:
        for t_i in t[1:]:
            steps = 0
            while solver.direction * (t_i - solver.t) > 0:
                reason = solver.step() if steps < max_steps else TOO_MANY_STEPS
                if reason is not None:
                    raise stopped(name, reason, guard, max_steps)
                interpolant = None
                steps += 1
                if pieces is not None:
                    interpolant = solver.dense_output()
                    pieces.append((solver.t_old, solver.t, interpolant))
            if solver.t == t_i:
                ys.append(solver.y)
            else:
                # Kept for all the times within one step: DOP853 evaluates three times for it.
                interpolant = interpolant or solver.dense_output()
                ys.append(interpolant(t_i))
    finally:
        # It refers to itself through its own functions: emptied, it is freed now, not at some garbage collection.
        vars(solver).clear()
    return np.stack(ys)


def stopped(method, reason, guard, max_steps):
    """Return the error of a solver that gave up for a reason in its own words, with what helps against that."""
    if reason.startswith(("Excess accuracy", "Illegal input")):
        return guard.stopped(
            method,
            reason,
            "loosen rtol and atol, which may ask for more digits than float64 has; if t or y are very small or large, "
            "rescale them",
        )
    if reason.startswith(("Excess work", TOO_MANY_STEPS)):
        reason, remedy = f"{reason.rstrip('.')} (max_steps={max_steps})", "raise max_steps or loosen rtol and atol"
    elif reason.startswith("Repeated"):
        remedy = "if f jumps there, solve up to it and on from it; if it is noisy, loosen rtol and atol"
    else:
        remedy = "if f jumps there, solve up to it and on from it; if t or y are very small or large, rescale them"
    if method not in ("lsoda", "radau", "bdf"):
        remedy += "; if the problem is stiff, use method='lsoda'"
    elif method == "lsoda" and guard.y0.size > DENSE_JACOBIAN_LIMIT:
        remedy += f"; beyond {DENSE_JACOBIAN_LIMIT} components LSODA copes with stiffness only where they are uncoupled"
    return guard.stopped(method, reason, remedy)
