"""Where a run stands: its journal in memory, never ahead of the ledger's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reconciler.applier.effects import effects_of, unconfirmed
from reconciler.applier.parts import describe, subject_of
from reconciler.applier.ports import Clock, Ledger
from reconciler.applier.references import Made, note_made, resolve
from reconciler.applier.run import StepResult, Watch
from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId
from reconciler.model.change import Change, CreateAccount, CreateGroup
from reconciler.model.plan import Step, StepId
from reconciler.model.run import (
    Done,
    Effect,
    Entry,
    ForgetAccount,
    RememberAccount,
    RunId,
    StepStatus,
)
from reconciler.model.state import Owned, Recorded

GOOD = frozenset({StepStatus.DONE, StepStatus.PENDING})
"""Ends on which steps that need this one may build."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a step ended, and what that changes in what we own."""

    step: Step
    entry: Entry
    effects: tuple[Effect, ...] = ()


class Progress:
    """The local state of one run. Every change is committed to the ledger first, then shown to `watch`."""

    def __init__(
        self,
        run: RunId,
        steps: Sequence[Step],
        entries: Iterable[Entry],
        recorded: Recorded,
        ledger: Ledger,
        clock: Clock,
        watch: Watch,
    ) -> None:
        self.run = run
        self.before = recorded
        self.warnings: list[str] = []
        self._ledger, self._clock, self._watch = ledger, clock, watch
        self._steps = {step.id: step for step in steps}
        self._entries: dict[StepId, Entry] = {}
        self._owned: dict[PersonId, Owned] = dict(recorded.accounts)
        self._accounts: dict[PersonId, AccountRef] = {}
        self._permissions: dict[PermissionKey, PermissionRef] = {}
        self._names: dict[AccountRef, str] = {}
        for entry in entries:
            if entry.step in self._steps:
                self._entries[entry.step] = entry
        for step in steps:
            self._note(step)

    @property
    def accounts(self) -> Mapping[PersonId, Owned]:
        """What is ours now, in this run's view."""
        return self._owned

    @property
    def made(self) -> Made:
        """What the run made so far; a view that grows with it."""
        return Made(self._accounts, self._permissions, self._names)

    @property
    def now(self) -> datetime:
        """The moment by the clock, in UTC."""
        return self._clock.now()

    @property
    def today(self) -> date:
        """The day since which a grant of this moment is held."""
        return self.now.date()

    def status(self, step: StepId) -> StepStatus | None:
        """Return how a step ended, `intended` where it was about to be sent, None before that."""
        entry = self._entries.get(step)
        return None if entry is None else entry.status

    def entry(self, step: StepId) -> Entry | None:
        """Return a step's line in the journal."""
        return self._entries.get(step)

    def called(self, step: StepId) -> str:
        """Return a step in a few words."""
        return describe(self._steps[step].change)

    def has_ended(self, step: StepId) -> bool:
        """Tell whether a step needs nothing any more in this run."""
        return self.status(step) not in (None, StepStatus.INTENDED)

    def is_lost(self, step: StepId) -> bool:
        """Tell whether a step was about to be sent and nothing is known of it since."""
        return self.status(step) is StepStatus.INTENDED

    def resolved(self, step: Step) -> Change:
        """Return a step's change with all references known by now."""
        return resolve(step.change, self.made)

    def owned(self, change: Change) -> Owned | None:
        """Return the account of a change's person as the ledger has it now."""
        subject = subject_of(change)
        return (
            None if subject is None or subject.person is None else self._owned.get(subject.person)
        )

    def intend(self, steps: Sequence[Step]) -> None:
        """Write down, in one commit, what is about to be sent."""
        at = self._at()
        self._ledger.intend(self.run, [step.id for step in steps], at)
        for step in steps:
            self._entries[step.id] = Entry(step.id, StepStatus.INTENDED, at)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Write down, in one commit, how steps ended; then go on from that."""
        if not settlements:
            return
        effects = [effect for settled in settlements for effect in settled.effects]
        self._ledger.settle(self.run, [settled.entry for settled in settlements], effects)
        for effect in effects:
            self._own(effect)
        for settled in settlements:
            self._entries[settled.step.id] = settled.entry
            self._note(settled.step)
            self._watch(self.result(settled.step))

    def settle_done(self, answers: Sequence[tuple[Step, Done]]) -> None:
        """Settle steps that the tenant did, with what that changes in what we own."""
        for step, answer in answers:
            if answer.note:
                self.warnings.append(f"{describe(step.change)}: {answer.note}")
        self.settle([self.done(step, answer) for step, answer in answers])

    def done(self, step: Step, answer: Done) -> Settlement:
        """Return the settlement of a step that the tenant did."""
        change = self.resolved(step)
        status = StepStatus.PENDING if answer.pending else StepStatus.DONE
        entry = Entry(
            step.id, status, self._at(), account=answer.account, permission=answer.permission
        )
        return Settlement(step, entry, effects_of(change, answer, self.owned(change), self.today))

    def ended(self, step: Step, status: StepStatus, error: str) -> Settlement:
        """Return the settlement of a step that is not done, and why."""
        effects: tuple[Effect, ...] = ()
        if status is StepStatus.UNCONFIRMED:
            effects = unconfirmed(self.resolved(step), self.today)
        return Settlement(step, Entry(step.id, status, self._at(), error), effects)

    def result(self, step: Step) -> StepResult:
        """Return how a step ended, for people."""
        entry = self._entries[step.id]
        return StepResult(step, entry.status, entry.at, entry.error)

    def _at(self) -> str:
        return self.now.isoformat()

    def _own(self, effect: Effect) -> None:
        match effect:
            case RememberAccount(owned):
                self._owned[owned.person] = owned
            case ForgetAccount(person):
                self._owned.pop(person, None)
            case _:
                pass

    def _note(self, step: Step) -> None:
        entry = self._entries.get(step.id)
        if entry is not None and entry.status in GOOD:
            note_made(step.change, entry, self._accounts, self._permissions, self._names)


def lacks_reference(change: Change, answer: Done) -> bool:
    """Tell whether an answer leaves out the reference of what was made, so that nothing can build on it."""
    match change:
        case CreateAccount():
            return answer.account is None
        case CreateGroup():
            return answer.permission is None
        case _:
            return False
