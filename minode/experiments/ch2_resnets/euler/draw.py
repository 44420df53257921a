"""Residual steps and the flow that they discretise, as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minode.experiments.common.plots import BLUE, GREEN, GREY, VERMILION

STYLES = {
    "euler": ("Euler (ResNet)", VERMILION, "o"),
    "midpoint": ("midpoint", BLUE, "s"),
    "rk4": ("RK4", GREEN, "^"),
}
FLOW = dict(color="black", alpha=0.35, linewidth=4)
RESNET = dict(color=VERMILION, linestyle="--", marker="o", markersize=3, linewidth=1.2)
SHIFT = 0.2


def table(data):
    """The orders in lines of text, and what came out."""
    finest = data["steps"][-1]
    lines = [f"{'method':10}{'order':>6}{'random fields':>18}{'closed forms':>18}   error at {finest} steps"]
    for method, order in data["theory"].items():
        fields, formulas = data["orders"][method], data["closed_form_orders"][method].values()
        error = np.median(data["errors"][method], axis=0)[-1]
        lines.append(f"{method:10}{order:6}{_range(fields):>18}{_range(formulas):>18}   {error:.1e}")
    off = ", ".join(f"{_percent(shares)} with {k}" for k, shares in data["resnet_error_shares"].items())
    return "\n".join(
        [
            *lines,
            "",
            f"Outputs of ResNets are off those of the flow, over the way that it goes, by {off} layers (medians).",
            f"Stacked residual blocks differ from Euler's method by {data['resnet_against_euler']:.0e} at most.",
            f"Claim, residual steps converge to the ODE: {data['verdict']} ({data['n_fields']} fields; {data['why']}).",
        ]
    )


def draw(data):
    """Draw ResNets of several depths over the flow, the errors over the number of steps, and the orders."""
    figure = Figure(figsize=(8.0, 7.6))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.0, 1.1))
    panels = top.subplots(1, len(data["curves"]["layers"]), sharex=True, sharey=True)
    for panel, (k, path) in zip(panels, data["curves"]["layers"].items()):
        _draw_paths(panel, data["curves"], path)
        off = _percent(data["resnet_error_shares"][k])
        layers = "1 layer" if k == 1 else f"{k} layers"
        panel.set(title=f"{layers}: off by {off}", xlabel="$z_1$")
    panels[0].set_ylabel("$z_2$")
    keys = [
        Line2D([], [], **FLOW, label="flow of dz/dt = f(z), t from 0 to 1"),
        Line2D([], [], **RESNET, label="ResNet: k layers z + f(z) / k, the same weights"),
    ]
    top.legend(handles=keys, loc="outside lower center", ncols=2)
    top.suptitle(
        "A ResNet beside the flow that it discretises: one random field\n"
        f"(off by: distance of its outputs from the flow's, over the way that the flow goes; median of "
        f"{data['n_fields']} fields)",
        fontsize="medium",
    )
    errors, orders = bottom.subplots(1, 2, width_ratios=(1.6, 1))
    _draw_errors(errors, data)
    _draw_orders(orders, data)
    return figure


def _draw_paths(axes, curves, path):
    x, y, dz = curves["arrows"]
    u, v = np.moveaxis(dz / np.linalg.norm(dz, axis=-1, keepdims=True), -1, 0)
    axes.quiver(x, y, u, v, angles="xy", color=GREY, alpha=0.8, pivot="mid", width=0.009, scale=15, headwidth=4)
    axes.plot(*np.moveaxis(curves["flow"], -1, 0), **FLOW)
    axes.plot(*np.moveaxis(path, -1, 0), **RESNET)
    axes.set(xlim=x[[0, -1]], ylim=y[[0, -1]])


def _draw_errors(axes, data):
    steps = np.array(data["steps"])
    for method, order in data["theory"].items():
        errors = np.array(data["errors"][method])
        middle, (name, color, marker) = np.median(errors, axis=0), STYLES[method]
        axes.fill_between(steps, errors.min(axis=0), errors.max(axis=0), color=color, alpha=0.2, linewidth=0)
        axes.plot(steps, middle, color=color, marker=marker, markersize=4.5, label=name)
        axes.plot(steps, middle[-1] * (steps[-1] / steps) ** order, color="black", linestyle=":", linewidth=1)
    axes.plot([], [], color="black", linestyle=":", linewidth=1, label="slopes 1, 2, 4")
    axes.set(xlabel="steps from t = 0 to 1, layers k", ylabel="distance from z(1)")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(steps, steps)
    axes.set_title(f"Error: median and range of {data['n_fields']} random fields")
    axes.legend(loc="lower left")


def _draw_orders(axes, data):
    for i, (method, order) in enumerate(data["theory"].items()):
        _, color, marker = STYLES[method]
        rows = data["orders"][method], list(data["closed_form_orders"][method].values())
        for shift, orders, face in zip((-SHIFT, SHIFT), rows, (color, "white")):
            # Side by side, lest they hide each other.
            at = i + shift + np.linspace(-SHIFT / 2, SHIFT / 2, len(orders))
            axes.plot(at, np.array(orders) - order, marker, color=color, markersize=5, markerfacecolor=face)
    for allowed in (-data["allowed"], data["allowed"]):
        axes.axhline(allowed, color=GREY, linestyle="--", linewidth=1)
    axes.axhline(0, color=GREY, linewidth=1, zorder=0)
    names = [f"{STYLES[method][0].split()[0]}\np = {order}" for method, order in data["theory"].items()]
    axes.set_xticks(range(len(names)), names)
    low, high = data["steps_of_the_slope"][0], data["steps_of_the_slope"][-1]
    axes.set(ylabel="measured order - p", title=f"Slopes of {low} to {high} steps")
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(-1.2 * data["allowed"], 2 * data["allowed"]))
    keys = [
        dict(color="black", linestyle="none", marker="o", markersize=5, label="random fields"),
        dict(color="black", linestyle="none", marker="o", markersize=5, markerfacecolor="white", label="closed forms"),
        dict(color=GREY, linestyle="--", linewidth=1, label="what the rule allows"),
    ]
    axes.legend(handles=[Line2D([], [], **key) for key in keys], loc="upper center")


def _range(orders):
    return f"{min(orders):.3f} to {max(orders):.3f}"


def _percent(shares):
    return f"{100 * np.median(shares):.2g} %"
