"""What we own, after effects."""

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from reconciler.model.address import AccountRef, PermissionKey, PermissionRef
from reconciler.model.run import (
    Effect,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
)
from reconciler.model.state import OwnedGrant, Recorded


def after(recorded: Recorded, effects: Iterable[Effect]) -> Recorded:
    """Return the recorded state that a ledger holds once it has taken the effects, one by one."""
    accounts = dict(recorded.accounts)
    permissions = dict(recorded.permissions)
    protections = recorded.protections
    grants: dict[PermissionRef, dict[AccountRef, OwnedGrant]] = {
        permission: dict(held) for permission, held in recorded.grants.items()
    }
    for effect in effects:
        match effect:
            case RememberAccount(owned):
                accounts[owned.person] = owned
            case ForgetAccount(person):
                accounts.pop(person, None)
                for held in grants.values():
                    for holder in [it.holder for it in held.values() if it.person == person]:
                        del held[holder]
            case RememberGrant(grant):
                grants.setdefault(grant.permission, {})[grant.holder] = grant
            case ForgetGrant(holder, permission):
                grants.get(permission, {}).pop(holder, None)
            case RememberPermission(kind, name, permission):
                permissions[PermissionKey.of(kind, name)] = permission
            case Protect(names):
                protections = frozenset(names)
            case _:
                assert_never(effect)
    return replace(
        recorded,
        accounts=accounts,
        grants={permission: held for permission, held in grants.items() if held},
        permissions=permissions,
        protections=protections,
    )
