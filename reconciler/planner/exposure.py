"""What safeguards are judged on: how much is managed, what is lost, which protected things are touched."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    fold,
)
from reconciler.model.change import (
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.plan import Adopted, Exposure, Loss, Plan, Step, StepId, Touched
from reconciler.model.settings import matches_any
from reconciler.model.state import Actual, GrantStatus, Protection
from reconciler.planner.context import Inputs
from reconciler.planner.permissions import Resolved

Guarded: TypeAlias = Sequence[tuple[Protection, frozenset[AccountRef]]]


def find_exposure(
    inputs: Inputs,
    steps: tuple[Step, ...],
    adopts: Iterable[Adopted],
    managed: frozenset[AccountRef],
    resolved: tuple[Resolved, ...],
    protections: tuple[Protection, ...],
) -> Exposure:
    """Count what percentages are taken of, and find what the plan takes away or touches."""
    grants = _managed_grants(inputs, steps, adopts)
    return Exposure(
        accounts=len(managed),
        group_grants=grants[PermissionKind.GROUP],
        product_grants=grants[PermissionKind.PRODUCT],
        losses=_losses(inputs.actual, steps, resolved),
        touched=_touched(inputs, steps, protections),
    )


def find_protections(inputs: Inputs, resolved: tuple[Resolved, ...]) -> tuple[Protection, ...]:
    """Return what the files protect now: permissions of theirs, and accounts by pattern."""
    found = {
        Protection(each.wanted.kind.value, each.permission.ref or "", each.permission.name)
        for each in resolved
        if each.wanted.protected
    } | _not_found(inputs, resolved)
    patterns = inputs.settings.safeguards.protected_accounts
    if patterns:
        found |= {
            Protection("account", account.ref, account.user_name)
            for account in inputs.actual.accounts.values()
            if matches_any(account.user_name, patterns) or matches_any(account.ref, patterns)
        }
        found |= _renamed(inputs, patterns, {each.ref for each in found})
    if inputs.selected is not None:
        found |= inputs.recorded.protections
    return tuple(sorted(found, key=_order))


def _renamed(inputs: Inputs, patterns: tuple[str, ...], known: Collection[str]) -> set[Protection]:
    """Return protections of accounts of ours that have lost the name we know them by in the tenant."""
    return {
        Protection("account", owned.ref, owned.user_name)
        for owned in inputs.recorded.accounts.values()
        if owned.ref in inputs.actual.accounts
        and owned.ref not in known
        and matches_any(owned.user_name, patterns)
    }


def _not_found(inputs: Inputs, resolved: tuple[Resolved, ...]) -> set[Protection]:
    """Return protections of permissions that cannot be found now: by name, and as the ledger knows them."""
    usable = {each.wanted.key for each in resolved}
    found: set[Protection] = set()
    for key, wanted in inputs.desired.permissions.items():
        if wanted.protected and key not in usable:
            names = {fold(name) for name in (wanted.name, *wanted.previously)}
            found |= {
                each
                for each in inputs.recorded.protections
                if each.kind == wanted.kind.value and fold(each.name) in names
            } or {Protection(wanted.kind.value, "", wanted.name)}
    return found


def _order(protection: Protection) -> tuple[str, str, str, str]:
    return (protection.kind, fold(protection.name), protection.ref, protection.name)


def touched_again(
    plan: Plan, remembered: Iterable[Protection], patterns: tuple[str, ...]
) -> tuple[Touched, ...]:
    """Return which things that are protected by now a saved plan touches.

    `remembered` is what the ledger protects, `patterns` the accounts that the settings protect. What
    deletions take along is not seen again: that takes a reading of the tenant.
    """
    accounts = {
        Protection("account", step.change.subject.account.ref or "", name)
        for step in plan.steps
        if not isinstance(step.change, CreateGroup)
        and matches_any(name := step.change.subject.account.user_name, patterns)
    }
    now = (*plan.bookkeeping.protections, *sorted(accounts, key=_order))
    return _touching(plan.steps, _Index(now, remembered), (), now)


def _managed_grants(
    inputs: Inputs, steps: tuple[Step, ...], adopts: Iterable[Adopted]
) -> Counter[PermissionKind]:
    managed: set[tuple[PermissionRef, AccountRef]] = set()
    for ref, holders in inputs.recorded.grants.items():
        there = inputs.actual.holders.get(ref, frozenset())
        managed |= {
            (ref, account)
            for account, owned in holders.items()
            if owned.status is GrantStatus.HELD and account in there
        }
    managed |= {(each.permission.ref, each.holder) for each in adopts if each.permission.ref}
    for step in steps:
        if isinstance(step.change, RevokeGroup | RevokeProduct):
            account, permission = step.change.subject.account.ref, step.change.permission.ref
            if account is not None and permission is not None:
                managed.add((permission, account))
    permissions = inputs.actual.permissions
    return Counter(permissions[ref].kind for ref, _ in managed if ref in permissions)


def _losses(
    actual: Actual, steps: tuple[Step, ...], resolved: tuple[Resolved, ...]
) -> tuple[Loss, ...]:
    lost: defaultdict[PermissionRef, set[AccountRef]] = defaultdict(set)
    revoked: Counter[PermissionRef] = Counter()
    deleted: set[AccountRef] = set()
    for step in steps:
        change = step.change
        if isinstance(change, RevokeGroup | RevokeProduct):
            if change.permission.ref is not None and change.subject.account.ref is not None:
                lost[change.permission.ref].add(change.subject.account.ref)
                revoked[change.permission.ref] += 1
        elif isinstance(change, DeleteAccount) and change.subject.account.ref is not None:
            deleted.add(change.subject.account.ref)
    if deleted:
        for ref, holders in actual.holders.items():
            if holders & deleted:
                lost[ref] |= holders & deleted
    nobody = {
        each.permission.ref
        for each in resolved
        if each.wanted.listed_nobody and not each.wanted.members
    }
    return tuple(
        Loss(
            Permission(found.kind, found.name, ref),
            len(accounts),
            len(actual.holders.get(ref, ())),
            empties=ref in nobody and revoked[ref] > 0,
        )
        for ref, accounts in sorted(lost.items())
        if (found := actual.permissions.get(ref)) is not None
    )


def _touched(
    inputs: Inputs, steps: tuple[Step, ...], protections: tuple[Protection, ...]
) -> tuple[Touched, ...]:
    """Return every protected thing that some step touches, protected now or by an earlier apply."""
    index = _Index(protections, inputs.recorded.protections)
    return _touching(steps, index, _guarded(index, inputs.actual), protections)


def _touching(
    steps: tuple[Step, ...], index: "_Index", guarded: Guarded, protections: Iterable[Protection]
) -> tuple[Touched, ...]:
    touching: defaultdict[Protection, list[StepId]] = defaultdict(list)
    for step in steps:
        for protection in _touches(step, index, guarded):
            touching[protection].append(step.id)
    now = {(p.kind, p.ref or fold(p.name)) for p in protections}
    return tuple(
        Touched(
            protection,
            tuple(ids),
            (protection.kind, protection.ref or fold(protection.name)) not in now,
        )
        for protection, ids in sorted(touching.items(), key=lambda item: _order(item[0]))
    )


class _Index:
    """Protections by kind and reference, and by kind and name for what has no reference yet."""

    def __init__(self, now: Iterable[Protection], before: Iterable[Protection]) -> None:
        self._by: dict[tuple[str, str], Protection] = {}
        for protection in (*sorted(before, key=_order), *now):
            self._by[protection.kind, fold(protection.name)] = protection
            if protection.ref:
                self._by[protection.kind, protection.ref] = protection

    def account(self, account: AccountName) -> Iterable[Protection]:
        return self._find("account", account.ref or "", account.user_name)

    def permission(self, permission: Permission) -> Iterable[Protection]:
        return self._find(permission.kind.value, permission.ref or "", permission.name)

    def _find(self, kind: str, ref: str, name: str) -> Iterable[Protection]:
        found = self._by.get((kind, ref)) or self._by.get((kind, fold(name)))
        return (found,) if found is not None else ()


def _touches(step: Step, index: _Index, guarded: Guarded) -> Iterable[Protection]:
    match step.change:
        case UpdateAccount() | EnableAccount() | DisableAccount() | RestoreAccount() as change:
            yield from index.account(change.subject.account)
        case DeleteAccount(subject=subject):
            yield from index.account(subject.account)
            yield from (it for it, holders in guarded if subject.account.ref in holders)
        case RevokeGroup() | RevokeProduct() as change:
            yield from index.account(change.subject.account)
            yield from index.permission(change.permission)
        case GrantGroup(permission=permission) | GrantProduct(permission=permission):
            yield from index.permission(permission)
        case CreateGroup(permission=permission):
            yield from index.permission(permission)
        case _:
            return


def _guarded(index: _Index, actual: Actual) -> Guarded:
    """Return what the protected permissions hold: deletions are many, protections are few."""
    return [
        (protection, holders)
        for ref, holders in actual.holders.items()
        if (found := actual.permissions.get(ref)) is not None
        for protection in index.permission(Permission(found.kind, found.name, ref))
    ]
