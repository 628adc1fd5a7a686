"""Governance: a difference nobody asked for, and what is to be done about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.value import FieldValue, Plain


class IssueType(StrEnum):
    """HelloID's reconciliation issues, and `account_differs`."""

    ACCOUNT_UNMANAGED = "account_unmanaged"
    ACCOUNT_MISSING = "account_missing"
    ACCOUNT_INCORRECTLY_HAS_ACCESS = "account_incorrectly_has_access"
    ACCOUNT_INCORRECTLY_HAS_NO_ACCESS = "account_incorrectly_has_no_access"
    PERSON_MULTIPLE_ACCOUNTS = "person_multiple_accounts"
    ACCOUNT_MULTIPLE_PERSONS = "account_multiple_persons"
    PERMISSION_UNMANAGED = "permission_unmanaged"
    PERMISSION_MISSING = "permission_missing"
    ACCOUNT_DIFFERS = "account_differs"


class IssueStatus(StrEnum):
    """Whether somebody still has to decide."""

    OPEN = "open"
    RESOLVED = "resolved"
    POSTPONED = "postponed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Drift:
    """A field of an account that somebody changed in the tenant, in its three states."""

    field: str
    desired: FieldValue
    recorded: Plain
    actual: Plain


@dataclass(frozen=True, slots=True)
class Issue:
    """A question to a person; `detail` says in a sentence what was found.

    `drift` are the fields of `account_differs`; it is for reports, and no plan file has it.
    """

    id: str
    type: IssueType
    person: PersonId | None
    account: AccountName | None
    permission: Permission | None
    status: IssueStatus
    resolution: str | None
    detail: str
    persons: tuple[PersonId, ...] = ()
    accounts: tuple[AccountName, ...] = ()
    drift: tuple[Drift, ...] = field(default=(), compare=False)
