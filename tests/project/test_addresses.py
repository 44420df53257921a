"""No page, notebook or setting leads to an address that does not exist, and none needs a package index for minode."""

import configparser
import re

import pytest

from tests import notebooks

ROOT = notebooks.ROOT
# What is written for people or tools to follow, by name: notes of a user's own are none of our business.
PAGES = "README.md figures/README.md setup.cfg pyproject.toml CITATION.cff .ci/run .pre-commit-config.yaml".split()
SOURCES = [
    path for folder in ("minode", "tests") for kind in ("py", "md") for path in ROOT.glob(f"{folder}/**/*.{kind}")
]
PATHS = [*(ROOT / page for page in PAGES), *notebooks.paths(), *sorted(SOURCES)]
# Libraries, papers and data that others keep.
REAL = (
    "https://github.com/HIPS/autograd",
    "https://github.com/gsb16/TGneuralODE",
    "https://arxiv.org/abs/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
LOCAL = ("http://127.0.0.1:",)
URL = re.compile(r"https?://[^\s\"'`<>)\]\\]+")


def unknown(text):
    """The addresses in a text that are neither known places nor this machine."""
    known = (*REAL, *LOCAL, *((notebooks.ADDRESS, notebooks.COLAB) if notebooks.ADDRESS else ()))
    return [url for url in URL.findall(text) if not url.startswith(known)]


def test_addresses_are_of_real_places():
    # These two name what they switch on, and what they look for.
    searched = [path for path in PATHS if path.name not in ("notebooks.py", "test_addresses.py")]
    found = {path.relative_to(ROOT).as_posix(): unknown(path.read_text(encoding="utf-8")) for path in searched}
    assert {path: urls for path, urls in found.items() if urls} == {}


@pytest.mark.parametrize("url", ["https://github.com/minode/minode", "http://minode.org", "https://arxiv.org/pdf/1"])
def test_an_address_that_nobody_has_vouched_for_is_found(url):
    assert unknown(f"see [this]({url}) and https://arxiv.org/abs/1806.07366") == [url]


def test_settings_name_the_address_that_there_is():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    assert config["metadata"].get("url") == notebooks.ADDRESS
    cited = re.findall(
        r"^(?:url|repository-code): \"?([^\"\n]+)", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert cited == ([notebooks.ADDRESS] if notebooks.ADDRESS else [])


def test_no_message_asks_a_package_index_for_minode():
    asked = re.compile(r"pip install[^\n]*['\" ]minode\b")
    assert [
        path.name
        for path in PATHS
        if path.name != "test_addresses.py" and asked.search(path.read_text(encoding="utf-8"))
    ] == []


def test_one_constant_switches_the_links_on(monkeypatch):
    (closed,) = notebooks.opening("01_lesson")
    assert "http" not in closed.source
    assert "jupyter lab notebooks" in closed.source
    monkeypatch.setattr(notebooks, "ADDRESS", "https://github.com/someone/somewhere")
    link, install = notebooks.opening("01_lesson")
    assert link.source.startswith(closed.source)
    assert "/github/someone/somewhere/blob/main/notebooks/01_lesson.ipynb)" in link.source
    assert "pip install --quiet git+https://github.com/someone/somewhere" in install.source
