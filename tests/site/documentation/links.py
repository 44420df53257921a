"""Links of built pages: they lead somewhere, and nothing that a page loads is elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

# Where a page names what it loads, as (element, attribute).
LOADED = {
    *(("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("link", "href")),
    *(("embed", "src"), ("object", "data"), ("audio", "src")),
}
IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)|@import\s+['\"]([^'\"]+)")


class Page(HTMLParser):
    """What a page loads, where it leads, and the places in it that can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.places = {""}
        self.in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        """Note an element's addresses and names."""
        self.in_style = tag == "style"
        for name, value in attributes:
            if name == "id" or (tag, name) == ("a", "name"):
                self.places.add(value)
            elif (tag, name) in LOADED and dict(attributes).get("rel") not in (
                "canonical",
                "search",
                "index",
                "next",
                "prev",
            ):
                self.loads.append(value)
            elif (tag, name) == ("a", "href"):
                self.leads.append(value)
            elif name == "style":
                self.loads += in_style(value)

    def handle_data(self, data: str) -> None:
        """Note what a style sheet in the page loads."""
        if self.in_style:
            self.loads += in_style(data)


def in_style(text: str) -> list[str]:
    """What a style sheet loads."""
    return [address for pair in IN_STYLES.findall(text) for address in pair if address]


def faults(folder: Path, apart: str = "") -> list[str]:
    """Say of each link in a folder of pages and style sheets what is wrong with it, if anything is.

    Parameters
    ----------
    folder : Path
        The root of the site.
    apart : str
        A folder in it that is another site: pages may lead there, and its own pages are not looked at.

    Returns
    -------
    list of str
        Where and what; empty if all links lead to files and places in the site, or are addresses of others to be
        followed, and everything that is loaded is in the site.
    """
    folder = folder.resolve()
    ours = [path for path in sorted(folder.rglob("*")) if not apart or folder / apart not in path.parents]
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in ours if path.suffix == ".html"}
    found = []
    for path, page in pages.items():
        found += [fault for address in page.loads for fault in _of(path, address, pages, folder, "loads")]
        found += [fault for address in page.leads for fault in _of(path, address, pages, folder, "leads to")]
    for path in (path for path in ours if path.suffix == ".css"):
        loads = in_style(path.read_text(encoding="utf-8"))
        found += [fault for address in loads for fault in _of(path, address, pages, folder, "loads")]
    return found


def _of(path, address, pages, folder, verb):
    parts, here = urlsplit(address), path.relative_to(folder).as_posix()
    if parts.scheme in ("data", "mailto", "javascript"):
        return []
    if parts.scheme or parts.netloc:
        return [f"{here} loads {address}, from elsewhere"] if verb == "loads" else []
    file, place = urldefrag(parts._replace(query="").geturl())
    target = path if not file else (folder / unquote(urljoin(path.relative_to(folder).as_posix(), file))).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file() or folder not in target.resolve().parents:
        return [f"{here} {verb} {address}, which is not there"]
    if verb == "leads to" and target in pages and unquote(place) not in pages[target].places:
        return [f"{here} leads to {address}, and there is no such place on that page"]
    return []
