from pathlib import Path

import pytest

from tests.browser.chromium import Page

_WIDTHS = {"desktop": (1280, 900), "phone": (390, 800)}
_FOUND = """
new Promise((done) => {
  const look = (left) => {
    const found = [...document.querySelectorAll("*")]
      .filter((each) => each.shadowRoot)
      .map((each) => each.shadowRoot.textContent)
      .join(" ");
    if (/results/.test(found) || left === 0) done(found);
    else requestAnimationFrame(() => look(left - 1));
  };
  look(1200);
})
"""
"""What the search shows once it has results; it draws itself in trees of its own."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", _WIDTHS)
def test_a_page_opened_from_a_folder_loads_nothing_else_and_fits_its_window(
    site: Path, page: Page, width: str, scheme: str
) -> None:
    page.size(*_WIDTHS[width])
    page.media(scheme=scheme)
    for name in ("index.html", "tutorial.html", "messages.html", "tasks/index.html"):
        page.open(site / name)
        page.settle()

        asked = [sent["request"]["url"] for sent in page.happened("Network.requestWillBeSent")]
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert page.happened("Runtime.exceptionThrown") == []
        assert page.happened("Log.entryAdded") == []
        assert page.ask("document.documentElement.scrollWidth <= window.innerWidth"), name
        dark = page.ask("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, dark.strip("rgba()").split(",")[:3])) < 200) == (scheme == "dark")


def test_the_search_finds_words_also_in_a_folder(site: Path, page: Page) -> None:
    page.open(site / "index.html")
    page.settle()
    page.ask("document.querySelector('button.md-search__button').click()")
    page.settle()

    page.write("soft-deleted")

    assert "restore_deleted" in page.ask(_FOUND)
    assert page.happened("Runtime.exceptionThrown") == []
