"""What a source of entitlements says: accounts and grants on one date, each with its reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
class Claims:
    """What one source asks for on a date, and what it asked for until some date that has passed."""

    accounts: Accounts = field(default_factory=dict[PersonId, Wanted | Unwanted])
    grants: Grants = field(default_factory=dict[PermissionKey, Mapping[PersonId, Membership]])
    ended_accounts: Mapping[PersonId, Origin] = field(default_factory=dict[PersonId, Origin])
    ended_grants: Endings = field(default_factory=dict[PermissionKey, Mapping[PersonId, Origin]])
    errors: tuple[PersonError, ...] = ()


Source: TypeAlias = Callable[[Declared, date], Claims]
"""Reads the declared state as of a date. Pure, like everything here."""
