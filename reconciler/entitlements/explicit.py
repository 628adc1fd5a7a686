"""The source that needs no rule: account entries and member lines in their periods."""

from datetime import date

from reconciler.entitlements.source import Claims
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import AccountEntry, AccountState, Declared, PermissionEntry
from reconciler.model.provenance import Origin
from reconciler.model.state import Membership, Unwanted, Wanted


def explicit(declared: Declared, as_of: date) -> Claims:
    """Return what the entries say in so many words; outside its dates an entry does not exist.

    Entries and lines about nobody known are left out.
    """
    accounts: dict[PersonId, Wanted | Unwanted] = {}
    over: dict[PersonId, AccountEntry] = {}
    for entry in declared.accounts:
        if entry.person not in declared.persons:
            continue
        if entry.period.holds(as_of):
            accounts[entry.person] = _account(entry)
        elif entry.period.is_over(as_of):
            other = over.get(entry.person)
            if other is None or _end(other.period.until) < _end(entry.period.until):
                over[entry.person] = entry
    grants: dict[PermissionKey, dict[PersonId, Membership]] = {}
    ended: dict[PermissionKey, dict[PersonId, Origin]] = {}
    for permission in declared.permissions:
        key = PermissionKey.of(permission.kind, permission.name)
        grants[key] = _members(permission, declared, as_of)
        ended[key] = _ended_members(permission, declared, as_of)
    return Claims(
        accounts=accounts,
        grants=grants,
        ended_accounts={
            person: Origin(entry.at, "account entry")
            for person, entry in over.items()
            if person not in accounts
        },
        ended_grants=ended,
    )


def _account(entry: AccountEntry) -> Wanted | Unwanted:
    origin = Origin(entry.at, "account entry")
    match entry.state:
        case AccountState.ABSENT:
            return Unwanted(origin)
        case AccountState.ENABLED:
            return Wanted(enabled=True, origin=origin, overrides=entry.fields)
        case AccountState.DISABLED:
            return Wanted(enabled=False, origin=origin, overrides=entry.fields)


def _members(
    permission: PermissionEntry, declared: Declared, as_of: date
) -> dict[PersonId, Membership]:
    return {
        line.person: Membership(
            Origin(line.at, "member line"),
            line.period.until,
            line.reason,
            line.ticket,
            start=line.period.start,
        )
        for line in permission.members or ()
        if line.person in declared.persons and line.period.holds(as_of)
    }


def _ended_members(
    permission: PermissionEntry, declared: Declared, as_of: date
) -> dict[PersonId, Origin]:
    over = [line for line in permission.members or () if line.period.is_over(as_of)]
    return {
        line.person: Origin(line.at, "member line")
        for line in sorted(over, key=lambda line: _end(line.period.until))
        if line.person in declared.persons
    }


def _end(until: date | None) -> date:
    return date.max if until is None else until
