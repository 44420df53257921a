"""Tables 4.1 to 4.4: rows, counts, and where the thesis prints something else."""

import json

import pytest
from matplotlib.figure import Figure

from minode.experiments.ch4_images.table4_1_to_table4_4_layers import compute as architectures
from minode.experiments.reproduction import reproduce
from minode.nn import models

TABLES = ("4.1", "4.2", "4.3", "4.4")


@pytest.fixture(scope="module")
def data():
    return {table: architectures.compute(table=table) for table in TABLES}


@pytest.mark.parametrize(
    ("table", "counts"),
    [
        ("4.1", [(1, 10, 208_266, 208_266), (3, 10, 209_418, 209_418), (3, 36, 211_108, 211_108)]),
        ("4.3", [(1, 10, 601_482, None), (3, 10, 602_634, 602_634), (3, 36, 604_324, 604_324)]),
    ],
)
def test_parameters_are_counted_beside_those_of_the_thesis(data, table, counts):
    assert [tuple(entry.values()) for entry in data[table]["parameters"]] == counts
    assert data[table]["verdict"] == "holds"


def test_another_count_breaks_the_claim(monkeypatch):
    monkeypatch.setitem(architectures.COUNTS["node"], (3, 36), 211_109)
    assert architectures.compute(table="4.1")["verdict"] == "does not hold"


@pytest.mark.parametrize(("table", "n_rows", "total"), [("4.1", 13, 209_418), ("4.2", 7, 75_392), ("4.4", 6, 73_984)])
def test_rows_add_up(data, table, n_rows, total):
    rows = data[table]["rows"]
    assert len(rows) == n_rows
    assert all(len(row) == len(data[table]["columns"]) for row in rows)
    assert sum(int(row[-1].replace(",", "")) for row in rows) == total


def test_a_row_reads_as_in_the_thesis(data):
    assert data["4.1"]["rows"][3] == ["3", "Conv2D", "4x4/2", "26x26x64", "13x13x64", "13x13x64", "65,600"]
    assert data["4.3"]["rows"][15] == ["15", "ResBlock", "", "7x7x64", "7x7x64", "2x2x64", "73,984"]


@pytest.mark.parametrize(
    ("table", "differences", "absent"),
    [
        ("4.1", [], []),
        ("4.2", [], [4]),
        ("4.3", [4, 5, 7, 8, 9, 10, 11, 12, *range(14, 23)], [6, 13]),
        ("4.4", [0, 1, 2, 3, 5], [4]),
    ],
)
def test_what_the_thesis_prints_otherwise_is_found_and_told(data, table, differences, absent):
    assert (data[table]["differences"], data[table]["absent"]) == (differences, absent)
    text = architectures.table(data[table])
    assert ("Sizes of maps as in the thesis" in text) == (not differences)
    assert all(note.split()[0] in text for note in data[table]["errata"])


def test_differences_are_in_colour(data):
    figure = architectures.draw(data["4.4"])
    colors = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert isinstance(figure, Figure)
    assert colors["2x2x64"] == colors["(no row)"] != colors["7x7x64"] == "black"


def test_the_record_is_complete(tmp_path):
    report = reproduce("table4.2", out=tmp_path)
    record = json.loads((tmp_path / "table4.2.json").read_text())
    assert record["rows"] == architectures.compute(table="4.2")["rows"]
    assert record["errata"] == list(models.ERRATA["node"])
    assert "the NODE's block" in record["title"]
    assert "ConcatConv2D" in report
    assert (tmp_path / "table4.2.png").stat().st_size > 10_000
