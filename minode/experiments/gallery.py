"""What can be reproduced, what it costs and what came out: as `minode list` and as the table in figures/README.md.

To refresh the committed gallery, in the folder that holds ``figures/``::

    minode reproduce NAME --out figures     (with --animate where the gallery holds NAME.gif)
    python -m minode.experiments.gallery

The first command writes the picture and the record. The second one brings the table up to date. It reads verdicts and
seconds from the records, which are the JSON files beside the pictures. Where networks are trained, the table has
typical seconds instead, marked "about", since some networks may have been there already. When a rule has changed, use::

    python -m minode.experiments.gallery --judge

It first judges the numbers on record by the new rule, and does not compute them again.
"""

import argparse
import json
import sys
from pathlib import Path

from minode.base.files import replacing, write_json
from minode.experiments.registry import OUT_OF_SCOPE, REGISTRY

FOLDER, PROTOCOL = Path("figures"), "protocol.md"
START, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
# Verdicts are printed in these pictures, so that a new verdict needs a new picture. It is drawn of the record alone.
WITH_VERDICTS = "adapt tolerance table3.1 fig3.3 fig3.3c fig4.1 fig4.3 fig4.4 fig4.7 fig4.8 table4.5 table4.6".split()
HEADER = "| | picture | command | seconds | claim | verdict |\n|---|---|---|---|---|---|\n"


def as_text(name=None):
    """Write the registry as lines of text: names, costs, claims, and what is left out.

    Parameters
    ----------
    name : str, optional
        Of a single entry, which is followed by its protocol.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    lines = [f"{'name':12}{'quick':>9}{'default':>9}{'full':>10}   claim"]
    for each in REGISTRY if name is None else [_checked(name)]:
        entry = REGISTRY[each]
        quick, default, full = (entry.cost(size) for size in ("quick", "default", "full"))
        lines.append(f"{each:12}{quick:>9}{default:>9}{full:>10}   {entry.title}: {entry.claim}")
    if name is not None:
        # Imported late, since the numbers of seeds are computed by SciPy.
        from minode.experiments.common.protocol.decisions import describe

        return "\n".join([*lines, "", describe(name) or "There is no protocol: it is decided by its default size."])
    lines += ["", "Left out:", *(f"{title}: {reason}" for title, reason in OUT_OF_SCOPE.items())]
    return "\n".join(lines)


def as_markdown(folder=FOLDER):
    """Write the registry as a table in Markdown, with the verdicts of the records in `folder`."""
    rows = [_row(name, entry, Path(folder)) for name, entry in REGISTRY.items()]
    rows += [f"| {title} | | | | | out of scope: {reason} |" for title, reason in OUT_OF_SCOPE.items()]
    return HEADER + "".join(f"{row}\n" for row in rows)


def protocol_as_markdown():
    """Write the protocol as a page: what it is, the commands of its runs, and a table of decisions by figure."""
    # Imported late, since the numbers of seeds are computed by SciPy.
    from minode.experiments.common import protocol
    from minode.experiments.common.protocol import decision, decisions, sweeps

    text = protocol.__doc__.partition(": ")[2].strip()
    lines = [
        "# The protocol",
        "",
        text[0].upper() + text[1:],
        "",
        "Runs, of which `python -m minode.experiments.deciding RUNS` makes those that are not on record:",
        "",
    ]
    lines += [f"- `{sweep.command()}`" for sweep in sweeps.SWEEPS]
    lines += ["", "The networks of these are smaller, and are trained by:", ""]
    lines += [f"- `minode reproduce {name} --deciding --out figures`" for name in sweeps.SIZES]
    header = f"| {' | '.join(decision.HEADER)} |\n|{'---|' * len(decision.HEADER)}"
    for name, entry in REGISTRY.items():
        if rows := [f"| {' | '.join(each.cells())} |" for each in decisions.DECISIONS.get(name, ())]:
            lines += ["", f"## {entry.title}: {entry.claim}", "", header, *rows]
    return "\n".join([*lines, "", "\\* not in the thesis", ""])


def update(folder=FOLDER):
    """Write the table into ``README.md`` of `folder`, between the two marks there, and the protocol beside it.

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
    with replacing(Path(folder) / PROTOCOL) as temporary:
        temporary.write_text(protocol_as_markdown(), encoding="utf-8")


def judge_again(folder=FOLDER):
    """Judge the records in `folder` again by their own numbers. Where a record changes, draw its picture again.

    Returns
    -------
    list of str
        A line for each verdict that has changed.
    """
    # Imported late, since `minode list` does not need matplotlib.
    from minode.experiments.common import plots

    changed = []
    for name, entry in REGISTRY.items():
        experiment, path = entry.load(), Path(folder) / f"{name}.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        judged = record | concluded(experiment, record)
        if judged == record:
            continue
        if name in WITH_VERDICTS:
            with plots.styled():
                plots.save(experiment.draw(judged), path.with_suffix(".png"))
        write_json(path, judged)
        before, after = (list(_verdicts(each, name)) for each in (record, judged))
        changed += [f"{where}: {old} -> {new}" for (where, old), (_, new) in zip(before, after) if old != new]
    return changed


def concluded(experiment, record):
    """Return what an experiment concludes from its numbers on record: nothing, if they do not vary by chance."""
    conclude = getattr(experiment, "conclude", None)
    return json.loads(json.dumps(conclude(record))) if conclude else {}


def _verdicts(value, where):
    """Find all verdicts in a record, each with its place there."""
    if isinstance(value, list):
        for each in value:
            yield from _verdicts(each, where)
    elif isinstance(value, dict):
        where = f"{where}, {value['claim']}" if "claim" in value else where
        for key, each in value.items():
            yield from [(where, each)] if key == "verdict" else _verdicts(each, f"{where}, {key}")


def main(arguments=None):
    """Bring the table of the gallery up to date, and first judge the records again if the command says so."""
    parser = argparse.ArgumentParser(description=f"Bring the table in {FOLDER / 'README.md'} up to date.")
    parser.add_argument("--judge", action="store_true", help="judge the numbers on record again first")
    options = parser.parse_args(arguments)
    for line in judge_again() if options.judge else []:
        print(line)
    update()


def _checked(name):
    # Imported late, since it belongs to what imports autograd.
    from minode.base.checks import one_of

    return one_of(name, "figure or table", tuple(REGISTRY))


def _row(name, entry, folder):
    record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    why = f": {record['why']}" if record.get("why") else ""
    pictures = f"[{name}.png]({name}.png)"
    if (folder / f"{name}.gif").exists():
        pictures += f", [{name}.gif]({name}.gif)"
    size = " --deciding" if record.get("size") == "deciding" else ""
    # Networks that are kept need not be trained again, so that a record's seconds may tell of reading alone.
    kept = entry.trains and not size
    seconds = f"about {entry.seconds['default']}" if kept else f"{max(1, round(record['seconds']))}"
    cells = entry.title, pictures, f"`minode reproduce {name}{size}`", seconds, entry.claim
    return f"| {' | '.join(cells)} | {record['verdict']}{why} |"


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"{error}")
