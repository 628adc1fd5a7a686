"""What a change is about: its subject, its fields, its permission, and how it is called."""

from reconciler.model.address import Permission, fold
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
    kind_of,
)
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain

USER_NAME = "username"
IS_ENABLED = "isenabled"


def subject_of(change: Change) -> Subject | None:
    """Return whose account a change is about; None for a group's creation."""
    return None if isinstance(change, CreateGroup) else change.subject


def fields_of(change: Change) -> Fields:
    """Return the fields that a change writes."""
    match change:
        case (
            CreateAccount()
            | RestoreAccount()
            | UpdateAccount()
            | EnableAccount()
            | DisableAccount()
            | DeleteAccount()
        ):
            return change.fields
        case (
            CorrelateAccount()
            | CreateGroup()
            | GrantGroup()
            | GrantProduct()
            | RevokeGroup()
            | RevokeProduct()
        ):
            return ()


def permission_of(change: Change) -> Permission | None:
    """Return the permission that a change is about."""
    match change:
        case CreateGroup() | GrantGroup() | GrantProduct() | RevokeGroup() | RevokeProduct():
            return change.permission
        case _:
            return None


def is_plain(value: FieldValue) -> bool:
    """Tell whether a value can be compared and written down."""
    return not isinstance(value, Generated | AccountOf)


def plain_afters(fields: Fields) -> dict[str, Plain]:
    """Return what is written, by field, where it is known and no secret."""
    return {
        change.field: change.after
        for change in fields
        if not isinstance(change.after, Generated | AccountOf)
    }


def written(fields: Fields, folded_name: str) -> Plain:
    """Return what is written to one field, found without regard to case; None where nothing is."""
    for change in fields:
        if fold(change.field) == folded_name and not isinstance(
            change.after, Generated | AccountOf
        ):
            return change.after
    return None


def as_flag(value: Plain) -> bool | None:
    """Return a field's value as a boolean, as the tenant reads it; None where it is none."""
    if isinstance(value, bool):
        return value
    text = fold(value) if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(text)


def user_name_of(change: Change) -> str:
    """Return the user name that an account has after the change."""
    subject = subject_of(change)
    new = written(fields_of(change), USER_NAME)
    if isinstance(new, str) and new:
        return new
    return subject.account.user_name if subject else ""


def describe(change: Change) -> str:
    """Return a change in a few words: its kind, and whom and what it is about."""
    subject, permission = subject_of(change), permission_of(change)
    words = [kind_of(change)]
    if permission is not None:
        words.append(f'"{permission.name}"')
    if subject is not None:
        words += ["for"] if permission is not None else []
        words.append(subject.account.user_name)
    return " ".join(words)
