"""The declared state and a date to the desired state: the union of what every source asks for."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

from reconciler.entitlements.contracts import manager_of
from reconciler.entitlements.explicit import explicit
from reconciler.entitlements.reasons import joined
from reconciler.entitlements.resources import resources
from reconciler.entitlements.ruled import ruled
from reconciler.entitlements.source import Claims, Named, Source
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.person import Person
from reconciler.model.provenance import Origin
from reconciler.model.state import (
    Desired,
    Membership,
    PersonError,
    Unwanted,
    Wanted,
    WantedPermission,
)

SOURCES: tuple[Source, ...] = (explicit, ruled, resources)
"""In order of precedence: the first to speak of a person's account decides it; grants add up."""


def entitle(declared: Declared, as_of: date, rest: Sequence[Claims] = ()) -> Desired:
    """Return what the files ask for on a date, sorted by person and by permission.

    Nobody without a wanted account holds anything, whatever the member lines say; a disabled account
    keeps its grants. The persons have the primary manager of that day. `rest` is, source by source, what
    persons who are not among the declared ones have groups named; they get nothing here.
    """
    claims = [source(declared, as_of) for source in SOURCES]
    if rest:
        claims = [claim.naming_also(other) for claim, other in zip(claims, rest, strict=True)]
    accounts = _accounts(claims)
    holders = frozenset(who for who, account in accounts.items() if isinstance(account, Wanted))
    entries = {PermissionKey.of(entry.kind, entry.name): entry for entry in declared.permissions}
    names = _names(claims)
    spoken_of = {*entries, *names}
    return Desired(
        as_of=as_of,
        persons=_with_managers(declared.persons, as_of),
        accounts=accounts,
        permissions={
            key: _permission(key, entries.get(key), names.get(key), claims, holders)
            for key in sorted(spoken_of)
        },
        ended=_ended(claims, accounts),
        errors=_errors(claims, holders),
        digest=declared.digest,
        ended_grants=_ended_grants(claims, spoken_of),
    )


def _accounts(claims: Sequence[Claims]) -> dict[PersonId, Wanted | Unwanted]:
    found: dict[PersonId, Wanted | Unwanted] = {}
    for claim in reversed(claims):
        found.update(claim.accounts)
    return {person: found[person] for person in sorted(found)}


def _ended(
    claims: Sequence[Claims], accounts: Mapping[PersonId, Wanted | Unwanted]
) -> dict[PersonId, Origin]:
    found: dict[PersonId, Origin] = {}
    for claim in reversed(claims):
        found.update(claim.ended_accounts)
    return {person: found[person] for person in sorted(found) if person not in accounts}


def _ended_grants(
    claims: Sequence[Claims], spoken_of: AbstractSet[PermissionKey]
) -> dict[PermissionKey, dict[PersonId, Origin]]:
    """Return what ended of permissions that are not among the desired ones at all."""
    found: dict[PermissionKey, dict[PersonId, Origin]] = {}
    for claim in reversed(claims):
        for key, ended in claim.ended_grants.items():
            if key not in spoken_of:
                found.setdefault(key, {}).update(ended)
    return {key: found[key] for key in sorted(found)}


def _errors(claims: Sequence[Claims], holders: frozenset[PersonId]) -> tuple[PersonError, ...]:
    errors = {error for claim in claims for error in claim.errors if error.person in holders}
    return tuple(sorted(errors, key=lambda error: (error.person, error.summary, error.detail)))


def _with_managers(persons: Mapping[PersonId, Person], day: date) -> dict[PersonId, Person]:
    found: dict[PersonId, Person] = {}
    for who, person in persons.items():
        manager = manager_of(person, day)
        found[who] = person if manager == person.manager else replace(person, manager=manager)
    return found


def _names(claims: Sequence[Claims]) -> dict[PermissionKey, Named]:
    """Return every permission that a source speaks of, by the source that has it made, if one does."""
    found: dict[PermissionKey, Named] = {}
    for claim in claims:
        for key, named in claim.names.items():
            known = found.get(key)
            if known is None or (named.create and not known.create):
                found[key] = named
    return found


def _permission(
    key: PermissionKey,
    entry: PermissionEntry | None,
    named: Named | None,
    claims: Sequence[Claims],
    holders: frozenset[PersonId],
) -> WantedPermission:
    members = _members(key, claims)
    ended: dict[PersonId, Origin] = {}
    for claim in reversed(claims):
        ended.update(claim.ended_grants.get(key, {}))
    is_managed = (
        (entry is not None and entry.members is not None)
        or bool(members)
        or any(claim.manages(key) for claim in claims)
    )
    is_made = named is not None and named.create
    described = WantedPermission(key.kind, key.name, Origin(None, ""))
    if entry is not None:
        described = _described(entry, create=entry.create or is_made)
    elif named is not None:
        described = WantedPermission(key.kind, named.name, named.origin, create=is_made)
    return replace(
        described,
        members={who: members[who] for who in sorted(members) if who in holders}
        if is_managed
        else None,
        ended={who: ended[who] for who in sorted(ended) if who not in members},
    )


def _members(key: PermissionKey, claims: Sequence[Claims]) -> dict[PersonId, Membership]:
    """Return who holds a permission, with the reasons of every source, the first source's first."""
    members: dict[PersonId, Membership] = {}
    for claim in claims:
        for who, held in claim.grants.get(key, {}).items():
            known = members.get(who)
            members[who] = held if known is None else joined(known, held)
    return members


def _described(entry: PermissionEntry, *, create: bool) -> WantedPermission:
    return WantedPermission(
        kind=entry.kind,
        name=entry.name,
        origin=Origin(entry.at, f"{entry.kind} entry"),
        previously=entry.previously,
        create=create,
        authoritative=entry.authoritative,
        protected=entry.protected,
        listed_nobody=entry.members == (),
    )
