"""Gauge the backward solve: did z come back to where it had been and, if not, does the gradient feel it?

Where the flow contracts by exp(-x) forward, errors of z grow by exp(x) on the way back. No solver reports it, since
each of its steps is as accurate as asked for. The stored states tell, component by component. What a lost z means for
the gradient depends on the field: that of a linear one is right whatever z is. So where z is lost, and only there, the
interval is solved once more, from an end that differs by what the tolerances allow: a right gradient hardly changes.

The constants are calibrated by ``python -m tests.benchmarks.gauge``.
"""

import sys
import warnings

import numpy as np

from minode.nfe import record_reconstruction


class ReconstructionWarning(UserWarning):
    """The backward solve lost z and the gradient depends on it, or it is absurdly large: it is not to be trusted."""


# On smooth fields whose modes contract at different rates the gradient is wrong by a tenth to all of the error of z.
LOST = 1e-2
# Tolerances bound the error of one step, and ten of them over a whole solve are nothing unusual. Most solvers bound a
# root mean square over n components, beyond which the worst of them goes: with kinks of ReLU, at tolerance 1e-3, the
# worst of 75,000 is off by 20 to 33 tolerances in an ordinary training step, and n**0.25 is 17 there.
MARGIN = 10
# How much the gradient may change when the end of the interval does. Where z is lost it changes by some per cent to all
# of itself if it is wrong, by less than 3e-4 if it is right.
FELT = 3e-3


def reconstruction_error(z_back, z, z_end, rtol, atol):
    """Measure how far z came back from where it was, and keep the worst for `count_nfe`.

    Parameters
    ----------
    z_back, z : array
        Reconstructed and stored state at the start of an interval.
    z_end : array
        Stored state at its end.
    rtol, atol : float or array, shape of z
        Tolerances of the backward solve.

    Returns
    -------
    float
        The largest distance of a component, relative to its `component_scale`. Above `LOST`, z is lost.
    """
    error = _largest(z_back - z, component_scale(z, z_end, rtol, atol))
    record_reconstruction(error)
    return error


def component_scale(z, z_end, rtol, atol):
    """The size of each component at the end where it is larger, and no less than what the tolerances tell from zero."""
    size = np.maximum(np.abs(z), np.abs(z_end))
    return np.maximum(size, MARGIN / LOST * z.size**0.25 * (rtol * size + atol))


def is_felt(solved, z, z_end, rtol, atol, solve_again):
    """Tell whether the gradients of an interval depend on the z that was lost in it.

    Parameters
    ----------
    solved : tuple of array
        z, a and a_W as the backward solve brought them to the start of the interval.
    z, z_end, rtol, atol
        As for `reconstruction_error`.
    solve_again : callable
        ``solve_again(z_end) -> (z, a, a_W)`` repeats the solve from another state at the end.

    Returns
    -------
    bool
    """
    z_back, *gradients = solved
    try:
        with np.errstate(all="ignore"):
            z_again, *again = solve_again(_nudged(z_end, rtol, atol))
    except Exception:
        # f may refuse a state far off, in any way. An end as good as the first one then gives no gradient at all.
        return True
    scale = component_scale(z, z_end, rtol, atol)
    missed, moved = _largest(z_back - z, scale), _largest(z_again - z_back, scale)
    # The forward solve may have erred by more than the tolerances, which hold for one step.
    change = max(map(_change, gradients, again)) * max(1.0, missed / moved if moved else np.inf)
    return not change <= FELT


def is_absurd(a, a_W, g, z, W):
    """Tell whether changes of z(t_0) or W in their last digit would change the loss by more than all of it.

    The loss is taken for linear in what it sees, g . z. A flow that expands z and its errors alike is not absurd.

    Parameters
    ----------
    a, a_W : array
        Gradients in z(t_0) and W.
    g, z : array, shape (k, ...)
        Gradients that arrived at the observations, and the states there.
    W : array, shape of a_W
    """
    sizes = [np.abs(values).max(initial=0.0) for values in (z, W)]
    arrived = np.abs(g).sum() * max(sizes)
    with np.errstate(over="ignore"):
        felt = max(np.abs(a * z[0]).max(initial=0.0), np.abs(a_W * W).max(initial=0.0))
    return bool(felt * np.finfo(z.dtype).eps > arrived)


def warn_lost(checkpointed):
    """Warn that z was lost and the gradient with it; the remedies depend on what is in use."""
    first = "Raise checkpoints" if checkpointed else "Use gradient='checkpointed'"
    _warn(
        "the backward solve lost the trajectory: z came back far from the state stored on the way forward "
        "(count_nfe() tells how far), and the gradient depends on it, so it is not to be trusted. "
        f"{first}, tighter rtol and atol for both solves (with fixed steps, more n_steps), or gradient='backprop' with "
        "method='rk4' or 'dopri5-np'"
    )


def warn_absurd():
    """Warn of a gradient that is too large to mean anything."""
    _warn(
        "the gradient is absurdly large beside what arrived at the states: a change of z0 or params in the last digit "
        "would change the loss by more than all of it. Either the flow is unstable, and its states are as uncertain, "
        "or the backward solve went astray: compare with gradient='checkpointed', and end t earlier"
    )


def _nudged(z, rtol, atol):
    """Change each component by as much as the tolerances allow, in a direction that no field singles out."""
    # An error below rounding would be none.
    sizes = np.maximum(rtol, 10 * np.finfo(z.dtype).eps) * np.abs(z) + atol
    return (z + sizes * np.random.default_rng(0).standard_normal(z.shape)).astype(z.dtype)


def _largest(difference, scale):
    return float((np.abs(difference) / scale).max(initial=0.0))


def _change(found, again):
    """Distance in the 2-norm, relative to what was found."""
    change = np.linalg.norm(again - found)
    return float(change / np.linalg.norm(found)) if change else 0.0


def _warn(text):
    # The texts are constant so that Python shows each once a line of the user's, not once a training step.
    warnings.warn(text, ReconstructionWarning, stacklevel=_users_level())


def _users_level():
    """The stacklevel at which a warning names the line that asked for the gradient, outside minode and autograd."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ("minode", "autograd"):
        frame, level = frame.f_back, level + 1
    return level
