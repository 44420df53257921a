"""README proves itself: its example runs and its table names what there is."""

import argparse
import re
from pathlib import Path

import pytest

from minode.cli.commands.networks import predict, train
from minode.experiments.reproduction import OUT
from tests.project.house import FILES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def printed(capsys):
    """Run the example below a heading; return the lines that it prints."""

    def run(heading):
        section = README[README.index(f"## {heading}\n") :]
        example = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
        exec(compile(example, "README.md", "exec"), {})
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def numbers_printed(printed):
    """Run the example below a heading; return the numbers that it prints, one a line."""
    return lambda heading: [float(re.search(r"-?\d+\.\d+", line).group()) for line in printed(heading)]


def test_the_example_prints_a_gradient_and_its_finite_difference(numbers_printed):
    adjoint, difference = numbers_printed("A gradient, and its finite difference")
    assert adjoint == pytest.approx(difference, rel=1e-6)


def test_the_example_learns_a_density(numbers_printed):
    before, after = numbers_printed("A density, learned from points")
    assert after > before + 0.1


def test_the_example_of_a_fit_prints_numbers_within_their_intervals(printed):
    *numbers, noise = printed("Your own equation, and its constants")
    names = "birth eaten growth death hare lynx".split()
    assert [number.split()[0] for number in numbers] == [f"params['{name}']" for name in names]
    for number in numbers:
        _, value, _, _, low, _, high = number.split()
        assert 0 < float(low) < float(value) < float(high)
    assert noise.endswith("36 degrees of freedom")


def test_what_commands_write_by_default_is_no_part_of_the_project():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    assert "(default runs/" in parser.format_help()
    assert {f"{folder}/" for folder in (OUT, predict.OUT, "runs")} <= set(ignored)
    assert f"`{OUT}/fig3.4.png`" in README


def test_the_module_table_is_complete():
    modules = (ROOT / "minode" / "README.md").read_text(encoding="utf-8")
    table = modules[modules.index("| module |") : modules.index("\n\n", modules.index("| module |"))]
    named = re.findall(r"`([\w/]+(?:\.py|/))`", table)
    assert [name for name in named if not (ROOT / "minode" / name).exists() and name != "synthetic/"] == []
    files = [file for file in FILES if not file.endswith("__init__.py")]
    assert [
        file for file in files if file not in named and not file.startswith(tuple(n for n in named if n[-1] == "/"))
    ] == []


@pytest.mark.parametrize("page", ["README.md", "minode/README.md", "tests/README.md", "tests/benchmarks/README.md"])
def test_pictures_and_files_it_links_to_exist(page):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
