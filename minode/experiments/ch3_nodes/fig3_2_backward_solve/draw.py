"""The backward solve as text, as a picture, and as an animation: first z forward, then [z, a, a_W] backward."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minode.experiments.common import tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

COMPONENTS = (dict(color=VERMILION), dict(color=BLUE, linestyle="--"))
STORED = dict(marker="o", markersize=5, linestyle="none", label="stored z(t$_i$)")
TARGET = dict(marker="x", markersize=7, markeredgewidth=1.8, linestyle="none", label="target y$_i$")
DIFFERENCE = dict(marker="o", markersize=7, color="black", markerfacecolor="none", linestyle="none")
JUMP = dict(arrowstyle="-|>", shrinkA=0, shrinkB=0, mutation_scale=11, linewidth=1.4)
# Two jumps at one time, side by side.
APART = 0.012
# Lines pass behind it.
LEGEND = dict(loc="upper right", frameon=True, framealpha=1.0, edgecolor="none", borderpad=0.2)
JUMP_KEY = dict(marker="^", linestyle="none", label="jump")
DEPTH, Z, A = "depth t", "z(t)", "a(t) = dP/dz(t)"
FORWARD_FRAMES, FRAMES_A_PIECE = 10, 8
ROWS = (
    ("gradient_error", "error of dP/dW"),
    ("adjoint_error", "error of a(t), at its largest"),
    ("jump_error", "error of the jumps of a"),
    ("gradient_error_without_jumps", "error of dP/dW, a without jumps"),
    ("gradient_error_without_reseeding", "error of dP/dW, z never started afresh"),
    ("drift", "drift of z on the way back"),
    ("drift_without_reseeding", "drift of z, never started afresh"),
)


def table(data):
    """The jumps and the errors in lines of text, and what came out."""
    jumps = [
        [f"{o['t']:.1f}", *(_pair(o[key]) for key in ("jump", "g", "by_differences"))] for o in data["observations"]
    ]
    errors = [[name, *(f"{value:.0e}" for value in _spread(data[key]))] for key, name in ROWS]
    return "\n".join(
        [
            tables.as_text(("t", "jump of a", "dP/dz(t)", "finite differences"), jumps),
            "",
            tables.as_text((f"{data['n_seeds']} fields", "lowest", "median", "highest"), errors),
            "",
            f"Errors are relative to the largest; the tolerances promise {data['bound']:.0e}.",
            f"Claim, a backward solve broken at the observations gives the gradient: {data['verdict']}"
            f" ({data['why']}).",
        ]
    )


def draw(data):
    """Draw z forward, a backward with its jumps, the drift of the z that comes back, and the errors of all fields."""
    curves, figure = data["curves"], Figure(figsize=(8.0, 9.6))
    upper, lower = figure.subfigures(2, 1, height_ratios=(4.2, 1))
    forward, backward, drift = upper.subplots(3, 1, sharex=True, height_ratios=(1, 1.25, 0.9))
    _draw_states(forward, curves, len(curves["times"]))
    forward.set_title("Solved forward, from left to right: z(t), and what the loss compares it with")
    forward.legend(handles=_keys(STORED, TARGET), ncols=4, **LEGEND)
    _draw_adjoint(backward, curves, curves["pieces"]["t"].size)
    times, differences = curves["checked"]
    backward.plot(times.ravel(), differences.reshape(-1, 2), **DIFFERENCE)
    backward.set_title("Solved backward, from right to left: at observations a(t) jumps by dP/dz(t$_i$)")
    backward.legend(handles=_keys(JUMP_KEY, dict(DIFFERENCE, label="finite differences")), ncols=4, **LEGEND)
    _draw_drift(drift, curves)
    drift.set_xlabel(DEPTH)
    _draw_errors(lower.subplots(), data)
    return figure


def frames(data):
    """Draw z growing forward, then a growing backward with z beside it, a few steps a figure."""
    curves = data["curves"]
    t = curves["pieces"]["t"]
    for n in np.linspace(2, len(curves["times"]), FORWARD_FRAMES).astype(int):
        yield _frame(curves, n, 0, "Solved forward: z(t)")
    for i, piece in enumerate(t):
        for n in np.linspace(1, len(piece), FRAMES_A_PIECE).astype(int):
            jump = f"at t = {piece[0]:.1f} a jumps by dP/dz(t)"
            solve = f"z(t), a(t) and a$_W$ from {piece[0]:.1f} to {piece[-1]:.1f}"
            yield _frame(curves, len(curves["times"]), i * len(piece) + n, f"Backward: {jump if n == 1 else solve}")


def _frame(curves, n_forward, n_backward, title):
    figure = Figure(figsize=(6.0, 5.0))
    states, adjoint = figure.subplots(2, 1, sharex=True)
    _draw_states(states, curves, n_forward, fade=n_backward > 0)
    for t, z in _shown(curves, "z", n_backward):
        _draw_components(states, t, z)
    _draw_adjoint(adjoint, curves, n_backward)
    if n_backward:
        # Where the solve has come to.
        for axes, key in ((states, "z"), (adjoint, "a")):
            t, values = list(_shown(curves, key, n_backward))[-1]
            axes.plot([t[-1]] * 2, values[-1], color="black", **STORED)
    states.set_title(title)
    states.legend(handles=_keys(TARGET), ncols=3, **LEGEND)
    adjoint.set_xlabel(DEPTH)
    return figure


def _draw_states(axes, curves, n, fade=False):
    """Draw the first n states of the forward solve, and the targets."""
    _mark_observations(axes, curves)
    _draw_components(axes, curves["times"][:n], curves["z"][:n], alpha=0.3 if fade else 1.0)
    observed = np.isin(curves["times"][:n], curves["observed"])
    _draw_components(axes, curves["times"][:n][observed], curves["z"][:n][observed], **STORED)
    _draw_components(axes, curves["observed"][1:], curves["y"][1:], **TARGET)
    axes.set(ylabel=Z, ylim=_limits(curves["z"], curves["y"][1:]))


def _draw_adjoint(axes, curves, n):
    """Draw the first n states of the backward solve, and the jumps on the way."""
    _mark_observations(axes, curves)
    before = np.zeros(2)
    for t, a in _shown(curves, "a", n):
        _draw_components(axes, t, a)
        for start, end, style, shift in zip(before, a[0], COMPONENTS, (-APART, APART)):
            at = t[0] + shift
            axes.annotate("", (at, end), (at, start), arrowprops=dict(JUMP, color=style["color"]))
        before = a[-1]
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set(ylabel=A, ylim=_limits(curves["pieces"]["a"]))


def _draw_drift(axes, curves):
    """Draw the distance between the z that comes back and the one that was there."""
    _mark_observations(axes, curves)
    pieces = curves["pieces"]
    t, fresh, kept = (pieces[key].copy() for key in ("t", "drift", "drift_without_reseeding"))
    # Where z starts afresh the distance is zero, which has no place on this axis.
    fresh[fresh == 0] = kept[kept == 0] = np.nan
    axes.plot(t.ravel(), kept.ravel(), color=GREY, linestyle="--", label="z never starts afresh")
    axes.plot(t.T, fresh.T, color="black")
    axes.plot([], [], color="black", label="z starts afresh from each stored state")
    axes.set(yscale="log", ylabel="|z back - z|")
    axes.set_title("Drift: how far the z that comes back is from the one that was there")
    axes.legend(**LEGEND)


def _draw_errors(axes, data):
    """Draw the errors of dP/dW, a point a field, with and without what happens at observations."""
    rows = [(key, name) for key, name in ROWS if key.startswith("gradient")]
    for i, (key, _) in enumerate(rows):
        axes.plot(data[key], np.full(data["n_seeds"], i), "o", color="black", markersize=5, markerfacecolor="none")
    axes.axvline(data["bound"], color=GREY, linestyle="--", linewidth=1.2, label="what the tolerances promise")
    axes.set_yticks(range(len(rows)), [name for _, name in rows])
    axes.set(xscale="log", xlabel="error relative to the largest", ylim=(len(rows) - 0.5, -0.5))
    axes.set_title(f"Against finite differences: {data['n_seeds']} random fields, drawn above the first")
    axes.legend(**LEGEND)


def _shown(curves, key, n):
    """Times and values of each solved piece, as far as they are among the first n states of the backward solve."""
    for t, values in zip(curves["pieces"]["t"], curves["pieces"][key]):
        if n > 0:
            yield t[:n], values[:n]
        n -= len(t)


def _draw_components(axes, t, values, **style):
    for component, color in zip(values.T, COMPONENTS):
        axes.plot(t, component, **{**color, **style})


def _mark_observations(axes, curves):
    for t in curves["observed"][1:]:
        axes.axvline(t, color=GREY, linewidth=0.8, linestyle=":", zorder=0)
    axes.set_xlim(curves["observed"][0] - 0.1, curves["observed"][-1] + 0.1)


def _limits(*values):
    low, high = min(map(np.min, values)), max(map(np.max, values))
    # More above, for the legend.
    return low - 0.1 * (high - low), high + 0.35 * (high - low)


def _keys(*styles):
    components = [dict(style, label=f"component {i}") for i, style in enumerate(COMPONENTS, 1)]
    return [Line2D([], [], **{"color": "black", **style}) for style in (*components, *styles)]


def _pair(vector):
    return "({:+.4f}, {:+.4f})".format(*vector)


def _spread(values):
    return min(values), float(np.median(values)), max(values)
