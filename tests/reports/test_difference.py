import json
import re
from typing import Any

import pytest

from reconciler.errors import BadInput
from reconciler.reports.canonical import pretty
from reconciler.reports.difference import diff_document
from reconciler.reports.difference_html import diff_html
from reconciler.reports.difference_markdown import diff_markdown
from reconciler.reports.difference_text import diff_text
from reconciler.reports.fitting import MOST
from reconciler.reports.inert import width_of
from reconciler.reports.links import Links
from reconciler.reports.remark import remark_of
from reconciler.reports.schema import schema_document
from tests.reports.agreed import same_as_golden
from tests.reports.differences import differences
from tests.reports.github import check_inert, skeleton
from tests.reports.hostile import TRICKS, all_tricks_differences, hostile_differences
from tests.reports.test_hostile import is_inert
from tests.reports.test_html import ATTRIBUTES, OURS, Reader
from tests.reports.validator import misfits

LINKS = Links(
    "https://git.example.org/h/{path}#L{line}", "https://git.example.org/b/{path}", "main"
)


class Linked(Reader):
    """Reads a page whose files are links."""

    def __init__(self, text: str) -> None:
        self.links: list[str] = []
        super().__init__(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given = dict(attrs)
            assert given.keys() == {"href", "rel"}
            self.links.append(given["href"] or "")
            return
        assert tag in OURS
        assert {key for key, _ in attrs} <= ATTRIBUTES
        super().handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag != "a":
            super().handle_endtag(tag)


@pytest.mark.parametrize("width", [24, 100])
def test_no_trick_acts_on_a_terminal(width: int) -> None:
    for trick in TRICKS:
        document = diff_document(hostile_differences(trick))
        assert is_inert(diff_text(document, width=width, colour=False)), trick


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_out_of_its_code_span(trick: str) -> None:
    text = diff_markdown(diff_document(hostile_differences(trick)))
    check_inert(text)
    harmless = diff_markdown(diff_document(hostile_differences("harmless")))
    assert skeleton(text) == skeleton(harmless)


def test_all_tricks_together_are_inert_and_fit() -> None:
    text = diff_markdown(diff_document(all_tricks_differences()))
    check_inert(text)
    assert len(text) <= MOST


@pytest.mark.parametrize("trick", TRICKS)
def test_not_even_a_commit_is_believed_to_be_one(trick: str) -> None:
    made = {"base_commit": trick, "head_commit": trick, "base": trick, "head": trick}
    check_inert(diff_markdown({**diff_document(differences(4)), **made}))


def test_in_json_every_trick_is_what_it_was_and_shows() -> None:
    document = diff_document(all_tricks_differences())
    text = pretty(document)
    assert is_inert(text)
    assert json.loads(text) == document


def test_no_trick_builds_anything_in_a_page_or_leads_elsewhere() -> None:
    harmless = Linked(diff_html(diff_document(hostile_differences("harmless")), LINKS))
    for trick in TRICKS:
        page = Linked(diff_html(diff_document(hostile_differences(trick)), LINKS))
        assert page.built == harmless.built, trick
        assert all(link.startswith("https://git.example.org/h/") for link in page.links), trick


@pytest.mark.parametrize("size", [0, 1, 500])
def test_a_diff_fits_its_schema(size: int) -> None:
    schema: Any = schema_document("diff")
    assert list(misfits(diff_document(differences(size)), schema, schema)) == []


@pytest.mark.parametrize("size", [1, 500, 5_000])
def test_a_diff_of_any_size_fits_a_comment_and_nothing_goes_uncounted(size: int) -> None:
    document = diff_document(differences(size))
    text = diff_markdown(document)

    assert len(text) <= MOST
    headings = re.findall(r"^### ([\w ]+) \(|<summary>([\w ]+) \(", text, re.MULTILINE)
    assert headings[0] == ("Removals", "")
    rows = re.findall(r"^\| .*? \| \*\*([\d,]+) persons", text, re.MULTILINE)
    causes: Any = document["causes"]
    told = sorted(each["persons"] for each in causes if each["persons"] > 1)
    assert sorted(int(row.replace(",", "")) for row in rows) == told


def test_causes_that_do_not_fit_are_counted() -> None:
    found = all_tricks_differences()
    text = diff_markdown(diff_document(found))
    assert re.search(
        r"… and [\d,]+ more, not shown here: `reconciler diff BASE --format html`", text
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_tables_fit_the_terminal(width: int) -> None:
    text = diff_text(diff_document(differences(500)), width=width, colour=False)

    assert max(width_of(line) for line in text.splitlines()) <= width
    assert text.index("Removals (250)") < text.index("Additions and changes (250)")
    assert "By department" in text
    assert text.endswith("125 to revoke.\n")


def test_every_change_counts_in_one_cause() -> None:
    document: Any = diff_document(differences(500))
    assert sum(each["persons"] for each in document["causes"]) == 500


def test_a_comment_knows_a_diff_and_whether_it_takes_something() -> None:
    assert remark_of(diff_document(differences(8))).removes
    assert not remark_of(diff_document(differences(0))).removes
    assert remark_of(diff_document(differences(0))).markdown.startswith("## No differences.\n")


@pytest.mark.parametrize("render", [diff_markdown, diff_html])
def test_what_is_no_diff_is_bad_input(render: Any) -> None:
    with pytest.raises(BadInput):
        render({"changes": 1})


@pytest.mark.parametrize("width", [40, 100])
def test_a_diff_looks_as_agreed_on_a_terminal(width: int) -> None:
    text = diff_text(diff_document(differences(48)), width=width, colour=False)
    same_as_golden(f"diff-{width}.txt", text)


def test_a_diff_looks_as_agreed_in_a_comment() -> None:
    same_as_golden("diff.md", diff_markdown(diff_document(differences(48))))


@pytest.mark.parametrize(("full", "losers", "others"), [(False, 25, 10), (True, 125, 125)])
def test_who_is_moved_is_named_more_where_something_is_taken_and_all_where_asked(
    full: bool, losers: int, others: int
) -> None:
    text = diff_text(diff_document(differences(500)), width=100, colour=False, full=full)
    blocks = text.split("\n\n")
    left = next(each for each in blocks if "- disable account" in each)
    updated = next(each for each in blocks if "~ update account" in each)

    assert len(re.findall(r"\(\d{5}\)", left)) == losers
    assert len(re.findall(r"\(\d{5}\)[, ]|\(\d{5}\)$", updated, re.MULTILINE)) == others
    for block in (left, updated):
        assert ("Each one: see --full" in block) is not full
