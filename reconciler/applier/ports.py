"""What applying needs of others: the tenant, the ledger, the dice and the clock."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from reconciler.model.address import PermissionRef
from reconciler.model.change import Change
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.plan import StepId
from reconciler.model.run import Answer, Effect, Entry, Run, RunId, RunStatus
from reconciler.model.state import Actual, Recorded
from reconciler.model.value import Generated, Plain, Secret


class Tenant(Protocol):
    """The tenant, read and written."""

    async def read(self, members_of: Collection[PermissionRef] | None = None) -> Actual:
        """Read the tenant in full; with `members_of`, only these groups' members.

        Raises TenantUnreadable where anything is missing, AccessDenied on 401.
        """
        ...

    async def carry_out(
        self,
        change: Change,
        drawn: Mapping[str, Secret | Plain],
        about_to_write: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Ask the tenant for one change, whose references are all known.

        `drawn` holds the generated fields. Checks what the change builds on right before writing; a
        product request, of which the tenant may show no trace, calls `about_to_write` in between.
        """
        ...

    async def look(self, change: Change) -> Answer | None:
        """Tell whether a change happened: Done, None when it surely did not, Unheard when nobody can say."""
        ...


class Dice(Protocol):
    """Draws the generated fields of one person, from a cryptographic source."""

    def draw(self, person: Person, stage: Stage, field: Generated) -> Secret | Plain:
        """Return a fresh value for the field."""
        ...


class Clock(Protocol):
    """The time, always with a zone."""

    def now(self) -> datetime:
        """Return this moment in UTC."""
        ...


class Ledger(Protocol):
    """What we own and what we did, for one tenant. Every call is one transaction."""

    def recorded(self) -> Recorded:
        """Return what earlier applies left behind."""
        ...

    def lock(self, holder: str) -> AbstractContextManager[None]:
        """Hold the tenant's lock; raises LedgerUnusable naming a living holder; takes over a dead one's."""
        ...

    def runs(self, plan_digest: str | None = None) -> Sequence[Run]:
        """Return the runs, latest first, with their entries; only those of a plan where asked."""
        ...

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> Sequence[Run]:
        """Return at most so many runs, latest first, with their entries; no other's plan is read.

        Only runs begun before the run `before`, and not before the moment `since` (ISO 8601 in UTC).
        """
        ...

    def unfinished(self) -> Run | None:
        """Return the run that never ended, if there is one."""
        ...

    def begin(self, run: Run) -> None:
        """Write down that a run starts."""
        ...

    def intend(self, run: RunId, steps: Sequence[StepId], at: str) -> None:
        """Write down what is about to be sent."""
        ...

    def settle(self, run: RunId, entries: Sequence[Entry], effects: Sequence[Effect]) -> None:
        """Write down what became of steps, and what that changes in what we own."""
        ...

    def end(self, run: RunId, status: RunStatus, at: str, effects: Sequence[Effect]) -> None:
        """Write down how the run ended."""
        ...
