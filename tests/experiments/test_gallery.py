"""The gallery: its table comes from the registry and the records, and the committed one is not stale."""

import copy
import json
import shutil
from pathlib import Path

import matplotlib.text
import pytest

from minode.cli import parser
from minode.cli.commands import reproduce
from minode.experiments import gallery
from minode.experiments.ch4_images.fig4_2_fig4_5_photographs import claims as examples_claims
from minode.experiments.ch4_images.table4_1_to_table4_4_layers import compute as architectures
from minode.experiments.common.entry import Entry
from minode.experiments.common.protocol.sweeps import FIRST_SEED, SIZES
from minode.experiments.registry import OUT_OF_SCOPE, REGISTRY

FIGURES = Path(__file__).parents[2] / "figures"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    entry = Entry("Figure 9", "fig9", {"quick": 1, "default": 2, "full": 3}, "a claim")
    monkeypatch.setattr(gallery, "REGISTRY", {"fig9": entry})
    (tmp_path / "fig9.json").write_text(json.dumps({"seconds": 4.2, "verdict": "holds", "why": "of 3 seeds 3 hold"}))
    (tmp_path / "README.md").write_text(f"before\n{gallery.START}old\n{gallery.END}after\n")
    return tmp_path


def test_a_row_tells_what_the_record_holds(folder):
    row = gallery.as_markdown(folder).splitlines()[2]
    assert row == (
        "| Figure 9 | [fig9.png](fig9.png) | `minode reproduce fig9` | 4 | a claim | holds: of 3 seeds 3 hold |"
    )


def test_seconds_are_typical_where_runs_may_have_been_there(folder, monkeypatch):
    monkeypatch.setattr(gallery, "REGISTRY", {"fig9": gallery.REGISTRY["fig9"]._replace(trains=True)})
    assert "| `minode reproduce fig9` | about 2 |" in gallery.as_markdown(folder)


def test_what_is_left_out_is_listed_with_the_reason(folder):
    for text in (gallery.as_text(), gallery.as_markdown(folder)):
        assert all(title in text and reason in text for title, reason in OUT_OF_SCOPE.items())


def test_an_update_changes_the_table_and_the_protocol_alone(folder):
    (folder / "fig9.gif").write_bytes(b"")
    gallery.update(folder)
    text = (folder / "README.md").read_text()
    assert text == f"before\n{gallery.START}{gallery.as_markdown(folder)}{gallery.END}after\n"
    assert "[fig9.gif](fig9.gif)" in text
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "fig9.gif", "fig9.json", "protocol.md"]


def test_the_committed_gallery_is_up_to_date():
    assert gallery.as_markdown(FIGURES) in (FIGURES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REGISTRY)
def test_committed_records_are_of_the_default_size_or_of_that_of_the_protocol(name):
    record = json.loads((FIGURES / f"{name}.json").read_text())
    by_protocol = [("deciding", FIRST_SEED[name])] if name in SIZES else []
    assert (record["size"], record["seed"]) in [("default", 0), *by_protocol]
    assert (FIGURES / f"{name}.png").exists()


def module(name):
    return REGISTRY[name].load()


@pytest.mark.parametrize("name", [name for name in REGISTRY if hasattr(module(name), "conclude")])
def test_committed_verdicts_are_those_of_the_rule(name):
    record = json.loads((FIGURES / f"{name}.json").read_text())
    concluded = gallery.concluded(module(name), record)
    assert "verdict" in concluded
    assert record == record | concluded


def test_only_the_balance_of_digits_is_left_to_chance_without_a_conclusion():
    record = json.loads((FIGURES / "fig4.2.json").read_text())
    assert examples_claims.of_balance(list(record["classes"]["training"].values())).as_record() in record["claims"]


@pytest.mark.parametrize("name", gallery.WITH_VERDICTS)
def test_pictures_with_verdicts_are_drawn_of_the_record_alone(name):
    record = json.loads((FIGURES / f"{name}.json").read_text())
    texts = [text.get_text() for text in module(name).draw(record).findobj(matplotlib.text.Text)]
    assert any(record["verdict"] in text for text in texts)


def test_judging_again_changes_verdicts_and_their_pictures_alone(tmp_path, monkeypatch):
    names = ("fig3.3", "fig4.2", "euler")
    for path in (FIGURES / f"{name}.{suffix}" for name in names for suffix in ("json", "png")):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(gallery, "REGISTRY", {name: REGISTRY[name] for name in names})
    assert gallery.judge_again(tmp_path) == []
    right = json.loads((tmp_path / "fig3.3.json").read_text())
    wrong = copy.deepcopy(right)
    wrong["claims"][3]["verdict"] = "holds"
    (tmp_path / "fig3.3.json").write_text(json.dumps(wrong))
    (tmp_path / "fig3.3.png").write_bytes(b"")
    assert gallery.judge_again(tmp_path) == ["fig3.3, claims, NFE-F grows during training: holds -> undecided"]
    assert json.loads((tmp_path / "fig3.3.json").read_text()) == right
    assert (tmp_path / "fig3.3.png").stat().st_size > 0
    for name in ("fig4.2", "euler"):
        assert (tmp_path / f"{name}.json").read_bytes() == (FIGURES / f"{name}.json").read_bytes()


def test_all_goes_on_after_a_failure_and_names_it(capsys, tmp_path, monkeypatch):
    def fail(**settings):
        if settings["table"] == "4.2":
            raise FileNotFoundError("no data")
        return compute(**settings)

    compute = architectures.compute
    monkeypatch.setattr(architectures, "compute", fail)
    monkeypatch.setattr(reproduce, "REGISTRY", {name: REGISTRY[name] for name in ("table4.1", "table4.2")})
    assert parser.main(["reproduce", "all", "--quick", "--out", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert err.splitlines() == ["minode: table4.2: no data", "minode: 1 of 2 failed: table4.2"]
    assert "209,418" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table4.1.json", "table4.1.png"]


def test_all_refuses_a_bad_folder_once(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert parser.main(["reproduce", "all", "--out", str(tmp_path / "file")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
