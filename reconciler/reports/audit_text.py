"""An audit as text for people, rendered from its JSON document alone: a table where it is wide, else blocks."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import UNSET

from reconciler.model.issue import IssueStatus
from reconciler.model.value import JSON
from reconciler.reports import audit_words as words
from reconciler.reports.audit_shape import AuditShape, FindingShape
from reconciler.reports.inert import pieces, visible, width_of
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.text import write_errors, write_heading

WIDE: Final = 90
"""From so many columns on, issues stand in a table."""
GAP: Final = 2
LEAST: Final = 12
"""What a column is not narrowed below."""
INDENT: Final = 4
ID: Final = 8
"""Letters of an issue's id that are shown: enough for `resolve --issue`."""
_WORDS: Final = re.compile(r"( ?)([^ _]*_?)")
"""What a line may be broken between; types of issues are long, so also after their underscores."""
COLUMNS: Final = words.COLUMNS[1:]
"""The system is one for all, and stands above."""
_STYLES: Final[Mapping[IssueStatus, tuple[str, Style]]] = {
    IssueStatus.OPEN: ("! ", Style.CHANGE),
    IssueStatus.RESOLVED: ("= ", Style.ADD),
    IssueStatus.POSTPONED: ("= ", Style.FAINT),
    IssueStatus.EXCLUDED: ("= ", Style.FAINT),
}


def audit_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return an audit for a reader at a terminal: open issues first, the totals and the trend last.

    Without colour there is no control character in it but newlines. Raises BadInput where the document
    is no audit.
    """
    audit = shown(document, AuditShape)
    page = Page(width, colour=colour)
    page.line(Span(f"Reconciliation as of {audit.as_of}", Style.STRONG))
    page.line(Span("System: "), Span(audit.target.base_url))
    if words.filtered(audit):
        page.line(Span(words.filtered(audit), Style.FAINT))
    widths = _widths([_cells(each) for each in audit.issues], page.width - INDENT)
    for status, title in words.STATUSES.items():
        found = [finding for finding in audit.issues if finding.status is status]
        if found:
            write_heading(page, f"{title} ({len(found):,})")
            _write_findings(page, found, audit, widths)
    write_errors(page, audit.errors)
    _write_warnings(page, audit.warnings)
    _write_totals(page, audit)
    return page.text()


def _write_findings(
    page: Page, found: Sequence[FindingShape], audit: AuditShape, widths: Sequence[int]
) -> None:
    is_wide = page.width >= WIDE
    if is_wide:
        _write_row(page, COLUMNS, widths, Span("  "), Style.FAINT)
    for finding in found:
        sign = Span(*_STYLES[finding.status])
        cells = _cells(finding)
        if is_wide:
            _write_row(page, cells, widths, sign, Style.PLAIN)
        else:
            _write_block(page, cells, sign)
        _write_more(page, finding, audit)
    page.blank()


def _cells(finding: FindingShape) -> tuple[str, ...]:
    parts = (
        words.persons_of(finding),
        words.accounts_of(finding),
        words.permission_of(finding),
        finding.type.value,
        words.resolved(finding),
    )
    return tuple(map(visible, parts))


def _write_block(page: Page, cells: Sequence[str], sign: Span) -> None:
    *about, kind, settled = cells
    page.line(sign, Span(kind, Style.STRONG), Span(f", resolved: {settled}"), indent=2)
    for title, cell in zip(COLUMNS, about, strict=False):
        if cell:
            page.line(Span(f"{title}: ", Style.FAINT), Span(cell), indent=INDENT, hang=2)


def _write_more(page: Page, finding: FindingShape, audit: AuditShape) -> None:
    fields = () if finding.fields is UNSET else finding.fields
    for moved in fields:
        page.line(Span(words.field_of(moved), Style.FAINT), indent=6, hang=2)
    if finding.detail and not fields:
        page.line(Span(finding.detail, Style.FAINT), indent=6, hang=2)
    facts = "; ".join(words.facts_of(finding, audit))
    page.line(Span(f"{facts[:1].upper()}{facts[1:]}.", Style.FAINT), indent=6, hang=2)
    if words.decided_by(finding):
        page.line(Span(f"Decided: {words.decided_by(finding)}", Style.FAINT), indent=6, hang=2)
    elif finding.status is IssueStatus.OPEN:
        fit = ", ".join(finding.resolutions)
        said = f"Resolutions that fit issue {finding.id[:ID]}: {fit}"
        page.line(Span(said, Style.FAINT), indent=6, hang=2)


def _write_warnings(page: Page, warnings: Sequence[str]) -> None:
    if warnings:
        write_heading(page, f"Warnings ({len(warnings):,})", Style.CHANGE)
    for warning in warnings:
        page.line(Span("! ", Style.CHANGE), Span(warning), indent=2)
    page.blank()


def _write_totals(page: Page, audit: AuditShape) -> None:
    page.blank()
    if audit.totals.all.issues:
        page.line(Span(f"By type: {words.by_type(audit.totals.all)}.", Style.FAINT), hang=2)
    if audit.trend is not None:
        page.line(Span(words.trend_of(audit.trend, audit.as_of)), hang=2)
    page.line(Span(words.opening(audit), Style.STRONG), hang=2)


# ---------------------------------------------------------------- a table


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return how wide each column is: as wide as its cells, the widest ones narrowed until all fit.

    Columns are narrowed to their longest word first, and cut words only where that is not enough.
    """
    columns = [[title, *(row[at] for row in rows)] for at, title in enumerate(COLUMNS)]
    widths = [min(room, max(map(width_of, column))) for column in columns]
    longest = [
        min(room, max(width_of(word) for cell in column for _, word in _WORDS.findall(cell)))
        for column in columns
    ]
    room -= GAP * (len(widths) - 1)
    for floors in (longest, [LEAST] * len(widths)):
        while sum(widths) > room:
            able = [at for at, width in enumerate(widths) if width > max(floors[at], LEAST)]
            if not able:
                break
            widths[max(able, key=lambda at: widths[at])] -= 1
    return widths


def _write_row(
    page: Page, cells: Sequence[str], widths: Sequence[int], sign: Span, style: Style
) -> None:
    columns = [_lines(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for at in range(max(map(len, columns))):
        parts = [column[at] if at < len(column) else "" for column in columns]
        padded = (
            part + " " * (width - width_of(part)) for part, width in zip(parts, widths, strict=True)
        )
        text = (" " * GAP).join(padded).rstrip()
        page.line(sign if not at else Span("  "), Span(text, style), indent=2)


def _lines(text: str, room: int) -> list[str]:
    """Return the text of a cell in lines of at most so many columns, broken between words where it can be."""
    lines: list[str] = []
    for gap, word in _WORDS.findall(text):
        for piece in pieces(word, room):
            if lines and width_of(lines[-1] + gap + piece) <= room:
                lines[-1] += gap + piece
            elif piece:
                lines.append(piece)
            gap = ""
    return lines or [""]
