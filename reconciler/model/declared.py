"""What the files declare, with provenance, before any date or rule is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reconciler.model.address import PermissionKind, PersonId
from reconciler.model.person import Person
from reconciler.model.policy import Policy
from reconciler.model.provenance import Location
from reconciler.model.resolution import Resolution
from reconciler.model.rules import Resource, Rule
from reconciler.model.value import Plain


class AccountState(StrEnum):
    """What an explicit account entry asks for."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which an entry exists: `start` included, `until` excluded, None is open."""

    start: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the entry exists on that day."""
        return not self.is_future(day) and not self.is_over(day)

    def is_over(self, day: date) -> bool:
        """Tell whether the entry ended on or before that day."""
        return self.until is not None and day >= self.until

    def is_future(self, day: date) -> bool:
        """Tell whether the entry begins only after that day."""
        return self.start is not None and day < self.start


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One line below `accounts`; `fields` override mapped fields of that person."""

    person: PersonId
    state: AccountState
    period: Period
    fields: Mapping[str, Plain]
    at: Location


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """One line below `members`."""

    person: PersonId
    period: Period
    reason: str | None
    ticket: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class PermissionEntry:
    """One entry below `groups` or `products`; `members` is None where membership is not managed."""

    kind: PermissionKind
    name: str
    previously: tuple[str, ...]
    create: bool
    authoritative: bool
    protected: bool
    description: str | None
    members: tuple[MemberEntry, ...] | None
    at: Location


@dataclass(frozen=True, slots=True)
class Declared:
    """All that the desired files say. Sorted by person and by name; free of duplicates.

    `digest` ("sha256:…") covers all of it and the field mapping, but no location, and does not
    depend on the order of files or records.
    """

    persons: Mapping[PersonId, Person]
    accounts: tuple[AccountEntry, ...]
    permissions: tuple[PermissionEntry, ...]
    digest: str = ""
    files: tuple[str, ...] = field(default=())
    rules: tuple[Rule, ...] = ()
    """Sorted by name; no name twice."""
    resources: tuple[Resource, ...] = ()
    policies: tuple[Policy, ...] = ()
    """Sorted by name; no name twice."""
    resolutions: tuple[Resolution, ...] = ()
    """Sorted by issue type and by what they are about."""
