"""The house in one picture: which folder of minode stands on which, drawn from the imports.

``python -m tests.project.house`` puts it into minode/README.md, between its two marks.
"""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import minode

ROOT = Path(minode.__file__).parent
README = ROOT / "README.md"
START, END = "<!-- house: begin -->\n", "<!-- house: end -->\n"
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def imported_names(file):
    """Dotted names that a file imports, wherever in it, but for what only type checkers read."""
    unread = [
        inner
        for node in ast.walk(_parsed(file))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    ]
    for node in ast.walk(_parsed(file)):
        if node in unread:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield from (f"{node.module}.{name.name}" for name in node.names)


@cache
def imports(file):
    """Files of minode that a file imports; what `minode` itself exports is imported from where it is defined."""
    return sorted({_file(name) for name in imported_names(file) if name.split(".")[0] == "minode"} - {file})


def folder(file):
    """The folder that a file lies in; its folders count as folders of their own."""
    return file.rpartition("/")[0]


def folders():
    """Folder -> the set of folders whose files its files import; minode's own two files belong to none."""
    found = {}
    for file in FILES:
        found.setdefault(folder(file), set()).update(map(folder, imports(file)))
    return {each: others - {each, ""} for each, others in found.items() if each}


def draw():
    """The picture: what is above stands on what is below it, and each names what it stands on directly.

    What lies deeper than two folders, as single experiments do, counts as part of the second.
    """
    graph = {}
    for each, others in folders().items():
        graph.setdefault(_drawn(each), set()).update(map(_drawn, others))
    graph = {each: others - {each} for each, others in graph.items()}
    below = {}
    for each in TopologicalSorter(graph).static_order():
        below[each] = set(graph[each]).union(*(below[other] for other in graph[each]))
    floors = {}
    for each in below:
        floors[each] = 1 + max((floors[other] for other in graph[each]), default=-1)
    lines = []
    for each in sorted(floors, key=lambda name: (-floors[name], name)):
        direct = sorted(
            other for other in graph[each] if not any(other in below[between] for between in graph[each] - {other})
        )
        on = f"on {', '.join(f'{other}/' for other in direct)}" if direct else "on NumPy, SciPy and autograd alone"
        lines.append(f"{floors[each]:2}  {each + '/':28}{on}")
    return "```text\n" + "\n".join(lines) + "\n```\n"


def update():
    """Put the picture into minode/README.md."""
    before, rest = README.read_text(encoding="utf-8").split(START)
    _, after = rest.split(END)
    README.write_text("".join([before, START, draw(), END, after]), encoding="utf-8")


def _drawn(folder):
    return "/".join(folder.split("/")[:2])


@cache
def _parsed(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def _file(name):
    """The file that a dotted name is imported from."""
    parts = name.split(".")[1:]
    if parts and parts[0] in minode._DEFINED_IN:
        parts[:1] = minode._DEFINED_IN[parts[0]].split(".")
    for n in range(len(parts), 0, -1):
        place = "/".join(parts[:n])
        for file in (f"{place}.py", f"{place}/__init__.py"):
            if file in FILES:
                return file
    return "__init__.py"


if __name__ == "__main__":
    update()
