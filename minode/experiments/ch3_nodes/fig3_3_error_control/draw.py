"""Figure 3.3 as a picture: four panels, a line or a marker for each network."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from minode.experiments.ch3_nodes.fig3_3_error_control.claims import ALLOWED
from minode.experiments.common import claims
from minode.experiments.common.plots import BLUE, GREY, VERMILION

MARKERS = "os^Dv"
# Updates over which the thick line in the panel of the training takes its mean.
WINDOW = 15


def draw(data):
    """Draw the four panels of Figure 3.3 of Chen et al. (2018)."""
    figure = Figure(figsize=(8.0, 7.2))
    (control, cost), (ratio, training) = figure.subplots(2, 2)
    networks = data["networks"]
    verdict = {claim.panel: claim.verdict for claim in claims.from_records(data["claims"])}
    points = _draw_control(control, networks)
    # In the corner below the points, so that no label comes near the next panel.
    scale = control.inset_axes([0.5, 0.2, 0.46, 0.035])
    figure.colorbar(points, cax=scale, orientation="horizontal", label="NFE-F (evaluations)")
    _draw_cost(cost, networks)
    _draw_ratio(ratio, networks)
    _draw_training(training, networks)
    for axes, panel, title in [
        (control, "a", "tolerance bounds the error"),
        (cost, "b", "time is proportional to NFE-F"),
        (ratio, "c", "NFE-B is half of NFE-F"),
        (training, "d", "NFE-F grows in training"),
    ]:
        axes.set_title(f"({panel}) {title}: {verdict[panel]}")
    return figure


def _draw_control(axes, networks):
    tolerance = networks[0]["tolerance"]
    allowed = ALLOWED * np.array(tolerance)
    axes.loglog(tolerance, allowed, color="black", linewidth=1.2, label=f"allowed: {ALLOWED} x tolerance")
    axes.loglog(tolerance, tolerance, color="black", linewidth=0.8, linestyle="--", label="error = tolerance")
    nfe = [network["nfe_forward"] for network in networks]
    for network, marker in zip(networks, MARKERS):
        points = axes.scatter(
            network["tolerance"],
            network["numerical_error"],
            c=network["nfe_forward"],
            cmap="cividis",
            norm="log",
            marker=marker,
            vmin=np.min(nfe),
            vmax=np.max(nfe),
            zorder=2,
        )
    axes.set(xlabel="tolerance", ylabel="numerical error of z(1)")
    axes.legend(loc="upper left")
    return points


def _draw_cost(axes, networks):
    for i, (network, marker) in enumerate(zip(networks, MARKERS)):
        milliseconds = 1000 * np.array(network["seconds"])
        axes.plot(
            network["nfe_forward"], milliseconds, marker + "-", color=BLUE, linewidth=0.8, label=f"network {i + 1}"
        )
    axes.set(xlabel="NFE-F (evaluations)", ylabel="forward solve (ms)", xlim=(0, None), ylim=(0, None))
    axes.legend(loc="upper left")


def _draw_ratio(axes, networks):
    largest = max(max(network["nfe_forward"]) for network in networks)
    smallest = min(min(network["nfe_forward"]) for network in networks)
    ends = np.array([smallest, largest])
    axes.loglog(ends, ends, color="black", linewidth=0.8, linestyle="--", label="equal")
    axes.loglog(ends, ends / 2, color="black", linewidth=0.8, linestyle=":", label="half")
    for network in networks:
        nfe = network["nfe_forward"]
        axes.plot(nfe, network["nfe_backward"], "o", color=VERMILION, label="g scaled up, as odeint does")
        axes.plot(nfe, network["nfe_backward_as_is"], "x", color=BLUE, label="g of the mean loss as it is")
    # Room below the lines for the legend.
    axes.set(xlabel="NFE-F (evaluations)", ylabel="NFE-B (evaluations)", ylim=(smallest / 8, None))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[:4], labels[:4], loc="lower right", handletextpad=0.3)


def _draw_training(axes, networks):
    for network in networks:
        nfe = np.array(network["training_nfe_forward"], float)
        axes.plot(np.arange(1, len(nfe) + 1), nfe, color=GREY, linewidth=0.5, alpha=0.6)
        window = min(WINDOW, len(nfe))
        mean = np.convolve(nfe, np.full(window, 1 / window), mode="valid")
        axes.plot(np.arange(window, len(nfe) + 1), mean, color=BLUE)
    axes.set(xlabel="update", ylabel="NFE-F (evaluations)", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.plot([], [], color=GREY, linewidth=0.5, label="each update")
    axes.plot([], [], color=BLUE, label=f"mean of {WINDOW} updates, by network")
    axes.legend(loc="lower right")


def table(data):
    """Claims, verdicts and numbers in lines of text."""
    heading = f"Figure 3.3 on {len(data['networks'])} networks, {data['n_updates']} updates each"
    lines = [
        heading,
        claims.as_text(data),
        "",
        f"Claim: {data['verdict']}.",
    ]
    return "\n".join(lines)
