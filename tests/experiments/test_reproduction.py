"""The registry, the verdicts and the tables that the experiments share."""

import json

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from minode.experiments import reproduction
from minode.experiments.ch4_images.table4_1_to_table4_4_layers import compute as architectures
from minode.experiments.common import tables
from minode.experiments.common.entry import Entry
from minode.experiments.common.protocol.sweeps import seeds_of
from minode.experiments.registry import REGISTRY

HEADER = ("name", "kind", "error, %")
ROWS = [("a heading that is longer than any cell",), ("NODE", "ODE", "0.5"), ("MLP", "", "12.25")]


@pytest.mark.parametrize("name", REGISTRY)
def test_every_entry_can_be_called_at_every_size(name):
    entry = REGISTRY[name]
    module = entry.load()
    assert list(module.SETTINGS) == list(entry.seconds) == ["quick", "default", "full"]
    assert all(callable(getattr(module, function)) for function in ("compute", "draw", "table"))


def test_the_size_of_the_protocol_has_its_seeds_and_few_experiments_have_it(tmp_path, monkeypatch):
    given = {}
    experiment = REGISTRY["fig2.5"].load()
    monkeypatch.setattr(experiment, "compute", lambda **settings: given.update(settings) or {})
    monkeypatch.setattr(experiment, "draw", lambda data: Figure())
    monkeypatch.setattr(experiment, "table", lambda data: "")
    reproduction.reproduce("fig2.5", size="deciding", out=tmp_path)
    assert tuple(range(given["seed"], given["seed"] + given["n_seeds"])) == seeds_of("fig2.5")
    assert given["figure"] == "2.5"
    assert json.loads((tmp_path / "fig2.5.json").read_text())["size"] == "deciding"
    with pytest.raises(ValueError, match="euler has no size of its own by the protocol"):
        reproduction.reproduce("euler", size="deciding", out=tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 s"), (83, "83 s"), (90, "1.5 min"), (3 * 3600, "3 h"), (5 * 86400, "5 days")]
)
def test_cost_is_told_in_a_unit_that_suits_it(seconds, text):
    assert Entry("Figure 0", "package", {"quick": seconds}, "").cost("quick") == text


def test_only_what_trains_gets_a_folder_for_runs(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(architectures, "compute", lambda **settings: given.update(settings) or {})
    monkeypatch.setattr(architectures, "draw", lambda data: Figure())
    monkeypatch.setattr(architectures, "table", lambda data: "")
    entry = REGISTRY["table4.3"]
    for trains in (False, True):
        monkeypatch.setitem(REGISTRY, "table4.3", entry._replace(trains=trains))
        reproduction.reproduce("table4.3", seed=7, out=tmp_path)
        assert given.pop("runs_folder", None) == (tmp_path / "runs" if trains else None)
    assert given == {"seed": 7, "table": "4.3"}
    record = json.loads((tmp_path / "table4.3.json").read_text())
    assert (record["seed"], record["size"]) == (7, "default")


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"figure or table 'table9'; expected one of 'adapt', 'tolerance', 'fig2\.1'"):
        reproduction.reproduce("table9", out=tmp_path)


def test_only_what_has_frames_can_be_animated(tmp_path):
    assert "fig3.4" in reproduction.animated()
    with pytest.raises(ValueError, match=r"table4\.1 has no animation; expected one of .*fig3\.4"):
        reproduction.reproduce("table4.1", out=tmp_path, animate=True)
    assert not list(tmp_path.iterdir())


def test_an_animation_is_written_beside_the_picture(tmp_path, monkeypatch):
    def frames(data):
        for i in range(3):
            figure = Figure(figsize=(2, 1))
            figure.subplots().plot([0, i])
            yield figure

    monkeypatch.setattr(architectures, "frames", frames, raising=False)
    report = reproduction.reproduce("table4.2", out=tmp_path, animate=True)
    assert f"{tmp_path / 'table4.2.gif'}" in report
    with Image.open(tmp_path / "table4.2.gif") as animation:
        assert animation.n_frames == 3
        assert animation.info["loop"] == 0


def test_a_table_in_text_has_columns():
    assert tables.as_text(HEADER, ROWS, n_texts=2).splitlines() == [
        "name  kind  error, %",
        "a heading that is longer than any cell",
        "NODE  ODE        0.5",
        "MLP            12.25",
    ]


def test_a_drawn_table_has_every_cell_in_its_row_and_its_colour():
    axes = Figure(figsize=(6, tables.height(ROWS))).subplots()
    tables.draw(axes, HEADER, ROWS, n_texts=2, colors={(1, 2): "red"})
    texts = {text.get_text(): text for text in axes.texts if text.get_text()}
    assert texts.keys() == {cell for row in (HEADER, *ROWS) for cell in row if cell}
    assert texts["0.5"].get_color() == "red"
    assert texts["12.25"].get_color() == "black"
    assert texts["NODE"].get_position()[1] == texts["0.5"].get_position()[1] < texts["MLP"].get_position()[1]
    assert texts["0.5"].get_position()[0] == texts["12.25"].get_position()[0]


def test_cells_of_a_drawn_table_do_not_overlap():
    figure = Figure(figsize=(9, tables.height(ROWS)))
    axes = figure.subplots()
    tables.draw(axes, HEADER, ROWS, n_texts=2)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts if text.get_text()]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert min(box.width for box in boxes) > 0
