"""Whether the tenant still holds what a step builds on."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.applier.order import account_key, makers_in
from reconciler.applier.parts import USER_NAME, fields_of, subject_of, user_name_of, written
from reconciler.applier.references import Made, open_references, resolve
from reconciler.applier.seen import agree, holds, live, value_of
from reconciler.model.address import (
    AccountRef,
    Grant,
    Permission,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
    fold,
)
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
    UpdateAccount,
)
from reconciler.model.plan import Step, StepId
from reconciler.model.state import Actual, Found, GrantStatus, OwnedGrant, Recorded
from reconciler.model.value import AccountOf, FieldValue, Generated

_AccountKey = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Ground:
    """What steps are judged against: the tenant as read, and what this plan itself did and will do.

    `settled` are the steps that have ended; `persons` those for whom values can be drawn; `waiting` the
    product requests of ours that wait for approval, which the tenant does not show.
    """

    actual: Actual
    made: Made
    settled: Collection[StepId]
    persons: Collection[PersonId]
    names: Mapping[str, AccountRef]
    groups: Mapping[PermissionKey, PermissionRef]
    makers: Mapping[PersonId | PermissionKey, StepId]
    restores: Collection[AccountRef]
    changes: Mapping[_AccountKey, tuple[Step, ...]]
    by_id: Mapping[StepId, Step]
    waiting: Collection[Grant]


def ground_of(
    steps: Sequence[Step],
    settled: Collection[StepId],
    actual: Actual,
    made: Made,
    persons: Collection[PersonId],
    recorded: Recorded,
    is_asked_again: Callable[[OwnedGrant], bool] = lambda _request: False,
) -> Ground:
    """Return the ground on which the steps of a plan (in the order in which they run) are judged.

    Product requests that wait for approval may be made again where `is_asked_again` says so.
    """
    changes: dict[_AccountKey, list[Step]] = {}
    for step in steps:
        if fields_of(step.change):
            changes.setdefault(account_key(step.change), []).append(step)
    live_ones = (found for found in actual.accounts.values() if not found.deleted)
    groups = (it for it in actual.permissions.values() if it.kind is PermissionKind.GROUP)
    return Ground(
        actual,
        made,
        settled,
        persons,
        {fold(found.user_name): found.ref for found in live_ones},
        {group.key: group.ref for group in groups},
        makers_in(steps),
        {ref for step in steps if (ref := _restored(step.change)) is not None},
        {key: tuple(found) for key, found in changes.items()},
        {step.id: step for step in steps},
        {
            Grant(holder, ref)
            for ref, holders in recorded.grants.items()
            for holder, owned in holders.items()
            if owned.status is GrantStatus.PENDING and not is_asked_again(owned)
        },
    )


def broken(step: Step, ground: Ground) -> str | None:
    """Return why a step that has not run yet must not run any more, or None where all it needs is there."""
    change = resolve(step.change, ground.made)
    return _unmade(change, ground) or _undrawable(change, ground) or _moved(step, change, ground)


def _unmade(change: Change, ground: Ground) -> str | None:
    for lack in open_references(change):
        if lack is None:
            return "it names no account"
        if lack not in ground.makers:
            what = (
                f"the group {lack.name}"
                if isinstance(lack, PermissionKey)
                else f"the account of {lack}"
            )
            return f"{what} does not exist, and no action of this plan makes it"
    return None


def _undrawable(change: Change, ground: Ground) -> str | None:
    subject = subject_of(change)
    drawn = [item.field for item in fields_of(change) if isinstance(item.after, Generated)]
    if not drawn or (subject is not None and subject.person in ground.persons):
        return None
    return (
        f"{', '.join(drawn)} cannot be generated: the person is not in the desired state any more"
    )


def _moved(step: Step, change: Change, ground: Ground) -> str | None:
    match change:
        case CreateAccount():
            return _name_taken(step, user_name_of(change), ground)
        case RestoreAccount():
            found = _found(change.subject.account.ref, ground)
            if found is None or not found.deleted:
                return "the account is not deleted any more"
            return _fields_moved(step, change, found, ground)
        case (
            CorrelateAccount()
            | UpdateAccount()
            | EnableAccount()
            | DisableAccount()
            | DeleteAccount()
        ):
            return _account_moved(step, change, ground)
        case CreateGroup(permission):
            return "a group of this name exists now" if permission.key in ground.groups else None
        case GrantGroup() | GrantProduct():
            gone = _holder_gone(step, change, ground)
            return gone or _renamed(change.permission, ground) or _held(change, ground)
        case RevokeGroup() | RevokeProduct():
            held = holds(change.subject, change.permission, ground.actual)
            return _renamed(change.permission, ground) if held else "it is not held any more"


def _account_moved(
    step: Step,
    change: CorrelateAccount | UpdateAccount | EnableAccount | DisableAccount | DeleteAccount,
    ground: Ground,
) -> str | None:
    gone = _holder_gone(step, change, ground)
    if gone is not None:
        return gone
    found = live(change.subject.account.ref, ground.actual)
    if found is None:
        return None
    new_name = written(fields_of(change), USER_NAME)
    taken = (
        _name_taken(step, new_name, ground, but=found.ref) if isinstance(new_name, str) else None
    )
    return taken or _fields_moved(step, change, found, ground)


def _holder_gone(step: Step, change: Change, ground: Ground) -> str | None:
    subject = subject_of(change)
    if subject is None or subject.account.ref is None or subject.account.ref in ground.restores:
        return None
    found = live(subject.account.ref, ground.actual)
    if found is None:
        return "the account is deleted or gone"
    names = {fold(name) for name in _names(step, change, ground)}
    if fold(found.user_name) not in names:
        return f"the account is called {found.user_name} now"
    return None


def _names(step: Step, change: Change, ground: Ground) -> Iterator[str]:
    """Give every name that the plan itself knows the account by, before and after its own renames."""
    for subject in (subject_of(step.change), subject_of(change)):
        if subject is not None:
            yield subject.account.user_name
    for other in ground.changes.get(account_key(step.change), ()):
        for item in fields_of(other.change):
            if fold(item.field) == USER_NAME:
                yield from (name for name in (item.before, item.after) if isinstance(name, str))


def _renamed(permission: Permission, ground: Ground) -> str | None:
    """Return that a permission has another name than the one under which the plan was approved."""
    found = None if permission.ref is None else ground.actual.permissions.get(permission.ref)
    if found is None or found.key == permission.key:
        return None
    return f"the {permission.kind} is called {found.name} now"


def _held(change: GrantGroup | GrantProduct, ground: Ground) -> str | None:
    ref = change.permission.ref
    if ref is None:
        return None
    if ref not in ground.actual.permissions:
        return f"the {change.permission.kind} is gone"
    if change.subject.account.ref in ground.made.accounts.values():
        return None  # a new account is put into default groups by the tenant itself
    holder = change.subject.account.ref
    if holder is not None and Grant(holder, ref) in ground.waiting:
        return "it is requested already and waits for approval"
    return "it is held already" if holds(change.subject, change.permission, ground.actual) else None


def _name_taken(
    step: Step, user_name: str, ground: Ground, but: AccountRef | None = None
) -> str | None:
    folded = fold(user_name)
    if folded in ground.actual.reserved:
        return f"an account out of scope is called {user_name}"
    holder = ground.names.get(folded)
    if holder is None or holder == but or holder in _freed(step, ground):
        return None
    return f"another account is called {user_name} now"


def _freed(step: Step, ground: Ground) -> Iterator[AccountRef]:
    """Give the accounts whose names are given up by steps that this one needs."""
    for need in step.needs:
        change = ground.by_id[need].change
        subject = subject_of(change)
        gives_up = isinstance(change, DeleteAccount) or written(fields_of(change), USER_NAME)
        if gives_up and subject is not None and subject.account.ref is not None:
            yield subject.account.ref


def _fields_moved(step: Step, change: Change, found: Found, ground: Ground) -> str | None:
    for item in fields_of(change):
        if isinstance(item.before, Generated | AccountOf):
            continue
        value = value_of(found, item.field)
        if agree(item.field, item.before, value):
            continue
        if not any(_ours(it, done, value, ground) for it, done in _earlier(step, item, ground)):
            return f"{item.field} has changed in the tenant"
    return None


def _earlier(step: Step, item: FieldChange, ground: Ground) -> Iterator[tuple[FieldChange, bool]]:
    """Give what steps of this plan that run before this one do to the same field of the same account."""
    name = fold(item.field)
    for other in ground.changes.get(account_key(step.change), ()):
        if other.id == step.id:
            return
        for written_item in fields_of(other.change):
            if fold(written_item.field) == name:
                yield written_item, other.id in ground.settled


def _ours(item: FieldChange, settled: bool, value: FieldValue, ground: Ground) -> bool:
    """Tell whether a field's value is explained by a step of ours: one to come is judged by itself."""
    if not settled or isinstance(item.after, Generated):
        return True
    if isinstance(item.after, AccountOf):
        return value == ground.made.accounts.get(item.after.person)
    return not isinstance(value, Generated | AccountOf) and agree(item.field, item.after, value)


def _found(ref: AccountRef | None, ground: Ground) -> Found | None:
    return None if ref is None else ground.actual.accounts.get(ref)


def _restored(change: Change) -> AccountRef | None:
    return change.subject.account.ref if isinstance(change, RestoreAccount) else None


def stale_steps(remaining: Iterable[Step], ground: Ground) -> dict[StepId, str]:
    """Return why steps must not run any more, for each that must not."""
    return {step.id: reason for step in remaining if (reason := broken(step, ground)) is not None}
