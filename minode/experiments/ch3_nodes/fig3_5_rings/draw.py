"""Figure 3.5 as text and as a picture."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from minode.experiments.common.claims import from_records
from minode.experiments.common.plots import BLUE, GREEN, GREY, VERMILION

RIM_COLORS = (BLUE, VERMILION, VERMILION)
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "node": ("NODE", dict(color="black")),
    "augmented": ("augmented NODE", dict(color=GREEN, linestyle="--")),
}
POINT: dict[str, Any] = dict(linestyle="", marker="o", markersize=4)
KEYS = [
    Line2D([], [], color=BLUE, label="disc: -1", **POINT),
    Line2D([], [], color=VERMILION, label="ring: 1", **POINT),
    Line2D([], [], color=GREY, linewidth=0.8, label="lines of the plane"),
    *(Line2D([], [], label=f"output 0, {name}", **style) for name, style in MODELS.values()),
]


def table(data):
    """The results in a few lines of text, ranges over the seeds."""
    nfe = {model: np.array(data[model]["nfe_forward_by_epoch"]) for model in MODELS}
    rows = [
        ("loss", "{:.1e}", lambda model: data[model]["loss"]),
        ("points on the wrong side", "{}", lambda model: data[model]["wrong_side"]),
        ("new points wrong by 1", "{:.2%}", lambda model: data[model]["new_wrong"]),
        ("worst error", "{:.2f}", lambda model: data[model]["worst_error"]),
        ("NFE-F of the first epoch", "{:.0f}", lambda model: nfe[model][:, 0]),
        ("NFE-F of the last epoch", "{:.0f}", lambda model: nfe[model][:, -1]),
        ("reconstruction error", "{:.0e}", lambda model: data[model]["reconstruction_error"]),
    ]
    lines = [f"{'':28}{'NODE':>20}{'augmented NODE':>20}"]
    lines += [f"{title:28}" + "".join(f"{_range(of(model), form):>20}" for model in MODELS) for title, form, of in rows]
    node, n_seeds = data["node"], len(data["node"]["loss"])
    factors = np.divide(node["loss"], data["augmented"]["loss"])
    lines += [
        "",
        f"{n_seeds} seeds, {data['epochs']} epochs. The NODE's loss is {_range(factors, '{:.1f}')} times the other's;",
        f"its cut through the ring is {_range(node['cut_width'], '{:.3f}')} wide at the inner rim.",
        "Its smallest Jacobian determinant on a grid, worst seed, by tolerance:",
        "    " + ", ".join(f"{worst:.1g} at {tol}" for tol, worst in _worst_dets(node).items()) + ".",
        f"There and back every point of the grid returns to {max(node['return_error']):.0e}.",
        "",
        *(
            f"{claim.text:60}{claim.source:8}{claim.verdict:15}{claim.numbers or ''}".rstrip()
            for claim in from_records(data["claims"])
        ),
        "Theorem, and so no claim: the NODE is wrong by 1 or more somewhere.",
        f"All: {data['verdict']}; {data['why']}.",
    ]
    return "\n".join(lines)


def draw(data):
    """Draw data, both maps of the plane, and loss and NFE while they are learned."""
    curves = data["curves"]
    figure = Figure(figsize=(8.0, 6.8))
    top, bottom = figure.subfigures(2, 1)
    plane, mapped, space = panels(top, None, None, "3d")
    _draw_data(plane, curves)
    plane.set_title("(a) the data, and where\nthe outputs are 0")
    draw_plane(mapped, curves["node"], -1, limits(curves["node"]))
    _draw_head_line(mapped, curves["node"])
    mapped.set_title("(b) NODE: $\\phi(x)$, the ring\nstill surrounds the disc")
    augmented = curves["augmented"]
    draw_space(space, augmented, -1, limits(augmented), augmented["head"])
    _draw_head_plane(space, augmented)
    space.set_title("(c) augmented NODE: features\nin three dimensions", y=0.93)
    loss, nfe = bottom.subplots(1, 2)
    _draw_by_epoch(loss, data, "loss_by_epoch")
    loss.set(yscale="log", ylabel="Huber loss", title="Loss of an epoch, each seed and their mean")
    _draw_by_epoch(nfe, data, "nfe_forward_by_epoch")
    nfe.set(ylim=(0, None), ylabel="NFE-F a batch", title="Evaluations of f forward")
    for axes in (loss, nfe):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    figure.legend(handles=KEYS, loc="outside lower center", ncols=5, columnspacing=1.2, handletextpad=0.4)
    return figure


def panels(figure, *projections):
    """Axes in a row; a label of the third dimension may reach into the empty column behind them."""
    n = len(projections)
    cells = figure.add_gridspec(1, n + 1, width_ratios=[1] * n + [0.1])
    return [figure.add_subplot(cells[i], projection=projection) for i, projection in enumerate(projections)]


def _range(values, form):
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"


def _worst_dets(node):
    by_seed = node["smallest_det_by_tolerance"]
    return {tol: min(dets[tol] for dets in by_seed) for tol in by_seed[0]}


def _draw_data(axes, curves):
    _draw_points(axes, curves["node"]["points"][0], curves["node"]["labels"])
    axes.plot(*curves["node"]["border"].T, **MODELS["node"][1])
    square, output = curves["augmented"]["border"]
    style = MODELS["augmented"][1]
    axes.contour(*np.moveaxis(square, -1, 0), output, [0.0], colors=style["color"], linestyles=style["linestyle"])
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xlabel="$x_1$")
    axes.set_ylabel("$x_2$")


def draw_plane(axes, curves, depth, ends):
    _draw_features(axes, curves, depth)
    low, high = ends
    middle, half = (low + high) / 2, np.max(high - low) / 2
    axes.set(xlim=middle[0] + [-half, half], ylim=middle[1] + [-half, half], box_aspect=1)
    axes.set(xlabel="$z_1$", ylabel="$z_2$")


def draw_space(axes, curves, depth, ends, head):
    _draw_features(axes, curves, depth)
    low, high = ends
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
    axes.set(xlabel="$z_1$", ylabel="$z_2$", zlabel="$z_3$")
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(3, integer=True))
        axis.set_tick_params(pad=-3, labelsize=8)
        axis.labelpad = -5
    # Seen along the plane by which the head tells the classes apart.
    w, _ = head
    axes.view_init(elev=15, azim=np.degrees(np.arctan2(w[1], w[0])) + 90)
    axes.set_box_aspect(high - low, zoom=0.9)


def _draw_head_line(axes, curves):
    """The line by which the head tells the classes apart."""
    w, b = curves["head"]
    axes.axline(-b * w / np.dot(w, w), slope=-w[0] / w[1], **MODELS["node"][1])


def _draw_head_plane(axes, curves):
    """A piece of the plane by which the head tells the classes apart, near the middle of the features."""
    w, b = curves["head"]
    low, high = limits(curves)
    middle, normal = (low + high) / 2, w / np.linalg.norm(w)
    foot = middle - (np.dot(w, middle) + b) / np.linalg.norm(w) * normal
    u, v = np.linalg.svd(w[None])[2][1:] * np.max(high - low) / 3
    corners = np.array([foot + u + v, foot + u - v, foot - u - v, foot - u + v, foot + u + v])
    axes.plot(*corners.T, **MODELS["augmented"][1])


def _draw_features(axes, curves, depth):
    for line in curves["lines"]:
        axes.plot(*line[depth].T, color=GREY, linewidth=0.5)
    for rim, color in zip(curves["rims"], RIM_COLORS):
        axes.plot(*rim[depth].T, color=color, linewidth=1)
    _draw_points(axes, curves["points"][depth], curves["labels"])


def _draw_points(axes, points, labels):
    for label, color in [(-1, BLUE), (1, VERMILION)]:
        axes.plot(*points[labels == label].T, ".", color=color, markersize=2)


def limits(*maps):
    """Ends of the axes that suit all depths of all maps."""
    rims = np.concatenate([rim.reshape(-1, rim.shape[-1]) for curves in maps for rim in curves["rims"]])
    return rims.min(axis=0) - 0.1, rims.max(axis=0) + 0.1


def _draw_by_epoch(axes, data, name):
    for model, (label, style) in MODELS.items():
        by_seed = np.array(data[model][name])
        epochs = np.arange(1, 1 + by_seed.shape[1])
        axes.plot(epochs, by_seed.T, linewidth=0.7, alpha=0.5, **style)
        axes.plot(epochs, by_seed.mean(axis=0), label=label, **style)
