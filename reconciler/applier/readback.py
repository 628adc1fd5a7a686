"""Reading back: whether what was done is there, and what the ledger shall hold where it is not."""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.applier.parts import IS_ENABLED, fields_of
from reconciler.applier.progress import GOOD, Progress, Settlement
from reconciler.applier.seen import differing, live, seen, value_of
from reconciler.model.address import AccountRef, PermissionRef, fold
from reconciler.model.change import (
    AccountChange,
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
from reconciler.model.run import (
    Done,
    Effect,
    ForgetAccount,
    ForgetGrant,
    RememberAccount,
    RememberGrant,
    StepStatus,
)
from reconciler.model.state import Actual, Found, Owned
from reconciler.model.value import Plain

NOT_READ = "the tenant said it is done, but it could not be read back"

_Writers = dict[tuple[AccountRef | None, str], StepId]
_Writing = CreateAccount | RestoreAccount | UpdateAccount | EnableAccount | DisableAccount


def compared(steps: Sequence[Step], progress: Progress, actual: Actual) -> tuple[Settlement, ...]:
    """Return how steps end after all, for those whose end is not what reading back shows.

    `steps` are in the order in which they run. Done and not there is unconfirmed, and the ledger is
    corrected so that the next plan sees what is; a product not assigned yet is pending; unconfirmed and
    there is done.
    """
    writers = _last_writers(steps, progress)
    deleted = {ref for step in steps if (ref := _deleted(step, progress)) is not None}
    found: list[Settlement] = []
    for step in steps:
        status = progress.status(step.id)
        change = referred(step, progress)
        if status is StepStatus.UNCONFIRMED:
            found += _found_after_all(step, change, progress, actual)
        elif status in GOOD and isinstance(change, GrantProduct):
            found += _product(step, change, progress, actual)
        elif status in GOOD and not (_account(change) in deleted and not _is_delete(change)):
            found += _missing(step, change, progress, actual, writers)
    return tuple(found)


def unread(steps: Sequence[Step], progress: Progress) -> tuple[Settlement, ...]:
    """Return how steps end where nothing could be read back: what was done is unconfirmed."""
    return tuple(
        progress.ended(step, StepStatus.UNCONFIRMED, NOT_READ)
        for step in steps
        if progress.status(step.id) in GOOD and not isinstance(step.change, CorrelateAccount)
    )


def touched_groups(steps: Sequence[Step], progress: Progress) -> frozenset[PermissionRef]:
    """Return the groups, as far as they exist, whose members the steps are about."""
    changes = (progress.resolved(step) for step in steps)
    return frozenset(
        change.permission.ref
        for change in changes
        if isinstance(change, GrantGroup | RevokeGroup) and change.permission.ref is not None
    )


def referred(step: Step, progress: Progress) -> Change:
    """Return a step's change with all references, a created account's own among them."""
    change, entry = progress.resolved(step), progress.entry(step.id)
    if not isinstance(change, CreateAccount) or entry is None or entry.account is None:
        return change
    account = replace(change.subject.account, ref=entry.account)
    return replace(change, subject=replace(change.subject, account=account))


def _last_writers(steps: Sequence[Step], progress: Progress) -> _Writers:
    writers: _Writers = {}
    for step in steps:
        if progress.status(step.id) in GOOD:
            change = referred(step, progress)
            for item in fields_of(change):
                writers[_account(change), fold(item.field)] = step.id
    return writers


def _found_after_all(
    step: Step, change: Change, progress: Progress, actual: Actual
) -> list[Settlement]:
    answer = seen(change, actual)
    return [] if answer is None else [progress.done(step, answer)]


def _product(
    step: Step, change: GrantProduct, progress: Progress, actual: Actual
) -> list[Settlement]:
    held = seen(change, actual) is not None
    status = StepStatus.DONE if held else StepStatus.PENDING
    if progress.status(step.id) is status:
        return []
    answer = Done(change.subject.account.ref, change.permission.ref, pending=not held)
    return [progress.done(step, answer)]


def _missing(
    step: Step, change: Change, progress: Progress, actual: Actual, writers: _Writers
) -> list[Settlement]:
    match change:
        case CreateGroup():
            entry = progress.entry(step.id)
            if entry is not None and entry.permission not in actual.permissions:
                return [_undone(step, "the group is not there", progress, ())]
            return []
        case GrantGroup() | GrantProduct():
            if seen(change, actual) is None:
                return [_undone(step, "it is not held", progress, _ungranted(change))]
            return []
        case RevokeGroup() | RevokeProduct():
            if seen(change, actual) is None:
                return [_undone(step, "it is still held", progress, _unrevoked(change, progress))]
            return []
        case _:
            return _account_missing(step, change, progress, actual, writers)


def _account_missing(
    step: Step, change: AccountChange, progress: Progress, actual: Actual, writers: _Writers
) -> list[Settlement]:
    found = live(change.subject.account.ref, actual)
    if isinstance(change, DeleteAccount):
        if found is None:
            return []
        return [_undone(step, "the account is still there", progress, _kept(change, progress))]
    if found is None:
        return [_undone(step, "the account is not there", progress, _gone(change))]
    if isinstance(change, CorrelateAccount):
        return []
    return _fields(step, change, found, progress, writers)


def _fields(
    step: Step, change: _Writing, found: Found, progress: Progress, writers: _Writers
) -> list[Settlement]:
    wrong = [
        item
        for item in differing(change, found)
        if writers.get((found.ref, fold(item.field))) == step.id
    ]
    if not wrong:
        return []
    names = ", ".join(item.field for item in wrong)
    owned = progress.owned(change)
    effects: tuple[Effect, ...] = ()
    if owned is not None and owned.ref == found.ref:
        effects = (RememberAccount(_as_found(owned, wrong, found)),)
    return [_undone(step, f"{names} does not hold what was written", progress, effects)]


def _as_found(owned: Owned, wrong: Sequence[FieldChange], found: Found) -> Owned:
    fields: dict[str, Plain] = {item.field: value_of(found, item.field) for item in wrong}
    enabled = owned.enabled
    if any(fold(name) == IS_ENABLED for name in fields):
        enabled = found.enabled
    return replace(
        owned, user_name=found.user_name, fields={**owned.fields, **fields}, enabled=enabled
    )


def _undone(step: Step, what: str, progress: Progress, effects: tuple[Effect, ...]) -> Settlement:
    entry = progress.entry(step.id)
    ended = progress.ended(
        step, StepStatus.UNCONFIRMED, f"the tenant said it is done, but {what} on reading back"
    )
    made = replace(
        ended.entry,
        account=None if entry is None else entry.account,
        permission=None if entry is None else entry.permission,
    )
    return replace(ended, entry=made, effects=effects)


def _gone(change: Change) -> tuple[Effect, ...]:
    """Forget what this run bound; an account that was ours before is for governance to miss."""
    if isinstance(change, CreateAccount | CorrelateAccount) and change.subject.person is not None:
        return (ForgetAccount(change.subject.person),)
    return ()


def _kept(change: DeleteAccount, progress: Progress) -> tuple[Effect, ...]:
    person = change.subject.person
    owned = None if person is None else progress.before.accounts.get(person)
    if owned is None or owned.ref != change.subject.account.ref:
        return ()
    grants = (held.get(owned.ref) for held in progress.before.grants.values())
    return (RememberAccount(owned), *(RememberGrant(it) for it in grants if it is not None))


def _ungranted(change: GrantGroup | GrantProduct) -> tuple[Effect, ...]:
    holder, permission = change.subject.account.ref, change.permission.ref
    return () if holder is None or permission is None else (ForgetGrant(holder, permission),)


def _unrevoked(change: RevokeGroup | RevokeProduct, progress: Progress) -> tuple[Effect, ...]:
    holder, permission = change.subject.account.ref, change.permission.ref
    if holder is None or permission is None:
        return ()
    grant = progress.before.grants.get(permission, {}).get(holder)
    return () if grant is None else (RememberGrant(grant),)


def _deleted(step: Step, progress: Progress) -> AccountRef | None:
    return (
        _account(progress.resolved(step))
        if _is_delete(step.change) and progress.status(step.id) in GOOD
        else None
    )


def _account(change: Change) -> AccountRef | None:
    return None if isinstance(change, CreateGroup) else change.subject.account.ref


def _is_delete(change: Change) -> bool:
    return isinstance(change, DeleteAccount)
