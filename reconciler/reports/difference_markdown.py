"""A diff as Markdown for a comment on a pull request, rendered from its JSON document alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import UNSET

from reconciler.model.value import JSON
from reconciler.reports.actions import said_after, said_before
from reconciler.reports.causes import Moved, by_cause
from reconciler.reports.cells import LESS, code, row
from reconciler.reports.fitting import Part, fitted
from reconciler.reports.inert import name
from reconciler.reports.markdown import (
    LONGEST_OPTION,
    MOST_FIELDS,
    counted,
    errors_part,
    warnings_part,
)
from reconciler.reports.reading import shown
from reconciler.reports.shape import ChangeShape, DiffShape, KnownShape
from reconciler.reports.summary import WORKING_TREE, diff_opening
from reconciler.reports.words import ACTS, CAUSES, count

ELSEWHERE: Final = "`reconciler diff BASE --format html`"
_FOOT: Final = (
    f"This is what the files ask for; no tenant was read. Everybody by name: {ELSEWHERE}."
)
NAMED: Final = 5
"""So many persons are named where one cause moves many; the others are counted."""
LOSERS_NAMED: Final = 25
"""So many who lose something are."""
_SIGNS: Final[Mapping[str, str]] = {"-": f"{LESS} ", "+": "+ "}


def diff_markdown(document: Mapping[str, JSON]) -> str:
    """Return a diff as GitHub-flavoured Markdown of at most 60,000 characters.

    Removals come first and are never folded; what one cause moves is one row; what does not fit is
    counted. Raises BadInput where the document is no diff.
    """
    diff = shown(document, DiffShape)
    base, head = _revision(diff.base, diff.base_commit), _revision(diff.head, diff.head_commit)
    opening = f"## {diff_opening(diff)}\n\nFrom {base} to {head}, as of {diff.as_of}."
    return fitted(opening, _parts(diff), _FOOT, ELSEWHERE)


def _revision(revision: str, commit: str | None) -> str:
    if commit is None:
        return f"the {WORKING_TREE}" if revision == WORKING_TREE else code(revision)
    return (
        code(revision) if commit.startswith(revision) else f"{code(revision)} ({code(commit[:12])})"
    )


def _parts(diff: DiffShape) -> Iterator[Part]:
    moved = by_cause(diff.changes)
    removals = [each for each in moved if ACTS[each.first.kind].removes]
    others = [each for each in moved if not ACTS[each.first.kind].removes]
    yield _part("Removals", removals, diff.persons)
    yield errors_part(diff.errors, "No plan changes anything of these persons.")
    yield warnings_part(diff.warnings)
    yield from counted(diff.changes, diff.persons)
    yield _part("Additions and changes", others, diff.persons, is_folded=True)


def _part(
    title: str,
    moved: Sequence[Moved],
    persons: Mapping[str, KnownShape],
    *,
    is_folded: bool = False,
) -> Part:
    total = sum(len(each.changes) for each in moved)
    return Part(
        title,
        ("What", "Who", "Why"),
        len(moved),
        lambda: (_moved(each, persons) for each in moved),
        is_folded,
        f"{count(total, 'change')} by {count(len(moved), 'cause')}." if total > len(moved) else "",
    )


def _moved(moved: Moved, persons: Mapping[str, KnownShape]) -> str:
    first, act = moved.first, ACTS[moved.first.kind]
    what = f"{_SIGNS.get(act.sign, '')}{act.verb} {act.noun}"
    if first.permission is not UNSET:
        what += f" {code(name(first.permission.name))}"
    changes = () if first.changes is UNSET else first.changes
    if all(each.changes == first.changes for each in moved.changes):
        what = "<br>".join([what, *_fields(changes)])
    elif moved.fields:
        what = "<br>".join([f"{what}, for instance", *_fields(changes)])
    cause = first.cause
    why = CAUSES[cause.kind] + (f": {code(cause.detail, LONGEST_OPTION)}" if cause.detail else "")
    if moved.source:
        why += f" in {code(moved.source)}"
    return row(what, _who(moved, persons), why)


def _fields(changes: Sequence[ChangeShape]) -> Iterator[str]:
    for change in changes[:MOST_FIELDS]:
        before, after = code(said_before(change)), code(said_after(change))
        yield f"{code(name(change.field))}: {before} → {after}"
    if len(changes) > MOST_FIELDS:
        yield f"and {count(len(changes) - MOST_FIELDS, 'more field')}"


def _who(moved: Moved, persons: Mapping[str, KnownShape]) -> str:
    people = [each.person for each in moved.changes if each.person is not None]
    most = LOSERS_NAMED if ACTS[moved.first.kind].removes else NAMED
    said = [_called(person, persons) for person in people[:most]]
    if len(people) == 1:
        known = persons.get(people[0])
        return said[0] + (f", {code(known.department)}" if known and known.department else "")
    if len(people) > most:
        said.append(f"and {len(people) - most:,} more")
    return "<br>".join([f"**{count(len(people), 'person')}**", *said]) if people else ""


def _called(person: str, persons: Mapping[str, KnownShape]) -> str:
    known = persons.get(person)
    if known is None or known.name == person:
        return code(name(person))
    return f"{code(name(known.name))} {code(name(person))}"
