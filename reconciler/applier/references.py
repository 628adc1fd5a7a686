"""References that exist only while applying: what earlier steps made, put into later ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.applier.parts import USER_NAME, fields_of, permission_of, subject_of, written
from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKey,
    PermissionRef,
    PersonId,
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
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.plan import Step, StepId
from reconciler.model.run import Entry, StepStatus
from reconciler.model.value import AccountOf


@dataclass(frozen=True, slots=True)
class Made:
    """What the steps of a run made so far; `names` are the user names after renames."""

    accounts: Mapping[PersonId, AccountRef] = field(default_factory=dict[PersonId, AccountRef])
    permissions: Mapping[PermissionKey, PermissionRef] = field(
        default_factory=dict[PermissionKey, PermissionRef]
    )
    names: Mapping[AccountRef, str] = field(default_factory=dict[AccountRef, str])


def made_by(steps: Iterable[Step], entries: Mapping[StepId, Entry]) -> Made:
    """Return what a run's journal says was made."""
    accounts: dict[PersonId, AccountRef] = {}
    permissions: dict[PermissionKey, PermissionRef] = {}
    names: dict[AccountRef, str] = {}
    for step in steps:
        entry = entries.get(step.id)
        if entry is not None and entry.status in (StepStatus.DONE, StepStatus.PENDING):
            note_made(step.change, entry, accounts, permissions, names)
    return Made(accounts, permissions, names)


def note_made(
    change: Change,
    entry: Entry,
    accounts: dict[PersonId, AccountRef],
    permissions: dict[PermissionKey, PermissionRef],
    names: dict[AccountRef, str],
) -> None:
    """Add what one step that is done made to the three tables of a `Made`."""
    if isinstance(change, CreateGroup):
        if entry.permission is not None:
            permissions[change.permission.key] = entry.permission
        return
    subject = change.subject
    if isinstance(change, CreateAccount | RestoreAccount | CorrelateAccount):
        ref = subject.account.ref or entry.account
        if ref is not None and subject.person is not None:
            accounts[subject.person] = ref
    new = written(fields_of(change), USER_NAME)
    if isinstance(new, str) and new:
        ref = subject.account.ref or _made_account(subject, accounts)
        if ref is not None:
            names[ref] = new


def resolve(change: Change, made: Made) -> Change:
    """Return the change with every reference that is known by now; what is not known stays open."""
    match change:
        case CreateGroup():
            return change
        case CreateAccount():
            return replace(change, fields=_fields(change.fields, made))
        case CorrelateAccount():
            subject = _subject(change.subject, made)
            return change if subject is change.subject else replace(change, subject=subject)
        case (
            RestoreAccount()
            | UpdateAccount()
            | EnableAccount()
            | DisableAccount()
            | DeleteAccount()
        ):
            return replace(
                change,
                subject=_subject(change.subject, made),
                fields=_fields(change.fields, made),
            )
        case GrantGroup() | GrantProduct() | RevokeGroup() | RevokeProduct():
            return replace(
                change,
                subject=_subject(change.subject, made),
                permission=_permission(change.permission, made),
            )


def open_references(change: Change) -> tuple[PersonId | PermissionKey | None, ...]:
    """Return whose account and which group a change still lacks; None is an account of nobody known."""
    lacking: list[PersonId | PermissionKey | None] = []
    subject, permission = subject_of(change), permission_of(change)
    if (
        subject is not None
        and subject.account.ref is None
        and not isinstance(change, CreateAccount)
    ):
        lacking.append(subject.person)
    if permission is not None and permission.ref is None and not isinstance(change, CreateGroup):
        lacking.append(permission.key)
    lacking += [
        item.after.person for item in fields_of(change) if isinstance(item.after, AccountOf)
    ]
    return tuple(lacking)


def _subject(subject: Subject, made: Made) -> Subject:
    ref = subject.account.ref or _made_account(subject, made.accounts)
    if ref is None:
        return subject
    account = AccountName(ref, made.names.get(ref, subject.account.user_name))
    return subject if account == subject.account else replace(subject, account=account)


def _made_account(subject: Subject, accounts: Mapping[PersonId, AccountRef]) -> AccountRef | None:
    return None if subject.person is None else accounts.get(subject.person)


def _permission(permission: Permission, made: Made) -> Permission:
    if permission.ref is not None:
        return permission
    return replace(permission, ref=made.permissions.get(permission.key))


def _fields(fields: Fields, made: Made) -> Fields:
    return tuple(_field(change, made) for change in fields)


def _field(change: FieldChange, made: Made) -> FieldChange:
    if not isinstance(change.after, AccountOf):
        return change
    ref = made.accounts.get(change.after.person)
    return change if ref is None else replace(change, after=str(ref))
