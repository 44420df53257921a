"""No page, notebook or setting leads to an address that does not exist, and none needs a package index for minode."""

import configparser
import re

import pytest

from tests import notebooks

ROOT = notebooks.ROOT
# What is written for people or tools to follow. Folders of a user's own, such as .venv, are not looked into.
PATTERNS = (
    "*.md *.cfg *.toml *.cff .ci/* .pre-commit-config.yaml notebooks/[0-9][0-9]_*.ipynb figures/README.md".split()
)
PATTERNS += ["minode/**/*.py", "minode/**/*.md", "tests/**/*.py", "tests/**/*.md"]
PATHS = sorted({path for pattern in PATTERNS for path in ROOT.glob(pattern) if path.is_file()})
# Places that have been visited: libraries, papers, data.
REAL = (
    "https://github.com/HIPS/autograd",
    "https://arxiv.org/abs/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
LOCAL = ("http://127.0.0.1:",)
URL = re.compile(r"https?://[^\s\"'`<>)\]\\]+")


def project_addresses(text):
    """The addresses in a text that are neither known places nor this machine."""
    known = (*REAL, *LOCAL, *((notebooks.ADDRESS, notebooks.COLAB) if notebooks.ADDRESS else ()))
    return [url for url in URL.findall(text) if not url.startswith(known)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_addresses_are_of_real_places(path):
    # These two name what they switch on, and what they look for.
    if path.name not in ("notebooks.py", "test_addresses.py"):
        assert project_addresses(path.read_text(encoding="utf-8")) == []


def test_the_pages_looked_into_are_those_that_there_are():
    names = {path.relative_to(ROOT).as_posix() for path in PATHS}
    assert {"README.md", "setup.cfg", "CITATION.cff", "minode/README.md", "notebooks/01_resnet_is_euler.ipynb"} <= names


def test_settings_name_the_address_that_there_is():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    assert config["metadata"].get("url") == notebooks.ADDRESS
    cited = re.findall(r"^(?:url|repository-code): \"?([^\"\n]+)", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited == ([notebooks.ADDRESS] if notebooks.ADDRESS else [])


def test_no_message_asks_a_package_index_for_minode():
    asked = re.compile(r"pip install[^\n]*['\" ]minode\b")
    assert [path.name for path in PATHS if path.name != "test_addresses.py" and asked.search(path.read_text())] == []


def test_one_constant_switches_the_links_on(monkeypatch):
    (closed,) = notebooks.opening("01_lesson")
    assert "http" not in closed.source
    assert "jupyter lab notebooks" in closed.source
    monkeypatch.setattr(notebooks, "ADDRESS", "https://github.com/someone/somewhere")
    link, install = notebooks.opening("01_lesson")
    assert link.source.startswith(closed.source)
    assert "/github/someone/somewhere/blob/main/notebooks/01_lesson.ipynb)" in link.source
    assert "pip install --quiet git+https://github.com/someone/somewhere" in install.source
