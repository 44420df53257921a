"""Flows as text, as a picture, and as an animation from noise to data and back."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.beyond.cnf.flow import DEPTHS, SIDE
from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, GREEN, GREY, ORANGE, VERMILION

RIVALS = {
    "nll": ("flow", BLUE, "o"),
    "kde": ("kernel\nestimate", VERMILION, "s"),
    "tuned_kde": ("best\nkernel", ORANGE, "D"),
}
TRAININGS = {"two moons": ("as it is", BLUE, "-"), "two moons, regularised": ("regularised", GREEN, "--")}
REACH = {"two moons": 3.5, "eight Gaussians": 4.0, "picture": 2.2}


def table(data):
    """The results in a few lines of text, means over the seeds."""
    lines = [f"{'nats a point':26}{'flow':>9}{'kernel':>9}{'tuned':>9}{'truth':>9}{'mass':>9}{'NFE':>6}"]
    for name, flow in data["flows"].items():
        means = [f"{np.mean(flow[key]):9.3f}" for key in ("nll", "kde", "tuned_kde", "truth", "mass")]
        lines.append(f"{name:26}{''.join(means)}{np.mean(flow['nfe']):6.0f}")
    n_seeds = len(data["flows"]["two moons"]["nll"])
    lines += ["", f"{n_seeds} seeds, {data['steps']} steps each.", "", claims.as_text(data), f"All: {data['verdict']}."]
    return "\n".join(lines)


def draw(data):
    """Draw points, samples and densities, likelihoods beside those of rivals, and what regularisation saves."""
    figure = Figure(figsize=(9.0, 9.2))
    top, bottom = figure.subfigures(2, 1, height_ratios=[3, 1])
    rows = top.subplots(3, 4)
    for name, row in zip(REACH, rows):
        curves = data["curves"][name]
        _draw_points(row[0], curves["points"], REACH[name])
        _draw_points(row[1], curves["paths"][-1], REACH[name])
        row[2].imshow(curves["density"], origin="lower", extent=2 * (SIDE[0], SIDE[-1]), cmap="cividis")
        _set_square(row[2], REACH[name])
        row[0].set_ylabel(f"{name}\n$x_2$")
        _draw_likelihoods(row[3], data["flows"][name])
    for axes, title in zip(rows[0], ("points to learn from", "samples of the flow", "density of the flow", None)):
        axes.set_title(title)
    rows[0, 3].set_title("negative log-likelihood\nof other points")
    for axes in rows[-1, :3]:
        axes.set_xlabel("$x_1$")
    _draw_regularisation(*bottom.subplots(1, 2), data)
    return figure


def frames(data):
    """Draw samples of the three flows on their way from noise to data, and back."""
    forward = range(len(DEPTHS))
    for i in [*forward, *reversed(forward[:-1])]:
        figure = Figure(figsize=(7.5, 2.9))
        for axes, name in zip(figure.subplots(1, 3), REACH):
            curves = data["curves"][name]
            x, y = curves["paths"][i].T
            low, high = np.quantile(curves["log_p"], [0.02, 0.98])
            axes.scatter(x, y, c=curves["log_p"][i], vmin=low, vmax=high, cmap="cividis", s=3, linewidths=0)
            _set_square(axes, REACH[name])
            axes.set(title=name, xlabel="$z_1$")
        figure.axes[0].set_ylabel("$z_2$")
        figure.suptitle(f"depth t = {DEPTHS[i]:.2f}; brighter where the density is higher", fontsize=10)
        yield figure


def _draw_points(axes, x, reach):
    axes.plot(*x.T, ".", color="black", markersize=1.2)
    _set_square(axes, reach)


def _set_square(axes, reach):
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")


def _draw_likelihoods(axes, flow):
    """A mark a seed, above the truth."""
    for i, (key, (_, color, marker)) in enumerate(RIVALS.items()):
        excess = np.subtract(flow[key], flow["truth"])
        axes.plot(np.full(len(excess), i), excess, marker, color=color, markersize=5, alpha=0.8)
    axes.axhline(0.0, color=GREY, linewidth=1)
    axes.set(xlim=(-0.5, 2.5), ylabel="above the truth (nats)")
    axes.set_xticks(range(len(RIVALS)), [label for label, _, _ in RIVALS.values()], fontsize=8)
    axes.set_ylim(bottom=-0.02)


def _draw_regularisation(during, after, data):
    steps = data["steps"] // len(data["flows"]["two moons"]["nfe_by_step"][0])
    for name, (label, color, line) in TRAININGS.items():
        flow = data["flows"][name]
        nfe = np.array(flow["nfe_by_step"])
        at = steps * (np.arange(nfe.shape[1]) + 0.5)
        during.plot(at, nfe.T, line, color=color, linewidth=0.6, alpha=0.5)
        during.plot(at, nfe.mean(axis=0), line, color=color, label=label)
        excess = np.subtract(flow["nll"], flow["truth"])
        after.plot(flow["nfe"], excess, "o" if line == "-" else "^", color=color, label=label)
    during.set(xlabel="step of the training", ylabel="NFE-F a batch", ylim=(0, None))
    during.set_title("two moons: evaluations in training")
    after.margins(0.15)
    after.set(xlabel="NFE for a density, tolerance 1e-4", ylabel="above the truth (nats)", ylim=(0, None))
    after.set_title("two moons: what is saved and lost, by seed")
    during.legend()
    after.legend()
