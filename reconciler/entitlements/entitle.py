"""The declared state and a date to the desired state: the union of what every source asks for."""

from collections.abc import Mapping, Sequence
from datetime import date

from reconciler.entitlements.explicit import explicit
from reconciler.entitlements.source import Claims, Source
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.provenance import Origin
from reconciler.model.state import Desired, Membership, Unwanted, Wanted, WantedPermission

SOURCES: tuple[Source, ...] = (explicit,)
"""In order of precedence: the first to speak of a person's account decides it; grants add up."""


def entitle(declared: Declared, as_of: date) -> Desired:
    """Return what the files ask for on a date, sorted by person and by permission.

    Nobody without a wanted account holds anything, whatever the member lines say; a disabled account
    keeps its grants.
    """
    claims = [source(declared, as_of) for source in SOURCES]
    accounts = _accounts(claims)
    holders = frozenset(who for who, account in accounts.items() if isinstance(account, Wanted))
    permissions = {
        PermissionKey.of(entry.kind, entry.name): _permission(entry, claims, holders)
        for entry in declared.permissions
    }
    errors = {error for claim in claims for error in claim.errors}
    return Desired(
        as_of=as_of,
        persons=declared.persons,
        accounts=accounts,
        permissions={key: permissions[key] for key in sorted(permissions)},
        ended=_ended(claims, accounts),
        errors=tuple(sorted(errors, key=lambda error: (error.person, error.summary, error.detail))),
        digest=declared.digest,
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


def _permission(
    entry: PermissionEntry, claims: Sequence[Claims], holders: frozenset[PersonId]
) -> WantedPermission:
    key = PermissionKey.of(entry.kind, entry.name)
    members: dict[PersonId, Membership] = {}
    ended: dict[PersonId, Origin] = {}
    for claim in reversed(claims):
        members.update(claim.grants.get(key, {}))
        ended.update(claim.ended_grants.get(key, {}))
    is_managed = entry.members is not None or bool(members)
    return WantedPermission(
        kind=entry.kind,
        name=entry.name,
        origin=Origin(entry.at, f"{entry.kind} entry"),
        previously=entry.previously,
        create=entry.create,
        authoritative=entry.authoritative,
        protected=entry.protected,
        members={who: members[who] for who in sorted(members) if who in holders}
        if is_managed
        else None,
        listed_nobody=entry.members == (),
        ended={who: ended[who] for who in sorted(ended) if who not in members},
    )
