import re
from collections.abc import Callable

import pytest

from reconciler.model.value import JSON
from reconciler.reports.document import plan_document
from reconciler.reports.links import Links
from tests.browser.chromium import Page
from tests.reports import sample
from tests.reports.large import large_document

Show = Callable[..., Page]

ROWS = "[...document.querySelectorAll('#entries > tbody > tr:not(.group):not(.changes)')]"
HEADS = "[...document.querySelectorAll('#entries tr.group button')]"


def sample_document() -> dict[str, JSON]:
    return plan_document(sample.sample_plan(), created_at=sample.CREATED, expires_at=sample.EXPIRES)


def choose(page: Page, control: str, value: str) -> None:
    page.ask(
        f"(() => {{ const it = document.getElementById('{control}'); it.value = '{value}';"
        " it.dispatchEvent(new Event(it.tagName === 'INPUT' ? 'input' : 'change')); })()"
    )
    page.settle()


def cells(page: Page, name: str) -> list[str]:
    return page.ask(f"{ROWS}.map((row) => row.querySelector('.{name}').textContent)")


def heads(page: Page) -> list[str]:
    return page.ask(f"{HEADS}.map((head) => head.querySelector('bdi').textContent)")


def test_removals_come_first_and_every_entry_is_shown(shown: Show):
    page = shown(sample_document())
    assert heads(page)[0] == "Removals"
    assert cells(page, "what")[0] == "\N{MINUS SIGN} revoke group"
    assert len(cells(page, "what")) == 19
    assert page.ask("document.getElementById('count').textContent") == "19 entries"
    assert page.ask("getComputedStyle(document.getElementById('more')).display") == "none"


def test_before_and_after_stand_side_by_side_with_the_file_and_its_line(shown: Show):
    page = shown(sample_document())
    places = page.ask(
        f"(() => {{ const row = {ROWS}.find((each) => each.textContent.includes('update account'));"
        " const line = row.nextSibling.querySelectorAll('tr')[1];"
        " const [name, before, after] = [...line.children].map((cell) => cell.getBoundingClientRect());"
        " return [before.top === after.top, before.right <= after.left, line.textContent,"
        " row.querySelector('.file').textContent]; })()"
    )
    assert places == [True, True, 'firstName"Bram ""Bram"', "desired/accounts.yaml:4"]


def test_filtering_needs_all_words_and_finds_values_too(shown: Show):
    page = shown(sample_document())
    choose(page, "filter", "BAKKER grant")
    assert cells(page, "account") == ["b.bakker@example.org"]
    choose(page, "filter", "+31 6 1234")
    assert cells(page, "what") == ["~ update account"]
    choose(page, "filter", "no such thing")
    assert page.ask("document.getElementById('count').textContent") == "Nothing fits the filter."


def test_one_section_can_be_shown_alone(shown: Show):
    page = shown(sample_document())
    options = page.ask(
        "[...document.getElementById('show').options].map((each) => each.textContent)"
    )
    assert options[:2] == ["Everything (19)", "Removals (5)"]
    choose(page, "show", "0")
    assert len(cells(page, "what")) == 5


@pytest.mark.parametrize(
    ("by", "some"),
    [
        ("person", {"person Anna Visser 10001", "person Bram Bakker 10002", "No person known"}),
        ("permission", {"group Sales", "product CRM", "Accounts"}),
        ("kind", {"+ grant group", "- delete account"}),
        ("file", {"desired/rules.yaml:3", "No file"}),
    ],
)
def test_entries_can_be_grouped(shown: Show, by: str, some: set[str]):
    page = shown(sample_document())
    choose(page, "group", by)
    titles = heads(page)
    assert some <= set(titles)
    assert len(titles) == len(set(titles))
    assert len(cells(page, "what")) == 19


