"""Tables 4.1 to 4.4 drawn, and as a table in text."""

from textwrap import wrap

from matplotlib.figure import Figure

from minode.experiments.ch4_images.table4_1_to_table4_4_layers.columns import IN_THESIS, SHOWN
from minode.experiments.common import tables
from minode.experiments.common.plots import VERMILION

NOTE_WIDTH = 125


def table(data):
    """The table in lines of text, and what came out."""
    return "\n".join([tables.as_text(data["columns"], data["rows"], IN_THESIS + 1), "", *_notes(data)])


def draw(data):
    """Draw the table; what the thesis prints otherwise, or not at all, is in colour."""
    notes = _notes(data)
    heights = tables.height(data["rows"]), 0.18 * len(notes)
    figure = Figure(figsize=(8.0, sum(heights) + 0.4))
    body, foot = figure.subplots(2, 1, height_ratios=heights)
    colors = {(i, IN_THESIS): VERMILION for i in data["differences"] + data["absent"]}
    tables.draw(body, data["columns"], data["rows"], IN_THESIS + 1, colors)
    channels, classes = SHOWN
    body.set_title(
        f"Table {data['number']}: layers of {data['title']} for images of {channels} channels and {classes} classes"
    )
    foot.set_axis_off()
    foot.text(0, 1, "\n".join(notes), va="top", linespacing=1.4, fontsize="small")
    return figure


def _notes(data):
    notes = [f"Parameters of the whole network as in the thesis: {data['verdict']}."]
    for entry in data["parameters"]:
        thesis = "not told" if entry["thesis"] is None else f"{entry['thesis']:,}"
        images = f"{entry['channels']} {'channel' if entry['channels'] == 1 else 'channels'}"
        notes.append(f"    {images}, {entry['classes']} classes: {entry['counted']:,}; in the thesis {thesis}")
    differences = ", ".join(map(str, data["differences"]))
    notes.append(
        f"Sizes of maps: not as in the thesis in rows {differences}."
        if differences
        else "Sizes of maps as in the thesis."
    )
    for note in data["errata"]:
        notes += wrap(note, NOTE_WIDTH, initial_indent="- ", subsequent_indent="  ")
    return notes
