"""Series at irregular times, as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common.claims import as_text
from minode.experiments.common.plots import BLUE, GREY, VERMILION

MODELS = {"node": ("NODE", BLUE, "-"), "residual": ("residual network", VERMILION, "--")}


def table(data):
    """The errors of both networks, means over the seeds, and the claims."""
    parts = ("within", "gap", "beyond")
    lines = [f"{'error, mean of seeds':36}" + "".join(f"{part:>10}" for part in (*parts, "field", "NFE"))]
    for name, errors in data["systems"].items():
        for model, (label, *_) in MODELS.items():
            cells = [f"{np.mean(errors[model][part]):10.3f}" for part in parts]
            if model == "node":
                cells += [f"{np.mean(errors[model]['field']):10.3f}", f"{np.mean(errors[model]['nfe']):10.0f}"]
            lines.append(f"{f'{name}, {label}':36}" + "".join(cells))
    n_seeds = len(next(iter(data["systems"].values()))["node"]["within"])
    lines += [
        "",
        f"{n_seeds} seeds, {data['n_observations']} observations, noise {data['noise']}, {data['n_updates']} updates. "
        "Errors are in units of the standard",
        "deviation of a component; that of the field is relative, along the true path.",
        "",
        as_text(data),
        "",
        f"All: {data['verdict']}; {data['why']}.",
    ]
    return "\n".join(lines)


def draw(data):
    """Draw the first component over time, and the learned vector field beside the path, a column a system."""
    figure = Figure(figsize=(8.6, 5.6))
    panels = figure.subplots(2, 3)
    for (over_time, plane), (name, curves) in zip(panels.T, data["curves"].items()):
        _draw_over_time(over_time, curves)
        over_time.set(title=name, xlabel="time", ylabel=curves["names"][0])
        _draw_plane(plane, curves)
        plane.set(xlabel=curves["names"][0], ylabel=curves["names"][1])
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _draw_over_time(axes, curves):
    node = curves["node"]
    axes.plot(node["t"], node["truth"][:, 0], color=GREY, linewidth=3, alpha=0.5, label="truth")
    for model, (label, color, line) in MODELS.items():
        axes.plot(curves[model]["t"], curves[model]["path"][:, 0], line, color=color, linewidth=1.3, label=label)
    axes.plot(curves["t"], curves["seen"][:, 0], ".", color="black", markersize=4, label="observations")
    axes.axvline(curves["span"], color=GREY, linewidth=0.8, linestyle="--")


def _draw_plane(axes, curves):
    seen, node = curves["seen"], curves["node"]
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = 0.15 * (high - low)
    grid = np.stack(np.meshgrid(*np.linspace(low - margin, high + margin, 11).T), axis=-1)
    for field, color in ((curves["rhs"](0.0, grid), GREY), (node["rhs"](grid), BLUE)):
        # Arrows of equal length, with directions as they are on the page.
        along = field / (high - low)
        along = along / np.linalg.norm(along, axis=-1, keepdims=True)
        axes.quiver(*np.moveaxis(grid, -1, 0), *np.moveaxis(along, -1, 0), color=color, scale=22, width=0.005)
    axes.plot(*seen.T, ".", color="black", markersize=3)
    axes.plot(*node["path"][: len(node["path"]) // 2].T, color=BLUE, linewidth=1.2)
