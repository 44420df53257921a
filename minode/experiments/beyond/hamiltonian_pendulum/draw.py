"""Energies and angles as text and as a picture: the truth, and both networks long after the data end."""

import numpy as np
from matplotlib.figure import Figure

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

MODELS = {"hamiltonian": ("Hamiltonian network", BLUE, "-"), "plain": ("plain network", VERMILION, "--")}
HEADER = ("median of seeds", "Hamiltonian", "plain")
ROWS = {
    "loss": "loss, observed",
    "early_energy_error": "error of energy, first third",
    "late_energy_error": "error of energy, last third",
    "state_error": "error of states",
}
# Swings that are looked at closely: the last ones.
LAST = 15.0


def table(data):
    """The errors in lines of text, then claim by claim what came out."""
    rows = [(title, *(f"{np.median(data[model][key]):.2g}" for model in MODELS)) for key, title in ROWS.items()]
    return "\n".join(
        [tables.as_text(HEADER, rows), "", claims.as_text(data), f"All: {data['verdict']}; {data['why']}."]
    )


def draw(data):
    """Draw where both networks lead: states, energies, and the last swings of one start."""
    curves = data["curves"]
    t, energy, truth = curves["times"], curves["energy"], curves["truth"]
    figure = Figure(figsize=(8.0, 8.2))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.25))
    reach = 1.15 * max(np.abs(curves[model]).max() for model in ("truth", *MODELS))
    for axes, (model, (name, color, _)) in zip(top.subplots(1, 2, sharey=True), MODELS.items()):
        axes.plot(*np.moveaxis(truth, -1, 0), color=GREY, linewidth=0.8)
        axes.plot(*np.moveaxis(curves[model], -1, 0), color=color, linewidth=0.6)
        for whose, shade in (("pendulum", GREY), (name, color)):
            axes.plot([], [], color=shade, label=whose)
        axes.set(title=f"{name}: ten swings", xlabel="angle q (rad)", xlim=(-reach, reach), ylim=(-reach, 1.2 * reach))
        axes.legend(ncols=2, loc="upper center")
        axes.label_outer()
    top.axes[0].set_ylabel("momentum p")
    energies, angles = bottom.subplots(2, 1)
    widest = int(np.argmax(energy(truth[0])))
    for model, (name, color, line) in MODELS.items():
        off = np.sqrt(np.mean((energy(curves[model]) - energy(truth[0])) ** 2, axis=1))
        energies.plot(t[1:], off[1:], color=color, linestyle=line, linewidth=1.2, label=name)
        angles.plot(t, curves[model][:, widest, 0], color=color, linestyle=line, label=name)
    angles.plot(t, truth[:, widest, 0], color=GREY, label="pendulum")
    energies.axvline(curves["taught"], color="black", linestyle=":", linewidth=1)
    energies.annotate(" data end", (curves["taught"], 0.9), xycoords=("data", "axes fraction"))
    energies.set(yscale="log", ylabel="error of energy (RMS)", xlabel="t")
    angles.set(xlim=(t[-1] - LAST, t[-1]), ylabel="angle q (rad)", xlabel="t, the last swings from the widest start")
    energies.legend(ncols=2, loc="lower right")
    angles.legend(ncols=3, loc="upper left")
    angles.set_ylim(*np.array(angles.get_ylim()) * [1.0, 1.6])
    return figure
