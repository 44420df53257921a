"""The check of links finds each kind of fault, and nothing on a page without."""

import pytest

from tests.site.documentation.links import faults

GOOD = """<html><head><link rel="stylesheet" href="style.css?v=1"><script src="a/b.js"></script></head>
<body id="top"><a href="#here">on</a><a name="here"></a><a href="a/other.html#there">other</a><a href="a/">folder</a>
<img src="data:image/png;base64,AA=="><a href="https://arxiv.org/abs/1806.07366">paper</a></body></html>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "style.css").write_text("body { background: url('a/b.js'); }")
    (tmp_path / "a" / "b.js").write_text("")
    (tmp_path / "a" / "index.html").write_text('<a href="../index.html#top">up</a>')
    (tmp_path / "a" / "other.html").write_text('<p id="there"><a href="?q=1">again</a></p>')
    return tmp_path


def test_a_sound_site_has_none(site):
    assert faults(site) == []


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("x.html", '<a href="gone.html">', "x.html leads to gone.html, which is not there"),
        ("x.html", '<a href="index.html#gone">', "there is no such place"),
        ("x.html", '<a href="#gone">', "there is no such place"),
        ("x.html", '<a href="../../etc/hostname">', "which is not there"),
        ("x.html", '<img src="gone.png">', "x.html loads gone.png, which is not there"),
        ("a/x.html", '<script src="//cdn.example.org/x.js"></script>', "from elsewhere"),
        ("x.html", '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">', "from elsewhere"),
        ("x.html", "<style>@import 'http://127.0.0.1:1/x.css';</style>", "from elsewhere"),
        ("x.html", '<p style="background: url(http://127.0.0.1:1/x.png)">', "from elsewhere"),
        ("a/x.css", "@font-face { src: url(gone.woff2); }", "a/x.css loads gone.woff2, which is not there"),
    ],
)
def test_a_fault_is_found(site, file, text, told):
    (site / file).write_text(text)
    (fault,) = faults(site)
    assert told in fault


def test_another_site_in_it_is_left_alone(site):
    (site / "apart").mkdir()
    (site / "apart" / "x.html").write_text('<a href="gone.html">')
    (site / "index.html").write_text('<p id="top"><a href="apart/x.html?path=a">')
    assert faults(site, apart="apart") == []
    assert len(faults(site)) == 1
