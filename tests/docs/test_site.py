import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Union

from tests.docs.blocks import ROOT

Entries = list[Union[str, dict[str, "Entries"]]]  # noqa: UP007 - `|` cannot name itself
"""A navigation: pages, and sections of them."""

_LOADING = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "link": "href",
}
_ANYWHERE = ("canonical", "prev", "next")
"""What a `link` of these kinds names is not fetched."""


def test_every_page_has_its_place_in_the_navigation_and_every_place_its_page() -> None:
    project = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]

    entries: Entries = project["nav"]
    named = list(_named(entries))

    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert len(named) == len(set(named))
    assert set(named) == pages, "nav in zensical.toml names each page of docs/ once"


def test_every_page_is_built_and_links_only_to_what_was_built(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").rglob("*.md")))
    for page in (page for page in pages if page.name != "404.html"):
        for target in _Read(page).links:
            path, _, anchor = target.partition("#")
            goal = (page.parent / path).resolve() if path else page
            assert goal.is_file(), f"{page.relative_to(site)}: {target}"
            if anchor:
                assert anchor in _Read(goal).ids, f"{page.relative_to(site)}: {target}"


def test_no_page_loads_anything_from_the_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        read = _Read(page)
        assert len(read.loaded) > 3
        assert [one for one in read.loaded if "//" in one and not one.startswith("data:")] == []
        assert re.findall(r"@import|url\(['\"]?https?:", page.read_text("utf-8")) == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", sheet.read_text()) == []


def test_a_bar_in_the_code_of_a_cell_shows_without_its_backslash(site: Path) -> None:
    page = (site / "commands.html").read_text("utf-8")

    assert "--format text|json|" in page
    assert "\\|" not in page


def _named(entries: Entries) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for section in entry.values():
                yield from _named(section)


class _Read(HTMLParser):
    """What a page links to, what it loads, and what may be linked to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links = set[str]()
        self.loaded = set[str]()
        self.ids = set[str]()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids.add(found.get("id", ""))
        if tag == "a" and (href := found.get("href", "")) and ":" not in href:
            self.links.add(href)
        elif tag in _LOADING and found.get("rel", "") not in _ANYWHERE:
            self.loaded.add(found.get(_LOADING[tag], ""))
