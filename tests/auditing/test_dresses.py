"""The dresses of an audit: what each says, that nothing in it is alive, and that much of it stays readable."""

import csv
import io
import re
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import BadInput
from reconciler.reports.audit_csv import BYTE_ORDER_MARK, audit_csv, harmless
from reconciler.reports.audit_html import audit_html
from reconciler.reports.audit_markdown import audit_markdown
from reconciler.reports.audit_text import audit_text
from reconciler.reports.audit_words import COLUMNS
from reconciler.reports.fitting import MOST
from reconciler.reports.inert import shows, width_of
from reconciler.reports.schema import schema_document
from tests.auditing.documents import hostile, large, sample
from tests.reports.github import check_inert
from tests.reports.hostile import TRICKS
from tests.reports.strategies import texts
from tests.reports.validator import misfits

SIGNS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
ONCE = [trick for trick in TRICKS if len(trick) < 1_000]


def text(width: int = 100) -> str:
    return audit_text(sample(), width=width, colour=False)


def rows(document: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(document.removeprefix(BYTE_ORDER_MARK))))


def test_the_columns_are_those_of_helloid() -> None:
    assert COLUMNS == ("System", "Person", "Account", "Permission", "Issue", "Resolved")
    assert list(rows(audit_csv(sample()))[0])[:6] == list(COLUMNS)
    assert "| System | Person | Account | Permission | Issue | Resolved | More |" in audit_markdown(
        sample()
    )


def test_a_text_says_who_did_what_and_what_may_be_decided() -> None:
    said = " ".join(text(200).split())
    for part in (
        'firstName is "An" in the tenant, was "Anna" and still should be: changed in the tenant',
        "changed in the files and in the tenant",
        "since 2026-10-01 (53 days)",
        "the last apply updated the account on 2026-11-01 (by bram@laptop, run 01234567, commit fedcba98)",
        "Resolutions that fit issue issue-0: disable, delete, resolve, exclude",
        "Decided: Audit until spring (desired/resolutions.yaml:3)",
        "excluded until 2027-01-01",
        "10001 Anna Visser, 10002 Bram Bakker",
        "1 new, 2 settled, 12 still open; the oldest open one since 2026-10-01 (53 days).",
        "12 issues: 9 open, 1 resolved by the next apply, 1 postponed, 1 excluded.",
    ):
        assert part in said


@pytest.mark.parametrize("width", [30, 60, 90, 100, 160])
def test_no_line_of_a_text_is_wider_than_the_terminal(width: int) -> None:
    lines = text(width).splitlines()
    assert max(map(width_of, lines)) <= width
    assert ("Permission  " in text(width)) == (width >= 90)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_text_of_tricks_has_no_control_characters(trick: str) -> None:
    for width in (40, 120):
        said = audit_text(hostile(trick), width=width, colour=False)
        assert all(shows(char) or char == "\n" for char in said)


def test_markdown_of_tricks_is_inert() -> None:
    for trick in TRICKS:
        check_inert(audit_markdown(hostile(trick)))


def test_markdown_fits_a_comment_and_counts_what_does_not() -> None:
    said = audit_markdown(large(5_000))
    assert len(said) <= MOST
    shown = len(re.findall(r"^\| `https", said, re.MULTILINE))
    more = [int(n.replace(",", "")) for n in re.findall(r"… and ([\d,]+) more", said)]
    assert shown + sum(more) == 5_000
    assert said.index("### Open") < said.index("<details>")


def test_a_csv_has_a_row_for_every_issue() -> None:
    found = rows(audit_csv(sample()))
    assert [each["Issue id"] for each in found] == [each["id"] for each in sample_issues()]
    excluded = next(each for each in found if each["Status"] == "excluded")
    assert excluded["Resolved"] == "excluded until 2027-01-01"
    assert excluded["Source"] == "desired/resolutions.yaml:3"


def sample_issues() -> list[dict[str, str]]:
    issues = sample()["issues"]
    assert isinstance(issues, list)
    return issues  # pyright: ignore[reportReturnType] - a document's issues are objects


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_no_cell_of_a_csv_begins_a_formula_however_it_is_cut(delimiter: str) -> None:
    document = audit_csv(hostile(*ONCE)).removeprefix(BYTE_ORDER_MARK)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for row in csv.reader(io.StringIO(document), delimiter=delimiter, quoting=quoting):
            for cell in row:
                assert not cell.strip(' "').startswith(SIGNS), cell


@given(texts())
def test_a_harmless_cell_says_the_same_but_for_apostrophes(trick: str) -> None:
    cell = harmless(trick)
    assert not cell.lstrip().startswith(SIGNS)
    assert all(shows(char) for char in cell)
    for piece in re.split('[;,|"]', cell):
        assert not piece.lstrip().startswith(SIGNS), piece


@given(st.text("=+-@;,|\"' \ta1", max_size=12))
def test_signs_behind_separators_are_harmless_too(trick: str) -> None:
    for piece in re.split('[;,|"]', harmless(trick)):
        assert not piece.lstrip().startswith(SIGNS), piece


def test_every_document_fits_its_schema() -> None:
    schema = cast("dict[str, Any]", schema_document("audit"))
    for document in (sample(), large(60), hostile(*ONCE[:5])):
        assert list(misfits(document, schema, schema)) == []


def test_nothing_is_shown_of_what_is_no_audit() -> None:
    for dress in (audit_csv, audit_html, audit_markdown):
        with pytest.raises(BadInput, match="cannot be shown"):
            dress({"format_version": "1.0"})


def test_a_page_of_tricks_holds_them_as_text_alone() -> None:
    page = audit_html(hostile(*TRICKS))
    assert page.count("<script") == 2
    assert len(re.findall(r"<(?:img|iframe|base|link|object|embed|form [^i])", page)) == 0
    assert "default-src 'none'" in page
