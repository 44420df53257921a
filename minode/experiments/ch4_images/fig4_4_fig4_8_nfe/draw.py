"""Figures 4.4 and 4.8 as a picture and as text: evaluations of f as counted and as logged, and the claims."""

from minode.experiments.ch4_images import ufpr_drawing
from minode.experiments.ch4_images.ufpr_compare import with_error
from minode.experiments.ch4_images.ufpr_drawing import LISTED, by_epoch, draw_seeds, other_data
from minode.experiments.common import tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION
from minode.experiments.common.verdicts import of_seeds

HEADER = ("epoch", "NFE-F", "NFE-B", "NFE-F as logged", "NFE-B as logged")
COLUMNS = ("nfe_forward", "nfe_backward", "logged_forward", "logged_backward")
FORWARDS = ("nfe_forward", "logged_forward")
FORWARD, BACKWARD = dict(color=VERMILION), dict(color=BLUE, linestyle="--")
OTHER = dict(color=GREY, linestyle=":")


def table(data):
    """Counts by epoch in lines of text, means over the seeds, and what came out."""
    lines = [f"Figure {data['figure']}, {data['data']}"]
    for heading, note, network, _ in _shown(data):
        rows = [
            (str(epoch), *(with_error([seed[epoch - 1] for seed in network[column]], digits=1) for column in COLUMNS))
            for epoch in tables.listed(LISTED, len(network["nfe_forward"][0]))
        ]
        lines += [f"{heading}: {network['size']}{note and f'; {note}'}", tables.as_text(HEADER, rows), ""]
    lines.append("As logged: the running averages of the reference script, at the first update of an epoch.")
    lines += ufpr_drawing.claims_as_text(data)
    return "\n".join(lines + ufpr_drawing.commands_as_text(data["recorded_networks"]))


def draw(data):
    """Draw evaluations by epoch, as counted on the left and as logged on the right, and the claims below."""
    shown = _shown(data)
    what = f"Figure {data['figure']}: evaluations of f by the NODE, means over an epoch's updates"
    figure, rows = ufpr_drawing.sheet(what, data, len(shown), row_height=3.0)
    for row, (heading, _, network, other) in zip(rows, shown):
        counted, logged = row.subplots(1, 2, sharey=True)
        drawn = [network[column] for column in COLUMNS] + ([] if other is None else [other[c] for c in FORWARDS])
        highest = max(max(values) for by_seed in drawn for values in by_seed)
        n_epochs = len(network["nfe_forward"][0])
        for axes, kind, shift in ((counted, "nfe", 0), (logged, "logged", 1)):
            lines = [(network, "forward", "NFE-F", FORWARD), (network, "backward", "NFE-B", BACKWARD)]
            if other is not None:
                lines.append((other, "forward", _beyond("NFE-F, meters", other, n_epochs), OTHER))
            for of, column, name, style in lines:
                by_seed = of[f"{kind}_{column}"]
                draw_seeds(axes, range(1 - shift, len(by_seed[0]) + 1 - shift), by_seed, name, **style)
            by_epoch(axes, n_epochs)
            axes.set_ylim(0, 1.1 * highest)
        seeds = len(network["seeds"])
        counted.set(ylabel="evaluations of f", title=f"{heading}: counted, {seeds} seed{'s' * (seeds > 1)}")
        logged.set(xlabel="epochs before", title="as the reference script logs them")
        counted.legend(loc="lower right")
    return figure


def _beyond(name, network, n_epochs):
    """Name a line and, where it goes on beyond the epochs that are drawn, where it ends."""
    by_seed = network["nfe_forward"]
    longer = len(by_seed[0]) > n_epochs
    return f"{name} (epoch {len(by_seed[0])}: {of_seeds([seed[-1] for seed in by_seed]).value:.0f})" if longer else name


def _shown(data):
    """Heading, other data, the network of the figure, and the one on meters that plates are compared with, or None."""
    shown = []
    for heading, note, networks in (
        ("This run", "", data["networks"]),
        ("On record", other_data(data), data["recorded_networks"]),
    ):
        if networks:
            network, *meters = networks
            shown.append((heading, note, network, meters[0] if meters else None))
    return shown
