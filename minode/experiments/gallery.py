"""What can be reproduced, what it costs and what came out: for `minode list`, and as the table in figures/README.md.

To refresh the committed gallery, in the folder that holds ``figures/``::

    minode reproduce NAME --out figures     (with --animate where the gallery holds NAME.gif)
    python -m minode.experiments.gallery

The first line writes picture and record anew, the second brings the table up to date. Verdicts are read from the JSON
files beside the pictures, and so are seconds, but for experiments whose networks may have been there already: theirs
are typical ones.
"""

import json
import sys
from pathlib import Path

from minode.experiments.registry import OUT_OF_SCOPE, REGISTRY
from minode.files import replacing

FOLDER = Path("figures")
START, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
HEADER = "| | picture | command | seconds | claim | verdict |\n|---|---|---|---|---|---|\n"


def as_text():
    """The registry as lines of text: names, costs, claims, and what is left out."""
    lines = [f"{'name':12}{'quick':>9}{'default':>9}{'full':>10}   claim"]
    for name, entry in REGISTRY.items():
        quick, default, full = (entry.cost(size) for size in ("quick", "default", "full"))
        lines.append(f"{name:12}{quick:>9}{default:>9}{full:>10}   {entry.title}: {entry.claim}")
    lines += ["", "Left out:", *(f"{title}: {reason}" for title, reason in OUT_OF_SCOPE.items())]
    return "\n".join(lines)


def as_markdown(folder=FOLDER):
    """The registry as a table in Markdown, with what the records in `folder` say."""
    rows = [_row(name, entry, Path(folder)) for name, entry in REGISTRY.items()]
    rows += [f"| {title} | | | | | out of scope: {reason} |" for title, reason in OUT_OF_SCOPE.items()]
    return HEADER + "".join(f"{row}\n" for row in rows)


def update(folder=FOLDER):
    """Put the table into ``README.md`` of `folder`, between its two marks.

    Raises
    ------
    FileNotFoundError
        If `folder` is not the gallery.
    """
    path = Path(folder) / "README.md"
    if not path.is_file():
        raise FileNotFoundError(f"there is no {str(path)!r}; expected the gallery of a checkout, in the working folder")
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    with replacing(path) as temporary:
        temporary.write_text("".join([before, START, as_markdown(folder), END, after]), encoding="utf-8")


def _row(name, entry, folder):
    record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    why = f": {record['why']}" if record.get("why") else ""
    pictures = f"[{name}.png]({name}.png)"
    if (folder / f"{name}.gif").exists():
        pictures += f", [{name}.gif]({name}.gif)"
    seconds = entry.seconds["default"] if entry.trains else max(1, round(record["seconds"]))
    cells = entry.title, pictures, f"`minode reproduce {name}`", f"{seconds}", entry.claim
    return f"| {' | '.join(cells)} | {record['verdict']}{why} |"


if __name__ == "__main__":
    try:
        update()
    except OSError as error:
        sys.exit(f"{error}")
