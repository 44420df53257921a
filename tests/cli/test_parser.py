"""The `minode` command as a user types it."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minode.cli import parser as cli
from minode.experiments.ch3_nodes.fig3_4_crossing import compute as fig3_4
from minode.experiments.registry import REGISTRY
from minode.ode.solvers.methods import METHODS


def run(capsys, *arguments):
    code = cli.main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_list_names_what_can_be_reproduced(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "fig3.4" in out


def test_reproduce_writes_the_figure(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(fig3_4.SETTINGS, "quick", dict(node_updates=2, resnet_updates=2))
    code, out, err = run(capsys, "reproduce", "fig3.4", "--quick", "--seed", "1", "--out", str(tmp_path / "new"))
    assert (code, err) == (0, "")
    assert "NODE" in out
    assert json.loads((tmp_path / "new" / "fig3.4.json").read_text())["seed"] == 1


def test_an_unknown_figure_lists_the_known_ones(capsys, tmp_path):
    code, _, err = run(capsys, "reproduce", "fig9.9", "--out", str(tmp_path))
    assert code == 2
    assert err.startswith("minode: unknown figure")
    assert all(f"'{name}'" in err for name in ("fig9.9", *REGISTRY))
    assert err.count("\n") == 1


def test_an_unwritable_folder_is_refused_before_the_work(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, out, err = run(capsys, "reproduce", "fig3.4", "--full", "--out", str(tmp_path / "file"))
    assert (code, out) == (2, "")
    assert err.startswith("minode: cannot write to the output folder")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["trian"],
        ["--frobnicate"],
        ["train"],
        ["train", "mnist", "--method", "heun"],
        ["reproduce"],
        ["reproduce", "fig3.4", "--quick", "--full"],
        ["reproduce", "fig3.4", "--seed", "one"],
        ["gradcheck", "--problem", "stiff-one"],
        ["gradcheck", "--method", "heun"],
        ["evaluate", "run", "--split", "dev"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exits_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    out, err = capsys.readouterr()
    assert (stop.value.code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("minode")
    assert "--help`" in err


def test_without_a_command_they_are_named(capsys):
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    for name, summary in cli.COMMANDS.items():
        assert re.search(rf"^ +{name}\s+{summary.split(',')[0]}", out, re.MULTILINE)


def test_help_names_the_thesis_once_in_full(capsys):
    _, out, _ = run(capsys)
    cited = "Gabriel de Souza Barreto, Um estudo sobre Neural Ordinary Differential Equations, Universidade Federal"
    assert " ".join(out.split()).count(cited) == 1


def help_on(capsys, command):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_has_a_module_and_describes_all_that_it_takes(name, capsys):
    module = cli.module_of(name)
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert [action.dest for action in parser._actions if not action.help] == []
    assert module.__doc__.split(".")[0].replace("\n", " ") in help_on(capsys, name)


def test_every_module_of_commands_is_a_command():
    folder = Path(cli.__file__).with_name("commands")
    assert {path.stem for path in folder.rglob("*.py")} - {"__init__"} == set(cli.COMMANDS)


def test_help_on_training_lists_solvers_and_the_numbers_of_the_recipes(capsys):
    out = help_on(capsys, "train")
    assert "{" + ",".join(METHODS) + "}" in out
    assert "Recipe thesis: 150 epochs; learning rate 0.1, times 0.1 after epochs 60, 100, 140; momentum 0.9" in out
    assert "Recipe fast: 10 epochs; learning rate up to 0.1 within the first 25% of the steps" in out
    assert "padded by 2 pixels" in out


HELP = """
import contextlib, sys
from minode.cli import parser as cli
with contextlib.suppress(SystemExit):
    cli.main(sys.argv[1:])
print(*sys.modules)
"""


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["trian"]], ids=str)
def test_help_and_version_come_without_what_computes(run_script, arguments):
    modules = run_script(HELP, *arguments).splitlines()[-1].split()
    assert "minode.cli.parser" in modules
    assert not {"numpy", "scipy", "autograd", "matplotlib", "tqdm"} & set(modules)


@pytest.mark.parametrize("arguments", [["list"], ["list", "--help"], ["reproduce", "--help"]], ids=str)
def test_figures_are_listed_without_scipy(run_script, arguments):
    modules = run_script(HELP, *arguments).splitlines()[-1].split()
    assert not {"scipy", "matplotlib", "tqdm"} & set(modules)


def test_figures_are_not_written_over_the_gallery_by_default(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures").mkdir()
    code, out, _ = run(capsys, "reproduce", "table4.2", "--quick")
    assert code == 0
    assert f"wrote {Path('reproduced', 'table4.2.png')}, {Path('reproduced', 'table4.2.json')}" in out
    assert list((tmp_path / "figures").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reproduced").write_text("")
    code, out, err = run(capsys, "reproduce", "table4.2", "--quick")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cannot write to the output folder 'reproduced': File exists; name a folder that can be written to" in err


def test_a_negative_seed_is_refused_in_one_line(capsys, tmp_path):
    code, _, err = run(capsys, "reproduce", "fig3.4", "--quick", "--seed", "-1", "--out", str(tmp_path))
    assert code == 2
    assert err.startswith("minode: seed is -1; expected")
    assert err.count("\n") == 1


@pytest.mark.parametrize("module", ["minode", "minode.cli.parser"])
def test_the_module_runs_as_a_script(module):
    finished = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert finished.stdout.startswith("minode ")


def test_help_can_be_read_on_any_terminal():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    finished = subprocess.run([sys.executable, "-m", "minode"], capture_output=True, text=True, env=environment)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "Gabriel de Souza Barreto" in finished.stdout


def test_progress_bars_are_silent_without_a_terminal(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "minode.cli.parser", "reproduce", "fig9.9"], capture_output=True, text=True, cwd=tmp_path
    )
    assert finished.returncode == 2
    assert finished.stderr.startswith("minode: unknown figure")


def test_a_reader_who_leaves_early_is_no_error():
    command = f"{sys.executable} -m minode.cli.parser gradcheck --problem linear --method dop853 | head -n 1"
    finished = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")
