"""What the pictures and tables of meters and plates have in common: their data, claims and networks."""

import re

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREEN, GREY, VERMILION

CLAIM_HEADER = ("claim (* not in the thesis)", *claims.HEADER[1:])
# Meters have one line a model; of the plates the NODE has two.
STYLES = {
    ("amr", "node"): dict(color=VERMILION),
    ("amr", "resnet"): dict(color=BLUE, linestyle="--"),
    ("amr", "resnet-conv"): dict(color=GREEN, linestyle=":"),
    ("amr", "anode"): dict(color=GREY, linestyle="-."),
    ("alpr", "node"): dict(color=GREY, linestyle="-."),
    ("alpr-augmented", "node"): dict(color=VERMILION),
    ("alpr-augmented", "resnet"): dict(color=BLUE, linestyle="--"),
    ("alpr-augmented", "resnet-conv"): dict(color=GREEN, linestyle=":"),
}
# Epochs that tables have a line of.
LISTED = (1, 2, 3, 5, 10, 20, 30, 40, 50)
# Runs of more seeds than this have one line for all.
MANY_SEEDS = 3
# Of what a stand-in says of itself: what it is, how large, and the seed and version, which titles do without.
STAND_IN = re.compile(r"(a synthetic stand-in for [\w-]+ \([\d,]+ \w+)[^)]*\).*")
# Of a line that stands for one seed beside the mean over them.
SEED = dict(linewidth=0.6, alpha=0.5)


def claims_as_text(data):
    """The claims and what came of them, in lines of text."""
    lines = [tables.as_text(CLAIM_HEADER, claims.rows(data), n_texts=3), "", f"The thesis' claims: {data['verdict']}."]
    if data["recorded_verdict"]:
        which = "the protocol's runs" if data.get("by_protocol") else "long runs"
        lines.append(f"By {which} on record: {data['recorded_verdict']}.")
    return lines


def commands_as_text(told):
    """How the runs of networks on record are made again, a line for each run, or for each network of many seeds."""
    lines = []
    for network in told:
        commands, seeds = network["commands"], network["seeds"]
        if len(seeds) > MANY_SEEDS:
            command = commands[0].replace(f"--seed {seeds[0]}", "--seed SEED")
            commands = [f"{command}, for the seeds {', '.join(map(str, seeds))}"]
        lines += [f"On record: {command}" for command in commands]
    return lines


def other_data(data):
    """What runs on record are trained on, where that is other data than this run's; else empty."""
    return data["recorded_data"] if data["recorded_data"] != data["data"] else ""


def title(what, data):
    """What a picture shows, and below it what its data are and, where they are others, those on record."""
    lines = [what, _places(data["data"])]
    if other := other_data(data):
        lines.append(f"On record: {_places(other)}")
    return "\n".join(line[0].upper() + line[1:] for line in lines)


def _places(notes):
    """Tell data sets in a line; of a stand-in that it is one, and its size."""
    return "; ".join(STAND_IN.sub(r"\1)", note) for note in notes.split("; "))


def sheet(what, data, n_rows, row_height):
    """Make a figure of rows to be drawn in, with a title above and the claims below.

    Parameters
    ----------
    what : str
        As for `title`.
    data : dict
        Of the experiment.
    n_rows : int
    row_height : float
        In inches.

    Returns
    -------
    figure : Figure
    rows : list of SubFigure
    """
    heights = [*[row_height] * n_rows, claims_height(data)]
    figure = Figure(figsize=(9.5, sum(heights) + 0.8))
    figure.suptitle(title(what, data), fontsize="medium")
    *rows, bottom = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    draw_claims(bottom, data)
    return figure, rows


def draw_claims(subfigure, data):
    """Draw the claims as a table over the whole of a subfigure."""
    tables.draw(subfigure.subplots(), CLAIM_HEADER, claims.rows(data), n_texts=3)


def claims_height(data):
    """Inches that `draw_claims` needs."""
    return tables.height(claims.rows(data)) + 0.2


def draw_seeds(axes, epochs, by_seed, label, **style):
    """Draw a quantity by epoch: of each seed faintly, and the mean over all.

    Parameters
    ----------
    axes : Axes
    epochs : sequence of float
    by_seed : list of sequences of float
        All as long as `epochs`.
    label : str
    **style
        Of the line.
    """
    if len(by_seed) > 1:
        for values in by_seed:
            axes.plot(epochs, values, **style | SEED)
    marker = {"marker": "."} if len(epochs) <= 12 else {}
    axes.plot(epochs, [sum(values) / len(values) for values in zip(*by_seed)], label=label, **style | marker)


def percent_by_epoch(axes, n_epochs):
    """Set axes up for an error by epoch."""
    by_epoch(axes, n_epochs)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def by_epoch(axes, n_epochs):
    """Set axes up for a quantity by epoch."""
    axes.set(xlabel="epoch", xlim=(0, n_epochs + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
