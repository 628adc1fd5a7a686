"""A diff as one HTML file that needs nothing else, rendered from its JSON document alone."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from reconciler.model.value import JSON
from reconciler.reports.actions import said_after, said_before
from reconciler.reports.causes import Moved, by_cause
from reconciler.reports.entries import Entry, Field, Section, error_entry, warning_entry
from reconciler.reports.links import NO_LINKS, Links
from reconciler.reports.reading import shown
from reconciler.reports.shape import DifferenceShape, DiffShape
from reconciler.reports.sheet import Sheet, sheet_html
from reconciler.reports.shell import text
from reconciler.reports.summary import diff_opening, said_revision
from reconciler.reports.words import ACTS, CAUSES


def diff_html(document: Mapping[str, JSON], links: Links = NO_LINKS) -> str:
    """Return a diff as an HTML document that loads nothing and runs nothing but its own script.

    Grouped by cause at first where causes move several. Raises BadInput where the document is no diff.
    """
    diff = shown(document, DiffShape)
    moved = by_cause(diff.changes)
    base = said_revision(diff.base, diff.base_commit)
    head = said_revision(diff.head, diff.head_commit)
    said = f"From {base} to {head}, as of {diff.as_of}"
    return sheet_html(
        Sheet(
            f"Diff: {said}",
            [f"<h1>{diff_opening(diff)}</h1>", f"<p>{text(said)}.</p>"],
            "This is what the files ask for; no tenant was read.",
            list(_entries(diff, moved)),
            persons=diff.persons,
            links=links,
            grouped="cause" if 2 * len(moved) <= len(diff.changes) else "section",
        )
    )


def _entries(diff: DiffShape, moved: Iterable[Moved]) -> Iterator[Entry]:
    found = [_entry(change) for each in moved for change in each.changes]
    yield from (entry for entry in found if entry.section is Section.REMOVALS)
    yield from map(error_entry, diff.errors)
    yield from (entry for entry in found if entry.section is Section.OTHERS)
    yield from map(warning_entry, diff.warnings)


def _entry(change: DifferenceShape) -> Entry:
    act, cause, permission = ACTS[change.kind], change.cause, change.permission
    changes = () if change.changes is UNSET else change.changes
    return Entry(
        Section.REMOVALS if act.removes else Section.OTHERS,
        act.sign,
        f"{act.verb} {act.noun}",
        act.style,
        change.person,
        None,
        None if permission is UNSET else (permission.type, permission.name),
        CAUSES[cause.kind],
        cause.detail,
        cause.source,
        tuple(Field(each.field, said_before(each), said_after(each)) for each in changes),
    )
