"""The `minode` command as a user types it."""

import json
import subprocess
import sys

import pytest

from minode import cli
from minode.experiments import REGISTRY, fig3_4


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


@pytest.mark.parametrize("arguments", [[], ["train"], ["reproduce"], ["reproduce", "fig3.4", "--quick", "--full"]])
def test_wrong_usage_exits_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2


def test_a_negative_seed_is_refused_in_one_line(capsys, tmp_path):
    code, _, err = run(capsys, "reproduce", "fig3.4", "--quick", "--seed", "-1", "--out", str(tmp_path))
    assert code == 2
    assert err.startswith("minode: seed is -1; expected")
    assert err.count("\n") == 1


def test_the_module_runs_as_a_script():
    finished = subprocess.run(
        [sys.executable, "-m", "minode.cli", "--version"], capture_output=True, text=True, check=True
    )
    assert finished.stdout.startswith("minode ")


def test_progress_bars_are_silent_without_a_terminal(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-m", "minode.cli", "reproduce", "fig9.9"], capture_output=True, text=True, cwd=tmp_path
    )
    assert finished.returncode == 2
    assert finished.stderr.startswith("minode: unknown figure")


def test_a_reader_who_leaves_early_is_no_error():
    command = f"{sys.executable} -m minode.cli gradcheck --problem linear --method dop853 | head -n 1"
    finished = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert (finished.returncode, finished.stderr) == (0, "")
