"""Table 3.1 as text and as a picture: the table, the errors and the memory."""

from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREY, VERMILION

HEADER = ("network", "test error, %", "published", "parameters", "published", "peak MiB", "s a batch", "NFE-F", "NFE-B")
FRESH, RECORDED, PUBLISHED = (
    dict(color=VERMILION, marker="o", linestyle="none", label="this run"),
    dict(color=BLUE, marker="s", linestyle="none", label="long runs on record"),
    dict(color="black", marker="|", markersize=12, linestyle="none", label="published"),
)


def table(data):
    """The table in lines of text, then claim by claim what came out."""
    lines = [tables.as_text(HEADER, _cells(data)), _footnote(data), ""]
    lines += [claims.as_text(data), "", f"The thesis' claims: {data['verdict']}."]
    return "\n".join([*lines, *(f"On record: {row['command']}" for row in data["recorded_rows"])])


def draw(data):
    """Draw the table, test errors with their standard errors, memory over evaluations of f, and the claims."""
    cells, claim_rows = _cells(data), claims.rows(data)
    heights = tables.height(cells) + 0.2, 3.2, tables.height(claim_rows) + 0.2
    figure = Figure(figsize=(9.0, sum(heights)))
    # Each lays out its own axes: a table may be as wide as the page beside charts that need room for labels.
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
    tables.draw(top.subplots(), HEADER, cells)
    top.suptitle(f"Table 3.1: networks on MNIST ({_footnote(data)})", fontsize="medium")
    errors, memory = middle.subplots(1, 2, width_ratios=(1.2, 1))
    _draw_errors(errors, data)
    _draw_memory(memory, data)
    tables.draw(bottom.subplots(), claims.HEADER, claim_rows, n_texts=3)
    return figure


def _cells(data):
    """Rows of the table under headings that tell what they were trained on."""
    cells = []
    for heading, rows in (("This run", data["rows"]), ("On record", data["recorded_rows"])):
        for size, group in groupby(rows, lambda row: row["size"]):
            group = list(group)
            images = f"{group[0]['test_images']:,} test images, batches of {group[0]['batch_size']}"
            cells += [(f"{heading}: {size}, {images}",), *map(_row, group)]
    return cells


def _footnote(data):
    return f"* not in the thesis; peak MiB: of a training step of {data['memory_batch']} images"


def _row(row):
    published = row["published_error"] is not None
    solved = row["nfe_forward"] > 0
    return (
        row["name"],
        f"{100 * row['test_error']:.2f} ± {100 * row['standard_error']:.2f}",
        f"{100 * row['published_error']:.2f}" if published else "",
        f"{row['parameters']:,}",
        f"{row['published_millions']:.2f} M" if published else "",
        "" if row["peak_mib"] is None else f"{row['peak_mib']:.0f}",
        f"{row['seconds_per_batch']:.2g}",
        f"{row['nfe_forward']:.0f}" if solved else "",
        f"{row['nfe_backward']:.0f}" if solved else "",
    )


def _draw_errors(axes, data):
    names = [row["name"] for row in data["rows"]]
    for rows, style, shift in ((data["rows"], FRESH, -0.12), (data["recorded_rows"], RECORDED, 0.12)):
        if rows:
            at = [names.index(row["name"]) + shift for row in rows]
            deviations = [row["standard_error"] for row in rows]
            axes.errorbar([row["test_error"] for row in rows], at, xerr=deviations, markersize=5, **style)
    published = [(row["published_error"], i) for i, row in enumerate(data["rows"]) if row["published_error"]]
    axes.plot(*zip(*published), **PUBLISHED)
    axes.set(xlabel="test error and its standard error", xscale="log", ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names)
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.legend()


def _draw_memory(axes, data):
    for model, name, color, marker in (("rknet", "RK-Net", BLUE, "s"), ("node", "ODE-Net", VERMILION, "o")):
        steps = data["memory"][model]
        axes.plot(*zip(*((s["nfe_forward"], s["peak_mib"]) for s in steps)), color=color, marker=marker, label=name)
    resnet = next(row for row in data["rows"] if row["model"] == "resnet")
    axes.axhline(resnet["peak_mib"], color=GREY, linestyle="--", label="ResNet")
    axes.set(xlabel="evaluations of f, forward (NFE-F)", ylabel=f"peak MiB of a step, {data['memory_batch']} images")
    axes.set(xlim=(0, None), ylim=(0, None))
    axes.legend()
