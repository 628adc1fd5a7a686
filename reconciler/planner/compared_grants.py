"""Groups and products at two revisions: who gains and who loses which, under whatever name it has."""

from collections.abc import Collection, Mapping

from reconciler.model.address import (
    AccountName,
    Permission,
    PermissionKey,
    PermissionKind,
    PersonId,
)
from reconciler.model.change import (
    CreateGroup,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.difference import Difference
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.state import Membership, Unwanted, Wanted, WantedPermission
from reconciler.planner.sides import Pair

_NOBODY: Mapping[PersonId, Membership] = {}


def compare_grants(pair: Pair, deleted: Collection[PersonId]) -> tuple[list[Difference], list[str]]:
    """Return the grants that come and go, and what is to be said of groups and products as a whole.

    What goes with an account that is deleted is not listed.
    """
    found: list[Difference] = []
    warnings: list[str] = []
    before, after = pair.base.desired.permissions, pair.head.desired.permissions
    earlier = {key: _earlier(key, wanted, pair) for key, wanted in after.items()}
    for key, wanted in after.items():
        name = earlier[key]
        was = None if name is None else before.get(name)
        if was is None and wanted.create:
            cause = Cause(CauseKind.DESIRED, wanted.origin.detail, pair.head.at(wanted.origin.at))
            change = CreateGroup(Permission(wanted.kind, wanted.name, None))
            found.append(Difference(change, cause))
        warnings += _of_permission(pair, was, wanted)
        if wanted.members is not None:
            found += _members(pair, was, wanted, deleted)
    gone = before.keys() - set(earlier.values())
    for key in sorted(gone):
        found += _members(pair, before[key], None, deleted)
    return found, warnings


def _earlier(key: PermissionKey, wanted: WantedPermission, pair: Pair) -> PermissionKey | None:
    """Return the name that a permission has at the base, by its earlier names where it is new."""
    before, after = pair.base.desired.permissions, pair.head.desired.permissions
    if key in before:
        return key
    names = (PermissionKey.of(wanted.kind, name) for name in wanted.previously)
    return next((name for name in names if name in before and name not in after), None)


def _of_permission(pair: Pair, was: WantedPermission | None, wanted: WantedPermission) -> list[str]:
    said: list[str] = []
    what, source = f"{wanted.kind.value} {wanted.name}", pair.head.at(wanted.origin.at)
    at = f" ({source})" if source else ""
    if was is not None and was.members and wanted.members is None:
        said.append(f"The members of the {what} are no longer managed; nobody loses it{at}.")
    if wanted.authoritative and (was is None or not was.authoritative):
        said.append(
            f"The {what} is authoritative now: who holds it and is not listed loses it,"
            f" whoever that is in the tenant{at}."
        )
    if was is not None and was.protected and not wanted.protected:
        said.append(f"The {what} is no longer protected{at}.")
    return said


def _members(
    pair: Pair,
    was: WantedPermission | None,
    wanted: WantedPermission | None,
    deleted: Collection[PersonId],
) -> list[Difference]:
    before = (was.members if was else None) or _NOBODY
    after = (wanted.members if wanted else None) or _NOBODY
    found: list[Difference] = []
    if wanted is not None:
        permission = Permission(wanted.kind, wanted.name, None)
        for person, held in after.items():
            if person not in before:
                cause = Cause(CauseKind.DESIRED, held.origin.detail, pair.head.at(held.origin.at))
                found.append(Difference(_grant(person, permission), cause))
    if was is not None:
        permission = Permission(was.kind, (wanted or was).name, None)
        for person, held in before.items():
            if person not in after and person not in deleted:
                cause = _why_lost(pair, person, held, was, wanted)
                found.append(Difference(_revoke(person, permission), cause))
    return found


def _why_lost(
    pair: Pair,
    person: PersonId,
    held: Membership,
    was: WantedPermission,
    wanted: WantedPermission | None,
) -> Cause:
    ended = wanted.ended.get(person) if wanted is not None else None
    if ended is not None:
        return Cause(CauseKind.EXPIRED, ended.detail, pair.head.at(ended.at))
    account = pair.head.desired.accounts.get(person)
    if person in pair.head.desired.persons and not isinstance(account, Wanted):
        source = pair.head.at(account.origin.at) if isinstance(account, Unwanted) else None
        return Cause(CauseKind.REMOVED, "nothing asks for the account any more", source)
    cause = pair.no_longer(person, held.origin, held.via)
    if cause is not None:
        return cause
    if wanted is None:
        detail = f"the {was.kind.value} left the files"
        return Cause(CauseKind.REMOVED, detail, pair.base.at(was.origin.at))
    return Cause(
        CauseKind.REMOVED, "no longer a member in the files", pair.head.at(wanted.origin.at)
    )


def _grant(person: PersonId, permission: Permission) -> GrantGroup | GrantProduct:
    subject = Subject(person, AccountName(None, ""))
    if permission.kind is PermissionKind.GROUP:
        return GrantGroup(subject, permission)
    return GrantProduct(subject, permission)


def _revoke(person: PersonId, permission: Permission) -> RevokeGroup | RevokeProduct:
    subject = Subject(person, AccountName(None, ""))
    if permission.kind is PermissionKind.GROUP:
        return RevokeGroup(subject, permission)
    return RevokeProduct(subject, permission)
