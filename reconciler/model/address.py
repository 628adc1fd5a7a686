"""How things are named: persons, accounts, permissions and the grants between them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NewType
from unicodedata import normalize

PersonId = NewType("PersonId", str)
"""A person's `ExternalId`, exactly as written."""

AccountRef = NewType("AccountRef", str)
"""An account's `userGUID`, in lower case."""

PermissionRef = NewType("PermissionRef", str)
"""A group's `groupGuid` or a product's `productId`, in lower case."""


class PermissionKind(StrEnum):
    """The two kinds of permission that the tenant knows."""

    GROUP = "group"
    PRODUCT = "product"


def is_made_up(ref: str | None) -> bool:
    """Tell whether a reference stands for what exists in a forecast only: words in brackets."""
    return ref is not None and ref.startswith("(")


def fold(text: str) -> str:
    """Return the form in which HelloID compares names: without regard to case or outer blanks."""
    return caseless(text.strip())


def caseless(text: str) -> str:
    """Return the form in which texts compare without regard to case.

    An accent counts the same as a part of its letter or as a character of its own: which of the two a
    program writes nobody sees, and access must not hang on it.
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())


class PermissionKey(NamedTuple):
    """A permission as the files name it: its kind and its folded name."""

    kind: PermissionKind
    name: str

    @classmethod
    def of(cls, kind: PermissionKind, name: str) -> "PermissionKey":
        """Return the key of a permission by the name a person would write."""
        return cls(kind, fold(name))


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account in a plan; `ref` is None before the account exists."""

    ref: AccountRef | None
    user_name: str


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission in a plan; `ref` is None before the group exists."""

    kind: PermissionKind
    name: str
    ref: PermissionRef | None

    @property
    def key(self) -> PermissionKey:
        """The name the files use for it."""
        return PermissionKey.of(self.kind, self.name)


class Grant(NamedTuple):
    """One permission held by one account."""

    holder: AccountRef
    permission: PermissionRef
