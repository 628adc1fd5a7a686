import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.value import JSON
from reconciler.reports.audit_html import audit_html
from reconciler.reports.inert import visible
from tests.auditing.documents import hostile, large, sample
from tests.browser.chromium import Page
from tests.browser.test_hostile_page import COMMENTS, show_all
from tests.browser.test_plan_page import choose, luminance, printed
from tests.reports.hostile import TRICKS

Show = Callable[[dict[str, JSON]], Page]

ROWS = "[...document.querySelectorAll('#entries > tbody > tr')]"
COUNT = "document.getElementById('count').textContent"


@pytest.fixture
def audited(page: Page, tmp_path: Path) -> Show:
    """Return what opens an audit's page and insists that nothing went wrong while it loaded."""

    def show(document: dict[str, JSON]) -> Page:
        file = tmp_path / "audit.html"
        file.write_text(audit_html(document), encoding="utf-8")
        page.open(file)
        page.settle()
        page.check_quiet()
        return page

    return show


def cells(page: Page, name: str) -> list[str]:
    return page.ask(f"{ROWS}.map((row) => row.querySelector('.{name} bdi')?.textContent ?? '')")


def test_every_issue_is_there_with_helloids_columns_open_ones_first(audited: Show):
    page = audited(sample())
    heads = page.ask(
        "[...document.querySelectorAll('#entries thead th')].map((h) => h.textContent)"
    )
    assert heads == ["System", "Person", "Account", "Permission", "Issue", "Resolved"]
    resolved = cells(page, "resolved")
    assert resolved == ["no"] * 9 + [
        "revoke, by the next apply",
        "postponed until the next report",
        "excluded until 2027-01-01",
    ]
    assert set(cells(page, "system")) == {"https://tenant.helloid.com/api/v1"}
    assert page.ask(COUNT) == "12 issues"
    told = page.ask("document.querySelector('header').textContent")
    assert "1 new, 2 settled" in told
    assert page.ask("document.querySelectorAll('figure rect').length") == 29


def test_issues_are_filtered_by_words_by_status_and_by_type(audited: Show):
    page = audited(sample())
    choose(page, "filter", "ANNA missing")
    assert cells(page, "issue") == ["account_missing", "permission_missing"]
    choose(page, "filter", "spring")
    assert len(cells(page, "issue")) == 2
    choose(page, "filter", "")
    choose(page, "status", "3")
    assert page.ask(COUNT) == "1 of 12 issues"
    choose(page, "status", "")
    choose(page, "type", "permission_unmanaged")
    assert set(cells(page, "issue")) == {"permission_unmanaged"}
    assert len(cells(page, "issue")) == 4
    choose(page, "filter", "no such thing")
    assert page.ask(COUNT) == "Nothing fits the filter."


def test_issues_are_sorted_by_a_heading_and_numbers_as_numbers(audited: Show):
    page = audited(large(150))
    page.ask("document.querySelector('th[data-sort=account] button').click()")
    names = [name for name in cells(page, "account") if name]
    assert names == sorted(names, key=lambda name: int(re.findall(r"\d+", name)[0]))
    assert page.ask("document.querySelector('th[aria-sort]').dataset.sort") == "account"
    page.ask("document.querySelector('th[data-sort=account] button').click()")
    assert page.ask("document.querySelector('th[aria-sort]')") is None


def test_the_page_works_by_keyboard_alone(audited: Show):
    page = audited(sample())
    page.press("/", "/")
    assert page.ask("document.activeElement.id") == "filter"
    page.write("differs")
    assert cells(page, "issue") == ["account_differs"]
    page.press("Escape")
    page.settle()
    assert page.ask(COUNT) == "12 issues"
    reached = list[str]()
    for _ in range(9):
        page.press("Tab")
        reached.append(page.ask("document.activeElement.id || document.activeElement.textContent"))
    assert {"status", "type", "sort", "Person", "Resolved"} <= set(reached)
    page.ask("document.querySelector('th[data-sort=person] button').focus()")
    page.press("Enter")
    page.settle()
    assert page.ask("document.getElementById('sort').value") == "person"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(audited: Show, page: Page, width: int):
    page.size(width, 800)
    audited(sample())
    assert page.ask("document.documentElement.scrollWidth") <= width


def test_on_a_phone_every_cell_says_what_it_is(audited: Show, page: Page):
    page.size(390, 800)
    audited(sample())
    label = "getComputedStyle(document.querySelector('td.account'), '::before').content"
    assert page.ask(label) == 'attr(data-label) " "' or "Account" in page.ask(label)
    assert (
        page.ask("getComputedStyle(document.querySelector('#entries > thead')).display") == "none"
    )


def test_dark_and_light_both_have_contrast(audited: Show):
    page = audited(sample())
    for scheme, dark in (("light", False), ("dark", True)):
        page.media(scheme=scheme)
        ground, *texts = page.ask(
            "['body', 'tr.s0 td.resolved', 'tr.s1 td.resolved', 'td small', 'td.system', '#count']"
            ".map((each, at) => getComputedStyle(document.querySelector(each))"
            "[at ? 'color' : 'backgroundColor'])"
        )
        assert (luminance(ground) < 0.2) is dark
        for text in texts:
            light, low = sorted([luminance(text), luminance(ground)], reverse=True)
            assert (light + 0.05) / (low + 0.05) >= 4.5, (scheme, text)


def test_on_paper_all_issues_are_there_and_no_controls(audited: Show):
    page = audited(large(450))
    assert page.ask(f"{ROWS}.length") < 450
    assert printed(page) == (450, "450 issues")
    page.media(medium="print")
    assert page.ask("getComputedStyle(document.getElementById('controls')).display") == "none"


def test_without_scripts_everything_can_be_read(audited: Show, page: Page):
    page.allow_scripts(allowed=False)
    audited(sample())
    page.allow_scripts(allowed=True)
    read = page.ask("document.querySelector('main').innerText")
    for part in ("account_missing", "10001 Anna Visser", "excluded until 2027-01-01", "Group 0"):
        assert part in read
    assert page.ask("getComputedStyle(document.getElementById('viewer')).display") == "none"


def test_ten_thousand_issues_open_at_once_and_are_made_as_far_as_somebody_scrolls(audited: Show):
    page = audited(large(10_000))
    assert page.ask("performance.getEntriesByName('shown').length") == 1
    assert page.ask("document.querySelectorAll('*').length") < 10_000
    made = page.ask(f"{ROWS}.length")
    page.ask("scrollTo(0, document.body.scrollHeight)")
    page.settle()
    assert made < page.ask(f"{ROWS}.length") < 10_000
    assert page.ask(COUNT) == "10,000 issues"
    choose(page, "filter", "user9999@")
    assert cells(page, "account") == ["user9999@example.org"]


def test_every_trick_is_shown_as_what_it_is_and_none_comes_alive(audited: Show):
    page = audited(hostile(*TRICKS))
    show_all(page)
    page.check_quiet()
    foreign = (
        "document.querySelectorAll('img, iframe, object, embed, link, base, a, main style').length"
    )
    assert page.ask(foreign) == 0
    assert page.ask(COMMENTS) is None
    assert page.ask("document.scripts.length") == 2
    told = page.ask("document.getElementById('entries').textContent")
    for trick in TRICKS:
        assert visible(trick) in told, trick


def test_a_report_without_issues_has_no_table(audited: Show):
    page = audited(large(0))
    assert page.ask("document.querySelector('h1').textContent") == "No issues."
    assert page.ask("document.getElementById('viewer')") is None
