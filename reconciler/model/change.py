"""The closed family of changes, each a thing the tenant can be asked to do."""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.value import FieldValue


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose account a change is about; `person` is None where nobody is known."""

    person: PersonId | None
    account: AccountName


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an account: what it holds when the plan is made, and what it shall hold."""

    field: str
    before: FieldValue
    after: FieldValue


Fields: TypeAlias = tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A new account; `fields` are those of the mapping's Create, userName among them."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class RestoreAccount:
    """A soft-deleted account brought back, and brought up to date with the mapping's Update."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class CorrelateAccount:
    """An account that exists becomes the person's; only the ledger changes."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class UpdateAccount:
    """Mapped fields of the Update action that differ."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class EnableAccount:
    """Access given; `fields` has isEnabled and what else the mapping's Enable changes."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class DisableAccount:
    """Access taken; `fields` has isEnabled and what else the mapping's Disable changes."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """The account soft-deleted; fields of the mapping's Delete are written just before."""

    subject: Subject
    fields: Fields


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """A new, enabled, empty group."""

    permission: Permission


@dataclass(frozen=True, slots=True)
class GrantGroup:
    """An account becomes a member of a group."""

    subject: Subject
    permission: Permission


@dataclass(frozen=True, slots=True)
class RevokeGroup:
    """An account leaves a group."""

    subject: Subject
    permission: Permission


@dataclass(frozen=True, slots=True)
class GrantProduct:
    """A product is requested for an account."""

    subject: Subject
    permission: Permission


@dataclass(frozen=True, slots=True)
class RevokeProduct:
    """Every assignment of a product to an account is returned."""

    subject: Subject
    permission: Permission


AccountChange: TypeAlias = (
    CreateAccount
    | RestoreAccount
    | CorrelateAccount
    | UpdateAccount
    | EnableAccount
    | DisableAccount
    | DeleteAccount
)
GrantChange: TypeAlias = GrantGroup | GrantProduct
RevokeChange: TypeAlias = RevokeGroup | RevokeProduct
Change: TypeAlias = AccountChange | CreateGroup | GrantChange | RevokeChange

KIND_OF: dict[type[Change], str] = {
    RevokeGroup: "revoke_group",
    RevokeProduct: "revoke_product",
    DisableAccount: "disable_account",
    CreateGroup: "create_group",
    CorrelateAccount: "correlate_account",
    RestoreAccount: "restore_account",
    CreateAccount: "create_account",
    UpdateAccount: "update_account",
    EnableAccount: "enable_account",
    GrantGroup: "grant_group",
    GrantProduct: "grant_product",
    DeleteAccount: "delete_account",
}
"""The kinds by their names in the plan, in the order in which they are carried out."""


def kind_of(change: Change) -> str:
    """Return a change's kind as the plan file spells it."""
    return KIND_OF[type(change)]
