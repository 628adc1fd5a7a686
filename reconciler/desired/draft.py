"""What the sections have read so far, before the whole is checked and sorted."""

from dataclasses import dataclass, field
from datetime import date

from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import AccountEntry, PermissionEntry
from reconciler.model.person import Person
from reconciler.model.policy import Policy
from reconciler.model.provenance import Location
from reconciler.model.resolution import Resolution
from reconciler.model.rules import FieldPath, PermissionName, Resource, Rule


@dataclass(frozen=True, slots=True)
class Example:
    """One entry below `examples`: a person, a day, and what the rules must give; None is not looked at."""

    name: str
    person: Person | PersonId
    """Given in full, or a person of the files."""
    as_of: date
    account: str | None
    groups: tuple[str, ...] | None
    products: tuple[str, ...] | None
    at: Location


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a rule, a policy or an entry (`what`, as messages say it) names a permission."""

    permission: PermissionName
    what: str
    at: Location
    is_earlier: bool = False
    """An earlier name of an entry."""


@dataclass(slots=True)
class Draft:
    """Filled by the sections, one record at a time, in the files' order."""

    persons: list[Person] = field(default_factory=list[Person])
    excluded: list[Person] = field(default_factory=list[Person])
    exports: list[tuple[str, Location]] = field(default_factory=list[tuple[str, Location]])
    """Paths below `persons_from`, relative to the file that names them."""
    accounts: list[AccountEntry] = field(default_factory=list[AccountEntry])
    permissions: list[PermissionEntry] = field(default_factory=list[PermissionEntry])
    lost_records: bool = False
    """A file could not be read to its end, so a name that is missing may well be there."""
    lost_accounts: bool = False
    """An account entry had a problem and is not here, so neither is what it asks for."""
    rules: list[Rule] = field(default_factory=list[Rule])
    resources: list[Resource] = field(default_factory=list[Resource])
    examples: list[Example] = field(default_factory=list[Example])
    policies: list[Policy] = field(default_factory=list[Policy])
    resolutions: list[Resolution] = field(default_factory=list[Resolution])
    mentions: list[Mention] = field(default_factory=list[Mention])
    """Where rules and policies name permissions, and the earlier names of entries."""
    strange_paths: list[tuple[FieldPath, Location]] = field(
        default_factory=list[tuple[FieldPath, Location]]
    )
    """Paths that HelloID's model does not have; some person may have them all the same."""
    authorities: list[tuple[PermissionKey, Location]] = field(
        default_factory=list[tuple[PermissionKey, Location]]
    )
    """Authoritative permissions without a list of members."""
    lost_rules: bool = False
    """A rule had a problem and is not here, so neither is what it gives."""
