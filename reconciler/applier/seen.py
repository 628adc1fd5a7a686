"""What a snapshot of the tenant tells about a change: whether its effect is there."""

from collections.abc import Iterator

from reconciler.applier.parts import (
    IS_ENABLED,
    USER_NAME,
    as_flag,
    fields_of,
    user_name_of,
)
from reconciler.model.address import AccountRef, Permission, PermissionKind, PermissionRef, fold
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.run import Done
from reconciler.model.state import Actual, Found
from reconciler.model.value import AccountOf, Generated, Plain, same

NEVER_COMPARED = frozenset(
    {"password", "resetmfa", "options", "source", "mustchangepassword", "islocked"}
)
"""Fields that the tenant never gives back, or sets to a value of its own."""

ALWAYS_READ = frozenset(
    {
        USER_NAME,
        IS_ENABLED,
        "firstname",
        "lastname",
        "contactemail",
        "userattributes",
        "managedbyuserguid",
    }
)
"""Members of an account that count as empty where a reading lacks them; others are unknown to the tenant."""


def seen(change: Change, actual: Actual) -> Done | None:
    """Return Done where the change's effect is there, None where it is not or cannot be told.

    The change's references are resolved. A product that is not assigned gives None, though its request
    may wait for approval: the API does not tell.
    """
    match change:
        case CreateAccount():
            found = live_by_name(user_name_of(change), actual)
            return None if found is None or any(differing(change, found)) else Done(found.ref)
        case RestoreAccount() | UpdateAccount() | EnableAccount() | DisableAccount():
            found = live(change.subject.account.ref, actual)
            return None if found is None or any(differing(change, found)) else Done(found.ref)
        case CorrelateAccount():
            found = live(change.subject.account.ref, actual)
            return None if found is None else Done(found.ref)
        case DeleteAccount():
            ref = change.subject.account.ref
            return Done(ref) if ref is not None and live(ref, actual) is None else None
        case CreateGroup():
            ref = group_by_name(change.permission, actual)
            return None if ref is None else Done(permission=ref)
        case GrantGroup() | GrantProduct():
            held = holds(change.subject, change.permission, actual)
            return Done(change.subject.account.ref, change.permission.ref) if held else None
        case RevokeGroup() | RevokeProduct():
            held = holds(change.subject, change.permission, actual)
            return (
                Done(change.subject.account.ref, change.permission.ref) if held is False else None
            )


def live(ref: AccountRef | None, actual: Actual) -> Found | None:
    """Return the account if it is there and not deleted."""
    found = None if ref is None else actual.accounts.get(ref)
    return None if found is None or found.deleted else found


def live_by_name(user_name: str, actual: Actual) -> Found | None:
    """Return the live account of a user name, compared as the tenant compares."""
    wanted = fold(user_name)
    for found in actual.accounts.values():
        if not found.deleted and fold(found.user_name) == wanted:
            return found
    return None


def group_by_name(permission: Permission, actual: Actual) -> PermissionRef | None:
    """Return the group of a name."""
    for found in actual.permissions.values():
        if found.kind is PermissionKind.GROUP and found.key == permission.key:
            return found.ref
    return None


def holds(subject: Subject, permission: Permission, actual: Actual) -> bool | None:
    """Tell whether the account holds the permission; None where it was not read."""
    if permission.ref is None or subject.account.ref is None:
        return None
    if permission.ref not in actual.permissions:
        return False
    holders = actual.holders.get(permission.ref)
    return None if holders is None else subject.account.ref in holders


def differing(change: Change, found: Found) -> Iterator[FieldChange]:
    """Give the fields whose written value is not what the account holds, where that can be told."""
    for item in fields_of(change):
        if isinstance(item.after, Generated | AccountOf) or not _comparable(item.field, found):
            continue
        if not agree(item.field, item.after, value_of(found, item.field)):
            yield item


def value_of(found: Found, name: str) -> Plain:
    """Return what an account holds in a field."""
    folded = fold(name)
    if folded == USER_NAME:
        return found.user_name
    if folded == IS_ENABLED:
        return found.enabled
    return found.field(name)


def agree(name: str, left: Plain, right: Plain) -> bool:
    """Tell whether two values of a field are equal, also where text stands for a boolean or a GUID."""
    if same(left, right):
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return as_flag(left) is not None and as_flag(left) == as_flag(right)
    if fold(name).endswith("guid") and isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    return False


def _comparable(name: str, found: Found) -> bool:
    top = fold(name.split(".", maxsplit=1)[0])
    if top in NEVER_COMPARED:
        return False
    return top in ALWAYS_READ or any(fold(key) == top for key in found.body)
