"""What apply is given and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.applier.ports import Clock, Dice, Ledger, Tenant
from reconciler.applier.settling import Files
from reconciler.model.address import PersonId
from reconciler.model.person import Person
from reconciler.model.plan import Plan, Step, StepId
from reconciler.model.run import RunId, RunStatus, StepStatus
from reconciler.model.state import Actual, PersonError
from reconciler.model.value import Plain, Secret


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run as it begins: `document` is the plan's JSON, `started_at` ISO 8601 in UTC.

    Where an earlier run of the same plan goes on, that run keeps its own id and beginning.
    """

    id: RunId
    plan_digest: str
    document: str
    by: str
    commit: str | None
    started_at: str


HearDrawn: TypeAlias = Callable[[StepId, Mapping[str, Secret | Plain]], None]


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside that applying needs; `persons` are those that generated fields are drawn for.

    `drawn`, where somebody has to tell them to a person, hears the generated fields of each step right
    before it is sent. They are in memory only; whoever hears them must not write them down. `files`
    tell what they ask for by now; without them only ledger and tenant say whether an issue is still there.
    """

    tenant: Tenant
    ledger: Ledger
    dice: Dice
    clock: Clock
    persons: Mapping[PersonId, Person]
    drawn: HearDrawn | None = None
    files: Files | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How to apply: `grace_seconds` is how long a stopped run waits for requests in flight.

    Product requests that had waited for `pending_days` on the plan's day may be made again; None: none may.
    `later` is the plan, if there is one, that was made after this one and applied before it. `seen` is what
    this very command drew the plan from, where nobody was asked since: a plan that sends nothing reads no more.
    """

    concurrency: int = 16
    skip_stale: bool = False
    allow_resume: bool = True
    grace_seconds: float = 10.0
    pending_days: int | None = None
    later: Plan | None = None
    seen: Actual | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended; `error` says why it is not done."""

    step: Step
    status: StepStatus
    at: str
    error: str = ""


Watch: TypeAlias = Callable[[StepResult], None]
"""Is told of every step as it ends; of one whose end is corrected by reading back, twice."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, with every step in the plan's order; `left_out` are the plan's persons in error."""

    run: RunId
    status: RunStatus
    results: tuple[StepResult, ...]
    warnings: tuple[str, ...] = ()
    left_out: tuple[PersonError, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where everything asked for is done or pending, else 5."""
        return 0 if self.status is RunStatus.DONE and not self.left_out else 5
