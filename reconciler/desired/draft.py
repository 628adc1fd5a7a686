"""What the sections have read so far, before the whole is checked and sorted."""

from dataclasses import dataclass, field

from reconciler.model.declared import AccountEntry, PermissionEntry
from reconciler.model.person import Person
from reconciler.model.provenance import Location


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
