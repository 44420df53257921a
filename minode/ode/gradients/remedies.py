"""What helps where a backward solve does not come to its end, or derivatives are not accurate."""

import sys

from minode.ode.solvers.guard import SolverError

# The texts are constant, so that Python shows each once for a line of the user's, and not at every training step.
UNSETTLED = (
    "the gradient is not accurate: at a tenth of the tolerances it differs by half the square root of rtol or more, in "
    "its own size (count_nfe() tells how far). Errors of the solves grow on the way to it. Use tighter rtol and "
    "atol, with atol well below the smallest state that matters; if the problem is stiff, gradient='interpolated' with "
    "method='radau'. Of a gradient that is nearly zero, as at an optimum, this is to be expected"
)
UNSETTLED_JACOBIAN = (
    "the derivatives are not accurate: at a tenth of the tolerances they differ by half the square root of rtol, or "
    "more (count_nfe() tells how far). Use tighter rtol and atol, with atol well below the smallest state that "
    "matters, or method='radau' if the problem is stiff"
)
CLOSER = (
    "gradient='interpolated' reads z from the forward solution, gradient='checkpointed' with enough checkpoints keeps "
    "it close, and gradient='backprop' with method='dopri5-np' or 'rk4' does without a backward solve"
)


def backward_remedy(error: SolverError) -> str | None:
    """What helps against the `error` of a backward solve where the forward one went well."""
    if error.cause == "overshoot":
        return error.remedy
    if error.cause == "blow-up":
        return (
            f"that is the way back, not the solution itself: where the flow contracts, z runs away backward; {CLOSER}"
        )
    if error.remedy is None:
        return f"either f has no finite derivative there, or z has drifted on its way back: {CLOSER}"
    return f"{error.remedy} (backward adjoint_rtol and adjoint_atol); if z has drifted on its way back, {CLOSER}"


def users_level() -> int:
    """The stacklevel at which a warning names the line that asked for the gradient, outside minode and autograd."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ("minode", "autograd"):
        frame, level = frame.f_back, level + 1
    return level