def test_numbers_in_names_are_sorted_as_numbers_and_a_heading_sorts_too(shown: Show):
    page = shown(large_document(300))
    choose(page, "group", "")
    choose(page, "sort", "permission")
    names = [name for name in cells(page, "permission") if name]
    assert names == sorted(names, key=lambda name: int(name.removeprefix("Group ")))
    page.ask("document.querySelector('th[data-sort=account] button').click()")
    assert cells(page, "account") == sorted(
        cells(page, "account"), key=lambda name: int(re.sub(r"\D", "", name))
    )
    assert page.ask("document.querySelector('th[aria-sort]').dataset.sort") == "account"


def test_the_page_works_by_keyboard_alone(shown: Show):
    page = shown(sample_document())
    page.press("/", "/")
    assert page.ask("document.activeElement.id") == "filter"
    page.write("delete")
    assert cells(page, "what") == ["\N{MINUS SIGN} delete account"]
    page.press("Escape")
    page.settle()
    assert len(cells(page, "what")) == 19
    reached = list[str]()
    for _ in range(12):
        page.press("Tab")
        reached.append(page.ask("document.activeElement.id || document.activeElement.textContent"))
    assert {"show", "group", "sort", "fold", "What"} <= set(reached)
    page.ask(f"{HEADS}[0].focus()")
    page.press("Enter")
    page.settle()
    assert len(cells(page, "what")) == 14
    assert page.ask("document.activeElement.getAttribute('aria-expanded')") == "false"
    page.press(" ")
    page.settle()
    assert len(cells(page, "what")) == 19


def test_folding_all_leaves_the_headings(shown: Show):
    page = shown(sample_document())
    choose(page, "group", "permission")
    page.ask("document.getElementById('fold').click()")
    assert cells(page, "what") == []
    assert len(heads(page)) == 5
    page.ask("document.getElementById('fold').click()")
    assert len(cells(page, "what")) == 19


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("document", [sample_document, lambda: large_document(300)])
def test_nothing_is_wider_than_the_window(
    shown: Show, page: Page, width: int, document: Callable[[], dict[str, JSON]]
):
    page.size(width, 800)
    shown(document())
    assert page.ask("document.documentElement.scrollWidth") <= width


def test_what_is_counted_at_the_top_can_be_shown_alone_the_removals_first(shown: Show):
    page = shown(sample_document())
    figures = "[...document.querySelectorAll('.figures button')]"
    assert page.ask(f"{figures}.map((it) => it.textContent.trim())") == [
        "5 Removals",
        "1 Left out because of errors",
        "8 Additions and changes",
        "2 Open issues",
        "1 Warnings",
    ]
    page.ask(f"{figures}[0].click()")
    assert len(cells(page, "what")) == 5
    assert page.ask(f"{figures}.map((it) => it.ariaPressed).join()") == "true" + ",false" * 4
    page.ask(f"{figures}[0].click()")
    assert len(cells(page, "what")) == 19


def test_the_headings_stay_in_sight_below_the_controls(shown: Show):
    page = shown(large_document(500))
    page.ask("scrollTo(0, 3000)")
    page.settle()
    tops = page.ask(
        "['#controls', '#entries > thead th', '#entries tr.group th']"
        ".map((it) => document.querySelector(it).getBoundingClientRect())"
        ".map((it) => [Math.round(it.top), Math.round(it.bottom)])"
    )
    controls, titles, section = tops
    assert controls[0] == 0
    assert abs(titles[0] - controls[1]) <= 1
    assert titles[0] < section[0] < titles[1] < section[1] < 250


def test_the_focus_is_never_hidden_below_what_stays_in_sight(shown: Show):
    page = shown(sample_document(), Links("https://git.example.org/{path}#L{line}"))
    page.ask("scrollTo(0, document.body.scrollHeight)")
    links = page.ask("document.querySelectorAll('#entries a.file').length")
    assert links > 5
    for at in reversed(range(links)):
        page.ask(f"document.querySelectorAll('#entries a.file')[{at}].focus()")
        page.settle()
        assert page.ask(
            "(() => { const it = document.activeElement, box = it.getBoundingClientRect();"
            " return document.elementFromPoint(box.left + 2, box.top + 2) === it; })()"
        ), at


