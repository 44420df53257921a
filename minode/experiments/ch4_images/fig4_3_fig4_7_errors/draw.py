"""Figures 4.3 and 4.7 as a picture and as text: all of the errors, the low ones, and the claims."""

from minode.experiments.ch4_images import ufpr_drawing
from minode.experiments.ch4_images.ufpr_compare import n_first, with_error
from minode.experiments.ch4_images.ufpr_drawing import LISTED, STYLES, draw_seeds, other_data, percent_by_epoch
from minode.experiments.common import tables
from minode.experiments.common.plots import GREY

# The pictures on the right end at this many times the lowest error.
ZOOM = 4


def table(data):
    """Errors by epoch in lines of text, means over the seeds, and what came out."""
    lines = [f"Figure {data['figure']}, {data['data']}"]
    for heading, note, networks in _shown(data):
        n_epochs = _n_epochs(networks)
        epochs = tables.listed(LISTED, n_epochs)
        header = ("epoch", *(network["name"] for network in networks))
        cells = [(str(epoch), *(_cell(network["validation"], epoch) for network in networks)) for epoch in epochs]
        lines += [f"{heading}: validation error in %; {_sizes(networks)}{note}", tables.as_text(header, cells), ""]
    lines += ufpr_drawing.claims_as_text(data)
    return "\n".join(lines + ufpr_drawing.commands_as_text(data["recorded_networks"]))


def draw(data):
    """Draw error by epoch: all of it, beside it the low errors or, if there are none, training errors; claims below."""
    shown = _shown(data)
    what = f"Figure {data['figure']}: validation error by epoch"
    figure, rows = ufpr_drawing.sheet(what, data, len(shown), row_height=3.3)
    for row, (heading, _, networks) in zip(rows, shown):
        whole, beside = row.subplots(1, 2)
        _draw_errors(whole, networks, "validation")
        lowest = min(min(errors) for network in networks for errors in network["validation"])
        highest = max(max(errors) for network in networks for errors in network["validation"])
        whole.set_ylim(0, 1.05 * highest)
        whole.set_title(f"{heading}: {_seeds(networks)}")
        top = ZOOM * max(lowest, 0.005)
        if top < highest:
            _draw_errors(beside, networks, "validation")
            beside.set_title("low errors")
            beside.set_ylim(0, top)
        else:
            # Where all errors are high, there is nothing to enlarge.
            _draw_errors(beside, networks, "train")
            beside.set_title("on the training images")
            beside.set_ylim(0, 1.05 * max(max(errors) for network in networks for errors in network["train"]))
        whole.legend()
    return figure


def _shown(data):
    """Heading, what the data are if they are others than this run's, and networks."""
    shown = [("This run", "", data["networks"])]
    if data["recorded_networks"]:
        note = other_data(data)
        shown.append(("On record", note and f"; {note}", data["recorded_networks"]))
    return shown


def _draw_errors(axes, networks, kind):
    n_epochs = _n_epochs(networks)
    axes.axvspan(0.5, n_first(n_epochs) + 0.5, color=GREY, alpha=0.15, linewidth=0)
    for network in networks:
        errors = network[kind]
        style = STYLES[network["data"], network["model"]]
        draw_seeds(axes, range(1, len(errors[0]) + 1), errors, network["name"], **style)
    percent_by_epoch(axes, n_epochs)
    axes.set(ylabel={"train": "training", "validation": "validation"}[kind] + " error")


def _cell(by_seed, epoch):
    errors = [errors[epoch - 1] for errors in by_seed if len(errors) >= epoch]
    return with_error(errors, 100) if errors else ""


def _n_epochs(networks):
    return max(len(errors) for network in networks for errors in network["validation"])


def _sizes(networks):
    return "; ".join(dict.fromkeys(network["size"] for network in networks))


def _seeds(networks):
    counts = dict.fromkeys(len(network["seeds"]) for network in networks)
    return f"{' or '.join(map(str, counts))} seed{'s' * (max(counts) > 1)}, first epochs in grey"
