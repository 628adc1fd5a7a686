from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.difference import Differences
from reconciler.reports.difference import diff_document
from reconciler.reports.difference_html import diff_html
from reconciler.reports.inert import visible
from reconciler.reports.links import NO_LINKS, Links
from tests.browser.chromium import Page
from tests.browser.test_plan_page import HEADS, ROWS, cells, choose, heads, printed
from tests.reports.differences import differences
from tests.reports.hostile import TRICKS, all_tricks_differences

LINKS = Links(
    "https://git.example.org/h/{path}#L{line}", "https://git.example.org/b/{path}#L{line}", "main"
)
Show = Callable[..., Page]


@pytest.fixture
def diffed(page: Page, tmp_path: Path) -> Show:
    def show(found: Differences, links: Links = NO_LINKS) -> Page:
        file = tmp_path / "diff.html"
        file.write_text(diff_html(diff_document(found), links), encoding="utf-8")
        page.open(file)
        page.settle()
        page.check_quiet()
        return page

    return show


def test_what_one_cause_moves_is_said_once_and_opens_at_a_click(diffed: Show):
    page = diffed(differences(2_000))
    titles = heads(page)
    assert (
        titles[0]
        == "\N{MINUS SIGN} revoke group Group 0 — no longer asked for: rule 0 no longer gives it"
    )
    assert len(titles) == len(set(titles)) == 22
    assert cells(page, "what") == []
    page.ask(f"{HEADS}[0].click()")
    assert cells(page, "permission") == ["Group 0"] * 50
    assert page.ask("document.getElementById('count').textContent") == "2,000 entries, 22 groups"


def test_few_changes_are_listed_with_removals_first(diffed: Show):
    page = diffed(differences(6))
    assert heads(page) == ["Removals", "Additions and changes"]
    assert cells(page, "person")[0] == "Anna Visser 0 10000"


def test_departments_group_and_filter(diffed: Show):
    page = diffed(differences(500))
    choose(page, "group", "department")
    assert heads(page)[:3] == ["Department 0", "Department 1", "Department 2"]
    choose(page, "filter", "department 24 clerk")
    assert "Department 24" in heads(page)
    assert len(heads(page)) < 25


def test_persons_sort_by_name_with_numbers_as_numbers(diffed: Show):
    page = diffed(differences(200))
    choose(page, "group", "")
    choose(page, "sort", "person")
    names = cells(page, "person")
    assert names == sorted(names, key=lambda name: int(name.split()[2]))


def test_files_are_links_to_the_line_at_the_revision_they_are_of(diffed: Show):
    page = diffed(differences(4), LINKS)
    found = page.ask(
        "[...document.querySelectorAll('a.file')].map((it) => [it.textContent, it.href])"
    )
    assert ["desired/rules.yaml:3", "https://git.example.org/h/desired/rules.yaml#L3"] in found
    assert [
        "main:desired/persons.yaml:3",
        "https://git.example.org/b/desired/persons.yaml#L3",
    ] in found
    assert page.ask("document.querySelector('a.file').rel") == "noreferrer"


def test_a_filter_that_leaves_a_few_shows_who_they_are(diffed: Show):
    page = diffed(differences(2_000))
    assert cells(page, "person") == []
    choose(page, "filter", "visser 123 revoke")
    assert cells(page, "person") == ["Anna Visser 123 10123"]
    choose(page, "filter", "")
    assert cells(page, "person") == []


def test_on_paper_is_everybody_whom_a_folded_cause_moves(diffed: Show):
    page = diffed(differences(600))
    assert cells(page, "what") == []
    assert printed(page) == (600, "600 entries, 22 groups")
    assert cells(page, "what") == []
    assert heads(page)[0].startswith("\N{MINUS SIGN} revoke group Group 0")
    assert page.ask("document.getElementById('count').textContent") == "600 entries, 22 groups"


@pytest.mark.long
def test_what_is_too_much_for_paper_is_counted_on_it(diffed: Show):
    page = diffed(differences(12_000))
    rows, said = printed(page, "dispatchEvent(new Event('beforeprint'))")
    assert 9_900 < rows < 10_000
    assert said == (
        "12,000 entries, 22 groups; printed are the first 10,000 lines, 2,022 more are not"
    )
    page.ask("dispatchEvent(new Event('afterprint'))")
    assert page.ask("document.getElementById('count').textContent") == "12,000 entries, 22 groups"


def test_what_is_filtered_is_what_is_printed(diffed: Show):
    page = diffed(differences(400))
    choose(page, "filter", "revoke")
    assert printed(page) == (100, "100 of 400 entries, 10 groups")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_page(diffed: Show, page: Page, width: int):
    page.size(width, 900)
    diffed(differences(40), LINKS)
    assert page.ask("document.documentElement.scrollWidth") <= width
    assert page.ask(f"{ROWS}[0].getBoundingClientRect().right") <= width


def test_ten_thousand_changes_open_at_once(diffed: Show):
    page = diffed(differences(10_000))
    assert len(heads(page)) == 22
    assert cells(page, "what") == []


@pytest.mark.long
def test_a_hundred_thousand_changes_open_at_once(diffed: Show):
    page = diffed(differences(100_000))
    assert len(heads(page)) == 22
    assert page.ask("performance.getEntriesByName('shown')[0].startTime") < 15_000


def test_tricks_are_text_and_their_files_lead_nowhere_else(diffed: Show):
    page = diffed(all_tricks_differences(), LINKS)
    choose(page, "group", "section")
    page.ask("document.getElementById('all').click()")
    while not page.ask("document.getElementById('more').hidden"):
        page.settle()
    page.check_quiet()
    told = page.ask("document.getElementById('entries').textContent")
    assert all(visible(trick) in told for trick in TRICKS)
    links = page.ask("[...document.querySelectorAll('a')].map((it) => new URL(it.href).origin)")
    assert set(links) == {"https://git.example.org"}
    assert page.ask("document.querySelectorAll('main img, main iframe, main svg').length") == 0