def test_dark_and_light_both_have_contrast(shown: Show):
    page = shown(sample_document())
    for scheme, dark in (("light", False), ("dark", True)):
        page.media(scheme=scheme)
        ground, *texts = page.ask(
            "['body', '#entries .remove', '#entries .add', '#entries .change', '#count', 'body']"
            ".map((each, at) => getComputedStyle(document.querySelector(each))"
            "[at ? 'color' : 'backgroundColor'])"
        )
        assert (luminance(ground) < 0.2) is dark
        for text in texts:
            assert contrast(text, ground) >= 4.5, (scheme, text)


def test_fields_can_be_made_out_and_their_hints_read(shown: Show):
    page = shown(sample_document())
    for scheme in ("light", "dark"):
        page.media(scheme=scheme)
        ground, edge, inside, hint = page.ask(
            "(() => { const style = (it, part) => getComputedStyle(document.querySelector(it), part);"
            " return [style('body').backgroundColor, style('#filter').borderTopColor,"
            " style('#filter').backgroundColor, style('#filter', '::placeholder').color]; })()"
        )
        assert contrast(edge, ground) >= 3, scheme
        assert contrast(hint, inside) >= 4.5, scheme


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, as WCAG defines it."""
    light, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of rgb(r, g, b), as WCAG defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def printed(page: Page, by: str = "") -> tuple[int, str]:
    """Print the page, or let a script do as if; return how many entries were on paper, and what it says of them."""
    page.ask(
        "addEventListener('beforeprint', () => {"
        " window.onPaper = [document.querySelectorAll('#entries > tbody > tr:not(.group):not(.changes)').length,"
        " document.getElementById('count').textContent]; })"
    )
    if by:
        page.ask(by)
    else:
        assert page.print().startswith(b"%PDF")
    rows, said = page.ask("window.onPaper")
    return rows, said


def test_on_paper_all_rows_and_fields_are_there_and_no_controls(shown: Show):
    page = shown(large_document(400))
    assert page.ask("document.querySelectorAll('#entries > tbody > tr').length") < 400
    assert printed(page) == (400, "400 entries")
    page.media(medium="print")
    assert page.ask("getComputedStyle(document.getElementById('controls')).display") == "none"
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_without_scripts_everything_can_be_read(shown: Show, page: Page):
    page.allow_scripts(allowed=False)
    shown(sample_document())
    page.allow_scripts(allowed=True)
    read = page.ask("document.querySelector('main').innerText")
    for part in ("Removals (5)", "desired/groups.yaml:2", "Additions and changes (8)", "10007"):
        assert part in read
    assert page.ask("getComputedStyle(document.getElementById('viewer')).display") == "none"


def test_lines_are_made_as_far_as_somebody_scrolls_and_all_when_asked(shown: Show):
    page = shown(large_document(1_500))
    made = page.ask("document.querySelectorAll('#entries > tbody > tr').length")
    assert 0 < made < 1_000
    page.ask("scrollTo(0, document.body.scrollHeight)")
    page.settle()
    assert page.ask("document.querySelectorAll('#entries > tbody > tr').length") > made
    page.ask("document.getElementById('all').click()")
    while not page.ask("document.getElementById('more').hidden"):
        page.settle()
    assert len(cells(page, "what")) == 1_500


def test_a_plan_of_nothing_has_no_viewer(shown: Show):
    page = shown(
        plan_document(sample.settled_plan(), created_at=sample.CREATED, expires_at=sample.EXPIRES)
    )
    assert page.ask("document.querySelector('h1').textContent") == "No differences."
    assert page.ask("document.getElementById('viewer')") is None


def test_a_page_of_many_changes_starts_with_few_elements(shown: Show):
    page = shown(large_document(5_000))
    assert page.ask("performance.getEntriesByName('shown').length") == 1
    assert page.ask("document.querySelectorAll('*').length") < 10_000
