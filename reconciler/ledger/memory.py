"""A ledger that is gone when the process ends: `ledger: none`, and a double for tests."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import assert_never

from reconciler.ledger.memory_reports import MemoryReports
from reconciler.ledger.refusals import earlier_run, lock_held, unknown_run, without_answer
from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId
from reconciler.model.plan import StepId
from reconciler.model.run import (
    Effect,
    Entry,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    Run,
    RunId,
    RunStatus,
    StepStatus,
)
from reconciler.model.state import Owned, OwnedGrant, Protection, Recorded


class MemoryLedger(MemoryReports):
    """What this process did so far; `Recorded.kept` is false."""

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self.tenant = tenant
        self._accounts: dict[PersonId, Owned] = {}
        self._grants: dict[PermissionRef, dict[AccountRef, OwnedGrant]] = {}
        self._permissions: dict[PermissionKey, PermissionRef] = {}
        self._protections: frozenset[Protection] = frozenset()
        self._runs: dict[RunId, Run] = {}
        self._entries: dict[RunId, dict[StepId, Entry]] = {}
        self._holder: str | None = None

    def recorded(self) -> Recorded:
        """Return what this process left behind."""
        return Recorded(
            accounts=dict(self._accounts),
            grants={ref: dict(held) for ref, held in self._grants.items() if held},
            permissions=dict(self._permissions),
            protections=self._protections,
            kept=False,
        )

    @contextmanager
    def lock(self, holder: str) -> Generator[None]:
        """Keep others of this process out; raises LedgerUnusable naming the holder."""
        if self._holder is not None:
            raise lock_held(f"{self._holder}, in this very process")
        self._holder = holder
        try:
            yield
        finally:
            self._holder = None

    def runs(self, plan_digest: str | None = None) -> Sequence[Run]:
        """Return the runs of this process, latest first, with their entries."""
        return tuple(
            self._with_entries(run)
            for run in reversed(self._runs.values())
            if plan_digest is None or run.plan_digest == plan_digest
        )

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> Sequence[Run]:
        """Return at most so many runs, latest first, begun before another and not before a moment."""
        runs = iter(self.runs())
        if before is not None:
            any(run.id == before for run in runs)  # goes on to the first that is older
        return tuple(islice((run for run in runs if run.started_at >= since), limit))

    def unfinished(self) -> Run | None:
        """Return the run that was begun and not ended."""
        return next((run for run in self.runs() if run.status is RunStatus.RUNNING), None)

    def begin(self, run: Run) -> None:
        """Write down that a run starts; raises LedgerUnusable while another has not ended."""
        other = self.unfinished()
        if other is not None and other.id != run.id and run.status is RunStatus.RUNNING:
            raise earlier_run(other.id, other.started_at, other.by)
        if run.id not in self._runs:
            self._runs[run.id] = replace(run, entries=())
            self._entries[run.id] = {entry.step: entry for entry in run.entries}

    def intend(self, run: RunId, steps: Sequence[StepId], at: str) -> None:
        """Write down what is about to be sent."""
        self._journal(run).update({step: Entry(step, StepStatus.INTENDED, at) for step in steps})

    def settle(self, run: RunId, entries: Sequence[Entry], effects: Sequence[Effect]) -> None:
        """Write down what became of steps, and what that changes in what we own."""
        self._journal(run).update({entry.step: entry for entry in entries})
        for effect in effects:
            self._take_in(effect)

    def end(self, run: RunId, status: RunStatus, at: str, effects: Sequence[Effect]) -> None:
        """Write down how the run ended; steps that are still intended become unconfirmed."""
        journal = self._journal(run)
        open_steps = [e for e in journal.values() if e.status is StepStatus.INTENDED]
        self.settle(run, [without_answer(entry, at) for entry in open_steps], effects)
        self._runs[run] = replace(self._runs[run], status=status, ended_at=at)

    def _journal(self, run: RunId) -> dict[StepId, Entry]:
        try:
            return self._entries[run]
        except KeyError as error:
            raise unknown_run(run) from error

    def _with_entries(self, run: Run) -> Run:
        return replace(run, entries=tuple(self._entries[run.id].values()))

    def _take_in(self, effect: Effect) -> None:
        match effect:
            case RememberAccount(owned):
                self._accounts[owned.person] = owned
            case ForgetAccount(person):
                self._accounts.pop(person, None)
                for held in self._grants.values():
                    for holder in [h for h, grant in held.items() if grant.person == person]:
                        del held[holder]
            case RememberGrant(grant):
                self._grants.setdefault(grant.permission, {})[grant.holder] = grant
            case ForgetGrant(holder, permission):
                self._grants.get(permission, {}).pop(holder, None)
            case RememberPermission(kind, name, permission):
                self._permissions[PermissionKey.of(kind, name)] = permission
            case Protect(protections):
                self._protections = frozenset(protections)
            case _:
                assert_never(effect)
