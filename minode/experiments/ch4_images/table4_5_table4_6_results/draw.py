"""Tables 4.5 and 4.6 as text and as a picture: the table, the errors and the differences that claims are judged by."""

from itertools import groupby

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from minode.experiments.ch4_images import ufpr_drawing
from minode.experiments.ch4_images.ufpr_compare import seeds
from minode.experiments.common import tables
from minode.experiments.common.claims import from_records
from minode.experiments.common.plots import BLUE, GREY, VERMILION

HEADER = ("network", "test error, %", "as printed, %", "thesis", "parameters", "thesis", "s a batch", "thesis", "NFE-F")
FOOTNOTE = (
    "as printed: lowest validation error, which is what the reference script reports; * not in the thesis; "
    "± standard error over seeds\n"
    "seeds alone: images of a meter or vehicle are not independent, and the record does not hold them apart: undecided"
)
FRESH, RECORDED = (
    dict(color=VERMILION, marker="o", linestyle="none", label="this run"),
    dict(color=BLUE, marker="s", linestyle="none", label="long runs on record"),
)
# Of points of this run and of those on record, from the line that both belong to.
SHIFT = 0.12
PUBLISHED = dict(color="black", marker="|", markersize=12, linestyle="none", label="thesis (real photographs)")


def table(data):
    """The table in lines of text, then claim by claim what came out."""
    lines = [f"Table {data['table']}, {data['data']}", tables.as_text(HEADER, _cells(data)), FOOTNOTE, ""]
    lines += ufpr_drawing.claims_as_text(data)
    return "\n".join(lines + ufpr_drawing.commands_as_text(data["recorded_rows"]))


def draw(data):
    """Draw the table, test errors and their differences by seed, and the claims."""
    cells = _cells(data)
    heights = tables.height(cells) + 1.1, 3.2, ufpr_drawing.claims_height(data)
    figure = Figure(figsize=(9.5, sum(heights)))
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=heights)
    tables.draw(top.subplots(), HEADER, cells)
    subject = "electricity meters" if data["table"] == "4.5" else "licence plates"
    # What is on record has a heading of its own in the table.
    own = data | {"recorded_data": data["data"]}
    top.suptitle(ufpr_drawing.title(f"Table {data['table']}: characters of {subject}", own), fontsize="medium")
    top.supxlabel(FOOTNOTE, fontsize="small")
    errors, differences = middle.subplots(1, 2)
    _draw_errors(errors, data)
    _draw_differences(differences, data)
    middle.legend(*errors.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    ufpr_drawing.draw_claims(bottom, data)
    return figure


def _cells(data):
    """Rows of the table under headings that tell what they were trained on."""
    cells = []
    for heading, rows in (("This run", data["rows"]), ("On record", data["recorded_rows"])):
        if heading == "On record" and rows and (note := ufpr_drawing.other_data(data)):
            heading = f"On record, {note}"
        if rows:
            cells.append((heading,))
        for (size, n_seeds), group in groupby(rows, lambda row: (row["size"], len(row["seeds"]))):
            group = list(group)
            images = f"{group[0]['test_images']:,} test images, batches of {group[0]['batch_size']}"
            cells += [(f"{seeds(n_seeds)}, {size}, {images}:",), *map(_row, group)]
    return cells


def _row(row):
    deviation = row["standard_error"]
    published = row["published_error"] is not None
    return (
        row["name"],
        f"{100 * row['test_error']:.2f}" + ("" if deviation is None else f" ± {100 * deviation:.2f}"),
        f"{100 * row['printed_error']:.2f}",
        f"{100 * row['published_error']:.2f}" if published else "",
        f"{row['parameters']:,}",
        f"{row['published_parameters']:,}" if published else "",
        f"{row['seconds_per_batch']:.2g}",
        f"{row['published_seconds']:.2f}" if published else "",
        f"{row['nfe_forward']:.1f}" if row.get("nfe_forward") else "",
    )


def _draw_errors(axes, data):
    names = list(dict.fromkeys(row["name"] for row in (*data["rows"], *data["recorded_rows"])))
    for rows, style, shift in ((data["rows"], FRESH, -SHIFT), (data["recorded_rows"], RECORDED, SHIFT)):
        if rows:
            at = [names.index(row["name"]) + shift for row in rows]
            deviations = [row["standard_error"] or 0 for row in rows]
            axes.errorbar([row["test_error"] for row in rows], at, xerr=deviations, markersize=5, **style)
    published = [(row["published_error"], names.index(row["name"])) for row in data["rows"] if row["published_error"]]
    axes.plot(*zip(*published), **PUBLISHED)
    axes.set(xlabel="test error and its standard error", xlim=(0, None), ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), map(_broken, names))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def _draw_differences(axes, data):
    """Draw a point a seed for each comparison of test errors: what is claimed is that they are negative."""
    fresh, recorded = (
        [claim for claim in from_records(data[key]) if claim.differences is not None]
        for key in ("claims", "recorded_claims")
    )
    compared = {claim.text: claim.text.replace(": less error", "\n") for claim in (*fresh, *recorded)}
    texts = list(compared)
    for claims, style, shift in ((fresh, FRESH, -SHIFT), (recorded, RECORDED, SHIFT)):
        points = [(difference, texts.index(claim.text) + shift) for claim in claims for difference in claim.differences]
        if points:
            axes.plot(*zip(*points), markersize=5, **style)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel="difference of test errors, by seed", title="claimed to err less", ylim=(len(texts) - 0.5, -0.5))
    axes.set_yticks(range(len(texts)), map(_broken, compared.values()))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def _broken(name):
    return name.replace("conv. ", "conv.\n")
