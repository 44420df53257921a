"""Tables, as text and as part of a figure.

A row is a sequence of strings, one for each column. A row of a single string is a heading over the rows below it.
"""

from minode.experiments.common.plots import GREY

# Characters between two columns, the height of a line, the size of the font in points, and how wide a character is,
# as a part of that size.
GAP, INCHES_A_LINE, FONT_SIZE, CHARACTER = 2, 0.22, 9, 0.56


def as_text(header, rows, n_texts=1):
    """Lay a table out in lines of text.

    Parameters
    ----------
    header : sequence of str
    rows : list of sequences of str
    n_texts : int
        How many of the first columns are flush left. The others are flush right.

    Returns
    -------
    str
    """
    widths = _widths(header, rows)
    lines = []
    for row in (header, *rows):
        cells = zip(row, widths)
        lines.append(
            row[0]
            if len(row) == 1
            else (" " * GAP).join(f"{cell:{'<' if i < n_texts else '>'}{w}}" for i, (cell, w) in enumerate(cells))
        )
    return "\n".join(line.rstrip() for line in lines)


def listed(numbers, last):
    """List the numbers that are smaller than the last one, and then the last one."""
    return [*(number for number in numbers if number < last), last]


def height(rows):
    """Tell how many inches high `draw` makes a table with these rows."""
    return INCHES_A_LINE * (len(rows) + 2)


def draw(axes, header, rows, n_texts=1, colors=None):
    """Draw a table over the whole of `axes`.

    Parameters
    ----------
    axes : Axes
    header, rows, n_texts
        As for `as_text`.
    colors : dict, optional
        The colours of cells that are not black: (row, column) -> colour.
    """
    colors = colors or {}
    widths = _widths(header, rows)
    starts = [sum(widths[:i]) + GAP * i for i in range(len(widths))]
    points = 72 * axes.figure.bbox.width / axes.figure.dpi
    font_size = min(FONT_SIZE, points / (CHARACTER * (starts[-1] + widths[-1])))
    axes.set_axis_off()
    axes.set(xlim=(0, starts[-1] + widths[-1]), ylim=(len(rows) + 0.5, -1))
    for i, row in enumerate((header, *rows), -1):
        for j, cell in enumerate(row):
            left = j < n_texts
            axes.text(
                starts[j] if left else starts[j] + widths[j],
                i + 0.5,
                cell,
                ha="left" if left else "right",
                va="center",
                color=colors.get((i, j), "black"),
                weight="bold" if i < 0 else None,
                fontsize=font_size,
                style="italic" if len(row) == 1 else None,
            )
    for y, width in ((-1, 1.0), (0, 0.6), (len(rows), 1.0)):
        axes.axhline(y, color=GREY if y == 0 else "black", linewidth=width)


def _widths(header, rows):
    return [max(map(len, column)) for column in zip(header, *(row for row in rows if len(row) > 1))]
