"""What two revisions of the files ask for differently, on one date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reconciler.model.address import PersonId
from reconciler.model.change import Change
from reconciler.model.person import Known
from reconciler.model.provenance import Cause
from reconciler.model.state import PersonError


@dataclass(frozen=True, slots=True)
class Revision:
    """A state of the files: `name` as it was asked for, and its commit, None for the working tree."""

    name: str
    commit: str | None = None
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of what is asked for, and why. Its accounts have no reference: no tenant was asked."""

    change: Change
    cause: Cause


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that two revisions ask for differently, in the order in which kinds are carried out.

    `errors` are persons who are left out at the head, `warnings` sentences about what no single change
    can say, `persons` those that are named.
    """

    base: Revision
    head: Revision
    as_of: date
    found: tuple[Difference, ...] = ()
    errors: tuple[PersonError, ...] = ()
    warnings: tuple[str, ...] = ()
    persons: Mapping[PersonId, Known] = field(default_factory=dict[PersonId, Known])
