from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.value import JSON
from reconciler.reports.inert import visible
from reconciler.reports.outcomes_html import apply_html, history_html, rehearsal_html
from tests.browser.chromium import Page
from tests.browser.test_hostile_page import check_harmless, show_all
from tests.browser.test_plan_page import cells, choose, heads
from tests.reports.hostile import TRICKS
from tests.reports.outcomes import hostile, sampled

HTML: dict[str, Callable[[dict[str, JSON]], str]] = {
    "apply": apply_html,
    "rehearsal": rehearsal_html,
    "history": history_html,
}
Show = Callable[[str, dict[str, JSON]], Page]


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Show:
    def show(kind: str, document: dict[str, JSON]) -> Page:
        file = tmp_path / f"{kind}.html"
        file.write_text(HTML[kind](document), encoding="utf-8")
        page.open(file)
        page.settle()
        page.check_quiet()
        return page

    return show


def test_what_failed_stands_before_what_is_done(opened: Show) -> None:
    page = opened("apply", sampled()["apply"])
    titles = heads(page)
    assert titles[0] == "Failed"
    assert titles.index("Done") > titles.index("Skipped")
    assert "failed: The tenant refused." in cells(page, "why")[0]


def test_a_history_is_grouped_by_apply_and_can_be_filtered(opened: Show) -> None:
    page = opened("history", sampled()["history"])
    assert [title[:23] for title in heads(page)] == [
        "2026-11-23 10:05:00 UTC",
        "2026-11-22 09:00:00 UTC",
    ]
    choose(page, "filter", "delete account")
    assert cells(page, "what") == ["\N{MINUS SIGN} delete account"] * 2


def test_a_rehearsal_tells_what_it_cannot_know(opened: Show) -> None:
    page = opened("rehearsal", sampled()["rehearsal"])
    page.ask("for (const it of document.querySelectorAll('details')) it.open = true")
    told = page.ask("document.querySelector('main').innerText")
    assert "Who approves a product request" in told
    assert "enabled" in told


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("kind", HTML)
def test_nothing_is_wider_than_the_window(opened: Show, page: Page, width: int, kind: str) -> None:
    page.size(width, 800)
    opened(kind, sampled()[kind])
    assert page.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", HTML)
def test_tricks_are_text(opened: Show, kind: str) -> None:
    for trick in TRICKS[::9]:
        page = opened(kind, hostile(trick)[kind])
        show_all(page)
        check_harmless(page)
        assert visible(trick) in page.ask("document.querySelector('main').textContent")
