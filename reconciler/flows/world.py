"""Everything outside that the flows need, handed in as one frozen value."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, TypeAlias

from reconciler.applier.ports import Dice, Ledger, Tenant
from reconciler.governance.ports import ReportBook
from reconciler.model.address import PersonId
from reconciler.model.difference import Revision
from reconciler.model.mapped import Stage
from reconciler.model.problem import Problem
from reconciler.model.settings import Settings
from reconciler.model.state import Actual
from reconciler.model.value import JSON, Plain
from reconciler.planner.ports import Mapper


class PersonMapping(Mapper, Dice, Protocol):
    """The field mapping, for planning, for drawing generated fields, and for what is kept and told."""

    def stored(self) -> tuple[str, ...]:
        """Return the fields to keep as account data, sorted; never a password."""
        ...

    def notified(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that notifications of an action may use, sorted."""
        ...

    def unique(self) -> tuple[str, ...]:
        """Return the fields that the mapping itself says must be unique."""
        ...

    def on(self, day: date) -> "PersonMapping":
        """Return the mapping as of a day: what its scripts take for today."""
        ...

    def seeing(self, accounts: Mapping[PersonId, Mapping[str, Plain]]) -> "PersonMapping":
        """Return the mapping with the account data of each person, seen as `Person.Accounts.HelloID`."""
        ...


class ReadableTenant(Tenant, Protocol):
    """A tenant that can also be saved as a snapshot document."""

    async def snapshot(self) -> dict[str, JSON]:
        """Read the tenant in full and return the snapshot document."""
        ...


class Books(Ledger, ReportBook, Protocol):
    """The ledger: what we own and what we did, and what earlier reports found."""


ReadMapping: TypeAlias = Callable[
    [bytes, str, Settings, datetime], tuple[PersonMapping | None, tuple[Problem, ...]]
]
OpenTenant: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[ReadableTenant]]


class Revisions(Protocol):
    """The project's files as git has them."""

    def span(self, base: str, head: str | None) -> tuple[str, str | None]:
        """Return the two revisions that are meant, also where one word names both (`main...feature`)."""
        ...

    def place(self) -> str:
        """Return the project's folder in its repository, as in `access/`; empty at its top, or without git."""
        ...

    def at(
        self, revision: str, *, whole: bool
    ) -> AbstractContextManager[tuple["World | None", Revision]]:
        """Open the project as it is at a revision; None where there is no project. Raises BadInput.

        Unless it is to be whole, it has only the files that projects are usually made of.
        """
        ...


@dataclass(frozen=True, slots=True)
class World:
    """A project's place and the doors to the rest; `cli.wiring` makes it.

    `config` is the path of `reconciler.yaml`, as the user gave it; its folder is the project.
    """

    config: Path
    environ: Mapping[str, str]
    read_mapping: ReadMapping
    open_tenant: OpenTenant
    open_ledger: Callable[[Settings], Books]
    read_snapshot: Callable[[bytes, str, Settings], Actual]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    by: str
    commit: Callable[[], str | None]
    revisions: Revisions

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.config.parent


@dataclass(frozen=True, slots=True)
class Copy:
    """A world with a tenant and a ledger of its own, below a folder that goes with them."""

    world: World
    folder: Path
