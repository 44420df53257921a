"""Errors over evaluations of four fields, as text and as a picture."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from minode.experiments.common import claims, tables
from minode.experiments.common.plots import BLUE, GREEN, ORANGE, VERMILION

HEADER = ("field", "parameters", "test error, %", "NFE-F", "NFE-B", "s a batch")
# Model: its name here, colour and marker.
FIELDS = {
    "node": ("two convolutions, ReLU (Table 4.2)", VERMILION, "o"),
    "node-one-conv": ("one convolution, ReLU", BLUE, "s"),
    "node-depthwise": ("two separable convolutions, ReLU", GREEN, "^"),
    "node-tanh": ("two convolutions, tanh", ORANGE, "D"),
}


def table(data):
    """The means over seeds in lines of text, then claim by claim what came out."""
    lines = [tables.as_text(HEADER, _cells(data)), "", claims.as_text(data), f"All: {data['verdict']}; {data['why']}."]
    return "\n".join([*lines, *(f"Run: {row['command']}" for row in data["rows"])])


def draw(data):
    """Draw the error of each run over its evaluations, of new runs and of those by the protocol, and both tables."""
    cells, claim_rows = _cells(data), claims.rows(data)
    shown = [rows for rows in (data["rows"], data["deciding_rows"]) if rows]
    heights = 3.8, tables.height(cells) + 0.2, tables.height(claim_rows) + 0.2
    figure = Figure(figsize=(9.0, sum(heights)))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
    panels = top.subplots(1, len(shown), squeeze=False)[0]
    for axes, rows in zip(panels, shown):
        for model, (name, color, marker) in FIELDS.items():
            of_model = [row for row in rows if row["model"] == model]
            places = [[row[key] for row in of_model] for key in ("nfe_forward", "test_error")]
            axes.plot(*places, color=color, marker=marker, linestyle="none", label=name)
        axes.set(xlabel="evaluations of f, forward (NFE-F)", ylabel="test error", title=_title(rows))
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    top.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    tables.draw(middle.subplots(), HEADER, cells)
    tables.draw(bottom.subplots(), claims.HEADER, claim_rows, n_texts=3)
    return figure


def _title(rows):
    n = len({row["seed"] for row in rows})
    return f"{rows[0]['size']}, {n} seed{'' if n == 1 else 's'}"


def _cells(data):
    """Means over the seeds, under headings that tell what the networks were trained on."""
    cells = []
    for heading, rows in (("These runs", data["rows"]), ("By the protocol", data["deciding_rows"])):
        if rows:
            cells.append((f"{heading}: {_title(rows)}, means; {rows[0]['test_images']:,} test images",))
            cells += [_row(model, [row for row in rows if row["model"] == model]) for model in FIELDS]
    return cells


def _row(model, rows):
    def mean(key):
        return np.mean([row[key] for row in rows])

    return (
        FIELDS[model][0],
        f"{rows[0]['parameters']:,}",
        f"{100 * mean('test_error'):.2f}",
        f"{mean('nfe_forward'):.0f}",
        f"{mean('nfe_backward'):.0f}",
        f"{mean('seconds_per_batch'):.2g}",
    )
