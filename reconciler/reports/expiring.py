"""What is about to end, as JSON and as text."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from reconciler.entitlements.endings import Ending
from reconciler.model.address import PersonId
from reconciler.model.person import Person
from reconciler.model.value import JSON
from reconciler.reports.document import as_document
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.shape import FORMAT_VERSION, Count, PermissionType, Shape
from reconciler.reports.words import count

BECOMES = {
    "disabled": "account is to be disabled",
    "absent": "account is to be deleted",
    "unasked": "account is not asked for any more",
}


class NamedPermissionShape(Shape, frozen=True, kw_only=True):
    """A permission as the files name it."""

    type: PermissionType
    name: str


class ReasonShape(Shape, frozen=True, kw_only=True):
    """What gave it until then; `source` is file and line."""

    detail: str
    source: str | None


class EndingShape(Shape, frozen=True, kw_only=True):
    """One thing that ends; `date` is the first day without it.

    `becomes` is of accounts: `disabled`, `absent`, or `unasked` where account_not_desired decides.
    """

    date: date
    kind: str
    person: str
    display_name: str
    permission: NamedPermissionShape | None
    becomes: str | None
    with_account: bool
    cause: ReasonShape
    reason: str | None
    ticket: str | None


class ExpiringShape(Shape, frozen=True, kw_only=True):
    """All that ends after `as_of` and up to `until`, by date."""

    format_version: str
    as_of: date
    until: date
    expiring: list[EndingShape]
    summary: dict[str, Count]


def expiring_document(
    as_of: date, until: date, endings: Sequence[Ending], persons: Mapping[PersonId, Person]
) -> dict[str, JSON]:
    """Return the JSON of what ends."""
    shapes = [_ending(ending, persons[ending.person].display_name) for ending in endings]
    counts = Counter(shape.kind for shape in shapes)
    return as_document(
        ExpiringShape(
            format_version=FORMAT_VERSION,
            as_of=as_of,
            until=until,
            expiring=shapes,
            summary={kind: counts[kind] for kind in sorted(counts)},
        )
    )


def expiring_text(
    as_of: date,
    until: date,
    endings: Sequence[Ending],
    persons: Mapping[PersonId, Person],
    *,
    width: int,
    colour: bool,
) -> str:
    """Return what ends as text, a heading for each day."""
    page = Page(width, colour=colour)
    day: date | None = None
    for ending in endings:
        if ending.day != day:
            day = ending.day
            page.blank()
            page.line(
                Span(f"{day}", Style.STRONG),
                Span(f"  in {count((day - as_of).days, 'day')}", Style.FAINT),
            )
        _write(page, ending, persons[ending.person].display_name)
    page.blank()
    if not endings:
        page.line(Span(f"Nothing ends from {as_of} up to {until}."))
        return page.text()
    accounts = sum(ending.permission is None for ending in endings)
    ends = [count(accounts, "account")] if accounts else []
    if len(endings) > accounts:
        ends.append(count(len(endings) - accounts, "membership"))
    page.line(Span(f"Up to {until}: {' and '.join(ends)}.", Style.STRONG))
    return page.text()


def _ending(ending: Ending, display_name: str) -> EndingShape:
    permission = ending.permission
    return EndingShape(
        date=ending.day,
        kind="account" if permission is None else "membership",
        person=ending.person,
        display_name=display_name,
        permission=None
        if permission is None
        else NamedPermissionShape(type=permission.kind.value, name=permission.name),
        becomes=ending.becomes,
        with_account=ending.with_account,
        cause=ReasonShape(detail=ending.why, source=ending.source),
        reason=ending.reason,
        ticket=ending.ticket,
    )


def _write(page: Page, ending: Ending, display_name: str) -> None:
    permission = ending.permission
    if permission is None:
        what = BECOMES[ending.becomes or "unasked"]
    else:
        what = f"{permission.kind.value} {name(permission.name)}"
    who = f"{name(ending.person)} {display_name}".strip()
    why = f"  {ending.why}" + (f" ({ending.source})" if ending.source else "")
    if ending.with_account:
        why += ", goes with the account"
    page.line(Span("- ", Style.REMOVE), Span(f"{who}: {what}"), Span(why, Style.FAINT), indent=2)
    notes = [note for note in (ending.reason, ending.ticket) if note]
    if notes:
        page.line(Span(", ".join(notes), Style.FAINT), indent=6)
