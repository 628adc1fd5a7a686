"""A diff as text for people, rendered from its JSON document alone."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from msgspec import UNSET

from reconciler.model.value import JSON
from reconciler.reports.actions import called, person_heading, said_cause, title, write_changes
from reconciler.reports.causes import Moved, by_cause
from reconciler.reports.counts import write_counts
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import DifferenceShape, DiffShape, ErrorShape, KnownShape
from reconciler.reports.summary import diff_opening, said_revision
from reconciler.reports.words import ACTS, count

SHOWN: Final = 10
"""So many persons are named where one cause moves many; the others are counted."""
LOSERS_SHOWN: Final = 25
"""So many who lose something are."""


def diff_text(document: Mapping[str, JSON], *, width: int, colour: bool, full: bool = False) -> str:
    """Return a diff for a reviewer: what is taken away first, what moves many said once, counts last.

    Where one cause moves many, the first of them are named, with `full` all. Without colour there is no control character in it but newlines. Raises BadInput where the document
    is no diff.
    """
    diff = shown(document, DiffShape)
    page = Page(width, colour=colour)
    base = said_revision(diff.base, diff.base_commit)
    head = said_revision(diff.head, diff.head_commit)
    page.line(Span(f"From {base} to {head}, as of {diff.as_of}", Style.STRONG))
    moved = by_cause(diff.changes)
    removals = [each for each in moved if ACTS[each.first.kind].removes]
    others = [each for each in moved if not ACTS[each.first.kind].removes]
    losers, gainers = (sys.maxsize, sys.maxsize) if full else (LOSERS_SHOWN, SHOWN)
    _write_section(page, "Removals", removals, diff.persons, losers)
    _write_section(page, "Additions and changes", others, diff.persons, gainers)
    _write_errors(page, diff.errors)
    _write_warnings(page, diff.warnings)
    write_counts(page, diff.changes, diff.persons)
    page.blank()
    page.line(Span(diff_opening(diff), Style.STRONG))
    return page.text()


def _write_section(
    page: Page,
    said: str,
    moved: Sequence[Moved],
    persons: Mapping[str, KnownShape],
    most: int,
) -> None:
    """Write changes, of those that one cause makes at most so many by name."""
    if not moved:
        return
    total = sum(len(each.changes) for each in moved)
    page.blank()
    removes = ACTS[moved[0].first.kind].removes
    page.line(Span(f"{said} ({total:,})", Style.REMOVE if removes else Style.STRONG))
    for each in moved:
        if len(each.changes) > 1:
            _write_moved(page, each, persons, most)
    alone = [each.first for each in moved if len(each.changes) == 1]
    _write_alone(page, alone, persons)


def _write_moved(page: Page, moved: Moved, persons: Mapping[str, KnownShape], most: int) -> None:
    first = moved.first
    people = [each.person for each in moved.changes if each.person is not None]
    spans = title(first)
    if moved.fields:
        spans.append(Span(" " + ", ".join(map(name, moved.fields))))
    many = count(len(people), "person") if people else count(len(moved.changes), "group")
    page.line(*spans, Span(f": {many}", Style.STRONG), indent=2)
    cause = first.cause
    page.line(said_cause(cause.kind, cause.detail, moved.source), indent=6, hang=2)
    if people:
        names = [called(person, persons) for person in people]
    else:
        names = [
            name(each.permission.name) for each in moved.changes if each.permission is not UNSET
        ]
    more = len(names) - most
    ended = f" and {more:,} more" if more > 0 else ""
    page.line(Span(", ".join(names[:most]) + ended), indent=6, hang=0)
    if more > 0:
        page.line(Span("Each one: see --full", Style.FAINT), indent=6)
    _write_fields(page, moved, persons)
    page.blank()


def _write_fields(page: Page, moved: Moved, persons: Mapping[str, KnownShape]) -> None:
    """Write the fields where they change for all in the same way; of updates else an instance."""
    first = moved.first
    if first.changes is UNSET:
        return
    if all(each.changes == first.changes for each in moved.changes):
        write_changes(page, first.changes)
    elif moved.fields and first.person is not None:
        instance = f"for instance {called(first.person, persons)}:"
        page.line(Span(instance, Style.FAINT), indent=6, hang=2)
        write_changes(page, first.changes)


def _write_alone(
    page: Page, changes: Iterable[DifferenceShape], persons: Mapping[str, KnownShape]
) -> None:
    ordered = sorted(changes, key=lambda change: change.person or "")
    for person, group in groupby(ordered, key=lambda change: change.person):
        heading = "Groups" if person is None else person_heading(person, persons)
        page.line(Span(heading, Style.STRONG), indent=2)
        for change in group:
            page.line(*title(change), indent=4)
            cause = change.cause
            page.line(said_cause(cause.kind, cause.detail, cause.source), indent=8, hang=2)
            if change.changes is not UNSET:
                write_changes(page, change.changes)
        page.blank()


def _write_errors(page: Page, errors: Sequence[ErrorShape]) -> None:
    if not errors:
        return
    page.blank()
    page.line(Span(f"Left out because of errors ({len(errors):,})", Style.ALARM))
    page.line(Span("No plan changes anything of these persons."), indent=2)
    for error in errors:
        said = f"person {name(error.person)}: {error.summary}"
        page.line(Span("x ", Style.ALARM), Span(said), indent=2)
        if error.detail:
            page.line(Span(error.detail), indent=4, hang=2)
        if error.source:
            page.line(Span(error.source, Style.FAINT), indent=4, hang=2)
    page.blank()


def _write_warnings(page: Page, warnings: Sequence[str]) -> None:
    if not warnings:
        return
    page.blank()
    page.line(Span(f"Warnings ({len(warnings):,})", Style.CHANGE))
    for warning in warnings:
        page.line(Span("! ", Style.CHANGE), Span(warning), indent=2)
    page.blank()
