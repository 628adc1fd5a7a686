"""What is about to end, as JSON and as text."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from reconciler.entitlements.endings import Ending
from reconciler.model.address import PersonId
from reconciler.model.person import Person
from reconciler.model.resolution import Resolution
from reconciler.model.value import JSON
from reconciler.reports.document import as_document
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
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


class LapseShape(Shape, frozen=True, kw_only=True):
    """One exclusion that ends; on `date` its issue is back. `source` is the file and line that says so."""

    date: date
    issue: str
    person: str | None
    account: str | None
    permission: NamedPermissionShape | None
    reason: str | None
    source: str


class ExpiringShape(Shape, frozen=True, kw_only=True):
    """All that ends after `as_of` and up to `until`, by date."""

    format_version: str
    as_of: date
    until: date
    expiring: list[EndingShape]
    exclusions: list[LapseShape]
    summary: dict[str, Count]


def expiring_document(
    as_of: date,
    until: date,
    endings: Sequence[Ending],
    exclusions: Sequence[Resolution],
    persons: Mapping[PersonId, Person],
) -> dict[str, JSON]:
    """Return the JSON of what ends."""
    shapes = [_ending(ending, persons[ending.person].display_name) for ending in endings]
    counts = Counter(shape.kind for shape in shapes)
    counts.update(["exclusion"] * len(exclusions))
    return as_document(
        ExpiringShape(
            format_version=FORMAT_VERSION,
            as_of=as_of,
            until=until,
            expiring=shapes,
            exclusions=[_lapse(entry, entry.until) for entry in exclusions if entry.until],
            summary={kind: counts[kind] for kind in sorted(counts)},
        )
    )


def expiring_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return what ends as text, a heading for each day. Raises BadInput where the document is another."""
    found = shown(document, ExpiringShape)
    page = Page(width, colour=colour)
    days: defaultdict[date, list[EndingShape | LapseShape]] = defaultdict(list)
    for each in (*found.expiring, *found.exclusions):
        days[each.date].append(each)
    for day in sorted(days):
        page.blank()
        page.line(
            Span(f"{day}", Style.STRONG),
            Span(f"  in {count((day - found.as_of).days, 'day')}", Style.FAINT),
        )
        for each in days[day]:
            if isinstance(each, LapseShape):
                _write_lapse(page, each)
            else:
                _write(page, each)
    page.blank()
    if not days:
        page.line(Span(f"Nothing ends from {found.as_of} up to {found.until}."))
        return page.text()
    page.line(Span(f"Up to {found.until}: {_in_all(found)}.", Style.STRONG))
    return page.text()


def _in_all(found: ExpiringShape) -> str:
    accounts = sum(ending.permission is None for ending in found.expiring)
    kinds = (
        (accounts, "account"),
        (len(found.expiring) - accounts, "membership"),
        (len(found.exclusions), "exclusion"),
    )
    *most, last = [count(number, kind) for number, kind in kinds if number]
    return f"{', '.join(most)} and {last}" if most else last


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


def _lapse(entry: Resolution, until: date) -> LapseShape:
    permission = entry.permission
    return LapseShape(
        date=until,
        issue=entry.issue.value,
        person=entry.person,
        account=entry.account,
        permission=None
        if permission is None
        else NamedPermissionShape(type=permission.kind.value, name=permission.name),
        reason=entry.reason,
        source=entry.at.short,
    )


def _write_lapse(page: Page, lapse: LapseShape) -> None:
    permission = lapse.permission
    about = name(lapse.account or lapse.person or "")
    if permission is not None:
        about += f", {permission.type} {name(permission.name)}"
    what = f"{about}: {lapse.issue} is no longer excluded"
    page.line(
        Span("- ", Style.REMOVE), Span(what), Span(f"  {lapse.source}", Style.FAINT), indent=2
    )
    if lapse.reason:
        page.line(Span(lapse.reason, Style.FAINT), indent=6)


def _write(page: Page, ending: EndingShape) -> None:
    permission, cause = ending.permission, ending.cause
    if permission is None:
        what = BECOMES.get(ending.becomes or "", BECOMES["unasked"])
    else:
        what = f"{permission.type} {name(permission.name)}"
    who = f"{name(ending.person)} {ending.display_name}".strip()
    why = f"  {cause.detail}" + (f" ({cause.source})" if cause.source else "")
    if ending.with_account:
        why += ", goes with the account"
    page.line(Span("- ", Style.REMOVE), Span(f"{who}: {what}"), Span(why, Style.FAINT), indent=2)
    notes = [note for note in (ending.reason, ending.ticket) if note]
    if notes:
        page.line(Span(", ".join(notes), Style.FAINT), indent=6)
