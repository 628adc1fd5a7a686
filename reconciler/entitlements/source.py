"""What a source of entitlements says: accounts and grants on one date, each with its reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import Declared
from reconciler.model.provenance import Origin
from reconciler.model.state import Membership, PersonError, Unwanted, Wanted

Accounts: TypeAlias = Mapping[PersonId, Wanted | Unwanted]
Grants: TypeAlias = Mapping[PermissionKey, Mapping[PersonId, Membership]]
Endings: TypeAlias = Mapping[PermissionKey, Mapping[PersonId, Origin]]


@dataclass(frozen=True, slots=True)
class Named:
    """A permission that a source speaks of: `create` where it must exist, `is_made` of person data."""

    name: str
    origin: Origin
    create: bool = False
    is_made: bool = False

    def or_first(self, other: "Named") -> "Named":
        """Return which of two says how the permission is called: one in so many words, else the first by name."""
        if not self.is_made or not other.is_made:
            return other if self.is_made else self
        one, two = (self.name, self.origin.detail), (other.name, other.origin.detail)
        return other if two < one else self


def _nothing(_key: PermissionKey) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Claims:
    """What one source asks for on a date, and what it asked for until some date that has passed.

    `manages` tells of a permission whether this source decides on members of it at all, also where it
    gives it to nobody today.
    """

    accounts: Accounts = field(default_factory=dict[PersonId, Wanted | Unwanted])
    grants: Grants = field(default_factory=dict[PermissionKey, Mapping[PersonId, Membership]])
    ended_accounts: Mapping[PersonId, Origin] = field(default_factory=dict[PersonId, Origin])
    ended_grants: Endings = field(default_factory=dict[PermissionKey, Mapping[PersonId, Origin]])
    names: Mapping[PermissionKey, Named] = field(default_factory=dict[PermissionKey, Named])
    manages: Callable[[PermissionKey], bool] = _nothing
    errors: tuple[PersonError, ...] = ()
    """Of persons with an account only: nobody else can hold anything."""

    def naming_also(self, other: "Claims") -> "Claims":
        """Return these claims, of permissions that others name or manage too; nobody else gets anything."""
        names = dict(self.names)
        for key, named in other.names.items():
            known = names.get(key)
            names[key] = named if known is None else known.or_first(named)

        def manages(key: PermissionKey) -> bool:
            return self.manages(key) or other.manages(key)

        return replace(self, names=names, manages=manages)


Source: TypeAlias = Callable[[Declared, date], Claims]
"""Reads the declared state as of a date. Pure, like everything here."""
