"""What helps where a backward solve does not come to its end."""

import sys

from minode.ode.solvers.guard import SolverError

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
