"""What people are about to lose because a date in the files passes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from reconciler.entitlements.calendar import day_before, turnings
from reconciler.entitlements.entitle import entitle
from reconciler.model.address import PermissionKey, PersonId, fold
from reconciler.model.declared import Declared
from reconciler.model.provenance import Via
from reconciler.model.resolution import Resolution
from reconciler.model.rules import PermissionName
from reconciler.model.state import Desired, Membership, Unwanted, Wanted


@dataclass(frozen=True, slots=True)
class Ending:
    """On `day` a person has no more what the day before gave; `why` is what gave it, source last.

    Without `permission` it is the account, which becomes `disabled` or `absent`, or `unasked` where
    nothing asks for it any more. `with_account` tells of a membership that goes because the account does.
    """

    day: date
    person: PersonId
    permission: PermissionName | None
    becomes: str | None
    why: str
    source: str | None
    with_account: bool = False
    reason: str | None = None
    ticket: str | None = None


def endings(declared: Declared, as_of: date, until: date) -> tuple[Ending, ...]:
    """Return what ends after one day and up to another, by day, person and permission.

    What another reason still gives does not end; so a line followed by another on the same day, or by a
    rule, is not told.
    """
    found: list[Ending] = []
    for day, who in turnings(declared, as_of, until).items():
        persons = {person: declared.persons[person] for person in sorted(who)}
        alone = replace(declared, persons=persons)
        before, then = entitle(alone, day_before(day)), entitle(alone, day)
        found += _accounts(before, then)
        found += _grants(before, then)
    return tuple(sorted(found, key=_order))


def lapses(declared: Declared, as_of: date, until: date) -> tuple[Resolution, ...]:
    """Return the exclusions whose issue comes back after one day and up to another, by that day.

    One that another goes on from on the very day does not lapse.
    """
    going_on = {(_about(entry), entry.start) for entry in declared.resolutions if entry.start}
    found = [
        entry
        for entry in declared.resolutions
        if entry.until is not None
        and as_of < entry.until <= until
        and (_about(entry), entry.until) not in going_on
    ]
    return tuple(sorted(found, key=lambda entry: (entry.until or until, entry.at)))


def _about(entry: Resolution) -> tuple[object, ...]:
    key = entry.permission.key if entry.permission is not None else None
    return entry.issue, fold(entry.account or ""), entry.person, key, entry.resolution


def _order(ending: Ending) -> tuple[date, PersonId, bool, PermissionKey | tuple[()]]:
    permission = ending.permission
    key = () if permission is None else permission.key
    return ending.day, ending.person, permission is not None, key


def _accounts(before: Desired, then: Desired) -> Iterator[Ending]:
    for person, had in before.accounts.items():
        if not isinstance(had, Wanted):
            continue
        becomes = _becomes(had, then.accounts.get(person))
        if becomes is not None:
            at = had.origin.at.short if had.origin.at else None
            why = _said(had.origin.detail, had.via)
            yield Ending(then.as_of, person, None, becomes, why, at)


def _becomes(had: Wanted, has: Wanted | Unwanted | None) -> str | None:
    match has:
        case None:
            return "unasked"
        case Unwanted():
            return "absent"
        case Wanted():
            return "disabled" if had.enabled and not has.enabled else None


def _grants(before: Desired, then: Desired) -> Iterator[Ending]:
    for key, permission in before.permissions.items():
        after = then.permissions.get(key)
        still: Mapping[PersonId, Membership] = (after.members if after else None) or {}
        for person, held in (permission.members or {}).items():
            if person in still:
                continue
            yield Ending(
                day=then.as_of,
                person=person,
                permission=PermissionName(permission.kind, permission.name),
                becomes=None,
                why=_said(held.origin.detail, held.via),
                source=held.origin.at.short if held.origin.at else None,
                with_account=not isinstance(then.accounts.get(person), Wanted),
                reason=held.reason,
                ticket=held.ticket,
            )


def _said(detail: str, via: Via | None) -> str:
    return f"{detail} on contract {via.contract}" if via is not None and via.contract else detail
