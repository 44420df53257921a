"""Figure 3.4 as text, as a picture, and as an animation of the training on g_1d."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minode.experiments.common.plots import BLUE, GREY, VERMILION, draw_field

EULER_STYLE = dict(linestyle="--", marker="o", markersize=4)
LIMITS = dict(xlim=(-0.02, 1.02), ylim=(-1.65, 1.65))
LABELS = dict(xlabel="depth t", ylabel="state h(t)")


def table(data):
    """The results in a few lines of text."""
    lines = [f"{'model':18}{'task':10}{'loss':>9}   h(1) from h(0) = -1 and 1   trajectories"]
    for model, name in [("node", "NODE"), ("resnet", f"ResNet, {data['residual_blocks']} blocks")]:
        for task, title in [("identity", "identity"), ("g1d", "g_1d")]:
            low, high = data[f"{model}_{task}_outputs"]
            loss, cross = data[f"{model}_{task}_loss"], data[f"{model}_{task}_trajectories_cross"]
            meet = "cross" if cross else "do not cross"
            lines.append(f"{name:18}{title:10}{loss:9.5f}   {low:+.4f} and {high:+.4f}{meet:>22}")
    spread = {model: data["losses_by_seed"][f"{model}_g1d_loss"] for model in ("node", "resnet")}
    crossing = [tol for tol, cross in data["node_trajectories_cross_by_tolerance"].items() if cross]
    lines += [
        "",
        f"Claim: {data['verdict']}. Keeping -1 below 1 means a loss of {data['best_order_preserving_loss']:g} at best.",
        f"Seeds: {len(data['verdicts'])}. Losses on g_1d: NODE {min(spread['node']):.4f} to {max(spread['node']):.4f}, "
        f"ResNet {min(spread['resnet']):.1e} to {max(spread['resnet']):.1e}.",
        f"Solved at tolerance {data['solver']['rtol']:g}, lines are never closer than {data['node_smallest_gap']:.0e}.",
        f"Numerical solutions of the same ODE cross at tolerance {', '.join(crossing) or '(none of those tried)'}.",
        f"NODE on g_1d: NFE-F {data['nfe_forward']} and NFE-B {data['nfe_backward']} in the last gradient, "
        f"reconstruction error at most {data['reconstruction_error']:.0e}.",
    ]
    return "\n".join(lines)


def draw(data):
    """Draw the four panels."""
    curves = data["curves"]
    figure = Figure(figsize=(8.0, 7.2))
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    (wanted, discrete), (identity, g1d) = axes
    wanted.set(**LIMITS)
    _draw_pair(wanted, curves["times"], curves["wanted"])
    meeting = np.argmin(np.abs(np.diff(curves["wanted"], axis=1)))
    wanted.plot(curves["times"][meeting], curves["wanted"][meeting].mean(), "o", color="black", markersize=6)
    wanted.set_title("What g$_{1d}$ asks for:\ntrajectories that meet")
    _draw_pair(discrete, curves["block_times"], curves["residual_steps"], **EULER_STYLE)
    _draw_pair(discrete, curves["times"], curves["residual_field_flow"])
    discrete.set_title(
        f"{data['residual_blocks']}-block ResNet trained on g$_{{1d}}$:\nloss {data['resnet_g1d_loss']:.3f}"
    )
    for panel, task, title in [(identity, "identity", "the identity"), (g1d, "g1d", "g$_{1d}$")]:
        draw_field(panel, *curves["grid"], curves["fields"][task])
        panel.plot(curves["times"], curves["flows"][task], color=GREY, linewidth=0.6)
        _draw_pair(panel, curves["times"], curves["flows"][task][:, curves["ends"]])
        loss, closest = data[f"node_{task}_loss"], np.diff(curves["flows"][task]).min()
        panel.set_title(f"NODE trained on {title}: loss {loss:.3f},\nlines never closer than {closest:.1g}")
    for panel in axes.flat:
        panel.set(**LABELS)
        panel.label_outer()
    keys = [
        dict(color=VERMILION, label="from h(0) = -1"),
        dict(color=BLUE, label="from h(0) = 1"),
        dict(color="black", label="solution of the ODE"),
        dict(color="black", label="Euler steps (ResNet)", **EULER_STYLE),
    ]
    figure.legend(handles=[Line2D([], [], **key) for key in keys], loc="outside lower center", ncols=4)
    return figure


def frames(data):
    """Draw the flow and the field of the NODE while it is trained on g_1d, a figure every few updates."""
    curves, losses = data["curves"], data["node_g1d_loss_history"]
    for step, field, flow in curves["training"]():
        figure = Figure(figsize=(5.5, 4.0))
        axes = figure.subplots()
        axes.set(**LIMITS, **LABELS)
        draw_field(axes, *curves["grid"], field)
        axes.plot(curves["times"], flow, color=GREY, linewidth=0.6)
        _draw_pair(axes, curves["times"], flow[:, curves["ends"]])
        axes.set_title(f"NODE learning g$_{{1d}}$: -1 to 1, 1 to -1\nupdate {step}, loss {losses[step]:.3f}")
        yield figure


def _draw_pair(axes, t, h, **style):
    for trajectory, color in zip(h.T, (VERMILION, BLUE)):
        axes.plot(t, trajectory, color=color, **style)
