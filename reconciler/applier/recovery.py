"""Lost steps: written down as about to be sent, and nothing heard. Look, then settle; never guess."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from reconciler.applier.effects import effects_of
from reconciler.applier.parts import subject_of
from reconciler.applier.ports import Tenant
from reconciler.applier.progress import Progress, lacks_reference
from reconciler.applier.references import made_by, open_references, resolve
from reconciler.applier.remembering import after
from reconciler.applier.run import Ports, StepResult
from reconciler.applier.seen import seen
from reconciler.model.address import AccountRef, PersonId
from reconciler.model.change import Change, CreateAccount, GrantProduct
from reconciler.model.plan import Step, StepId
from reconciler.model.run import Answer, Done, Entry, Run, RunStatus, StepStatus, Unheard
from reconciler.model.state import Actual, Owned, Recorded

NOT_SENT = "interrupted before it happened"
NOBODY_CAN_SAY = "it was sent or about to be sent, and nobody can say whether it happened"
NOT_IN_PLAN = "interrupted, and the plan of its run does not have it any more"


async def recover(
    unfinished: Run, steps: Sequence[Step], ports: Ports, concurrency: int = 16
) -> tuple[StepResult, ...]:
    """Settle the lost steps of another plan's run by looking, and end that run as interrupted.

    `steps` are those of its plan, parsed from `unfinished.plan`. Writes nothing to the tenant. Returns
    how the lost steps ended: done, failed where they surely did not happen, unconfirmed where nobody
    can say. The caller holds `ledger.lock` here and through all that follows, planning included.
    """
    progress = Progress(
        unfinished.id,
        steps,
        unfinished.entries,
        ports.ledger.recorded(),
        ports.ledger,
        ports.clock,
        lambda _: None,
    )
    lost = [step for step in steps if progress.is_lost(step.id)]
    answers = await look_at([progress.resolved(step) for step in lost], ports.tenant, concurrency)
    for step, answer in zip(lost, answers, strict=True):
        if isinstance(answer, Done):
            progress.settle_done([(step, answer)])
        elif answer is None:
            progress.settle([progress.ended(step, StepStatus.FAILED, NOT_SENT)])
        else:
            progress.settle([progress.ended(step, StepStatus.UNCONFIRMED, NOBODY_CAN_SAY)])
    at = progress.now.isoformat()
    strangers = _strangers(unfinished, steps)
    if strangers:
        entries = [Entry(it, StepStatus.UNCONFIRMED, at, NOT_IN_PLAN) for it in strangers]
        ports.ledger.settle(unfinished.id, entries, ())
    ports.ledger.end(unfinished.id, RunStatus.INTERRUPTED, at, ())
    return tuple(progress.result(step) for step in lost)


async def look_at(
    changes: Sequence[Change], tenant: Tenant, concurrency: int
) -> list[Answer | None]:
    """Return, for each change, Done, None where it surely did not happen, or Unheard.

    At most `concurrency` looks at a time. What cannot be looked for (a reference was never written
    down, or the answer lacks one) is Unheard.
    """
    gate = asyncio.Semaphore(concurrency)

    async def look(change: Change) -> Answer | None:
        if open_references(change):
            return Unheard("what it refers to was never heard of")
        async with gate:
            answer = await tenant.look(change)
        if isinstance(answer, Done) and lacks_reference(change, answer):
            return Unheard("the tenant gave no reference")
        return answer

    tasks = [asyncio.create_task(look(change)) for change in changes]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def lost_as_recorded(
    recorded: Recorded, run: Run, steps: Sequence[Step], actual: Actual
) -> Recorded:
    """Return what would be recorded if a run's lost steps were judged by a snapshot.

    For planning, which writes nothing: a created account found by its user name, whose fields agree,
    is ours unless it is another person's; a lost product request counts as pending.
    """
    entries = {entry.step: entry for entry in run.entries}
    made = made_by(steps, entries)
    since = _day(run.started_at)
    for step in steps:
        entry = entries.get(step.id)
        if entry is None or entry.status is not StepStatus.INTENDED:
            continue
        change = resolve(step.change, made)
        answer = None if open_references(change) else seen(change, actual)
        if answer is None and isinstance(change, GrantProduct):
            answer = Done(change.subject.account.ref, change.permission.ref, pending=True)
        if answer is None or _is_anothers(change, answer, recorded.accounts):
            continue
        owned = _owned(change, recorded.accounts)
        recorded = after(recorded, effects_of(change, answer, owned, since))
        entries[step.id] = replace(
            entry,
            status=StepStatus.DONE,
            account=answer.account,
            permission=answer.permission,
        )
    return recorded


def _strangers(run: Run, steps: Sequence[Step]) -> list[StepId]:
    latest = {entry.step: entry.status for entry in run.entries}
    known = {step.id for step in steps}
    return [
        step
        for step, status in latest.items()
        if status is StepStatus.INTENDED and step not in known
    ]


def _is_anothers(change: Change, answer: Done, accounts: Mapping[PersonId, Owned]) -> bool:
    if not isinstance(change, CreateAccount):
        return False
    owners = _owners(answer.account, accounts)
    return any(owner != change.subject.person for owner in owners)


def _owners(ref: AccountRef | None, accounts: Mapping[PersonId, Owned]) -> list[PersonId]:
    return [owned.person for owned in accounts.values() if owned.ref == ref]


def _owned(change: Change, accounts: Mapping[PersonId, Owned]) -> Owned | None:
    subject = subject_of(change)
    return None if subject is None or subject.person is None else accounts.get(subject.person)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
