"""Carrying out an approved plan, from the first check to the last line of the journal."""

import asyncio
from collections.abc import Mapping, Sequence

from reconciler.applier.bookkeeping import closing_effects
from reconciler.applier.order import Order, in_waves
from reconciler.applier.overtaking import overtaken
from reconciler.applier.parts import describe
from reconciler.applier.preconditions import ground_of, stale_steps
from reconciler.applier.progress import GOOD, Progress
from reconciler.applier.readback import compared, touched_groups, unread
from reconciler.applier.recovery import NOBODY_CAN_SAY, look_at
from reconciler.applier.run import Options, Outcome, Ports, RunStart, Watch
from reconciler.applier.sending import Wave
from reconciler.applier.settling import settled_meanwhile
from reconciler.errors import AccessDenied, Interrupted, PlanNotUsable, TenantUnreadable
from reconciler.governance.approval import ApprovedPlan
from reconciler.model.change import CorrelateAccount
from reconciler.model.plan import Plan, Step, StepId
from reconciler.model.run import Answer, Done, Run, RunStatus, StepStatus
from reconciler.model.state import Actual, OwnedGrant

SHOWN = 20
"""So many stale actions are named in a refusal; the rest are counted."""


async def apply(
    approved: ApprovedPlan, run: RunStart, ports: Ports, options: Options, watch: Watch
) -> Outcome:
    """Carry out a plan, or go on with a run of it that was interrupted.

    Before the first write everything is checked; whatever stops it there leaves tenant and ledger as
    they were, save that lost steps of an earlier run are settled. Raises PlanNotUsable (stale, or
    another plan's run is unfinished: see `recover`), TenantUnreadable, AccessDenied, LedgerUnusable;
    Interrupted where it is cancelled: what was done is recorded, and applying the same plan goes on.

    The caller holds `ledger.lock(holder)`, from before the plan is drawn or loaded until this returns,
    so that nobody writes between planning and applying; apply takes no lock itself.
    """
    try:
        return await _apply(approved.plan, run, ports, options, watch)
    except asyncio.CancelledError as stop:
        raise Interrupted(
            "Interrupted",
            "What was done is recorded.",
            "Apply the same plan again to go on from there.",
        ) from stop


async def _apply(
    plan: Plan, run: RunStart, ports: Ports, options: Options, watch: Watch
) -> Outcome:
    order = in_waves(plan.steps)
    earlier = _earlier_run(run, ports, options)
    progress = Progress(
        run.id if earlier is None else earlier.id,
        plan.steps,
        () if earlier is None else earlier.entries,
        ports.ledger.recorded(),
        ports.ledger,
        ports.clock,
        watch,
    )

    lost = [step for step in order.steps if progress.is_lost(step.id)]
    answers = await look_at(
        [progress.resolved(step) for step in lost], ports.tenant, options.concurrency
    )
    is_seen = earlier is None and not _sends(order.steps)
    actual = (options.seen if is_seen else None) or await _read(order.steps, progress, ports)
    _settle_lost(lost, answers, progress)

    stale = _stale(plan, order, progress, actual, ports, options)
    if stale and not options.skip_stale:
        raise _refusal(stale, plan.steps, resumed=earlier is not None)
    if earlier is None:
        ports.ledger.begin(_begun(run))
    by_id = {step.id: step for step in plan.steps}
    progress.settle([progress.ended(by_id[it], StepStatus.STALE, why) for it, why in stale.items()])

    open_steps = [step for step in plan.steps if not progress.has_ended(step.id)]
    for steps in order.waves:
        await Wave(steps, order, progress, ports, options).carry_out()
    await _read_back(order.steps, progress, ports, None if _sends(open_steps) else actual)
    return _close(plan, progress, ports)


def _earlier_run(run: RunStart, ports: Ports, options: Options) -> Run | None:
    unfinished = ports.ledger.unfinished()
    if unfinished is None:
        return None
    if unfinished.plan_digest != run.plan_digest:
        raise PlanNotUsable(
            "An earlier apply was interrupted",
            f"Run {unfinished.id} of {unfinished.started_at} carried out another plan and never ended.",
            "Nothing was changed. Settle that run, then plan again:\n  reconciler apply",
        )
    if not options.allow_resume:
        raise PlanNotUsable(
            "An earlier apply of this plan was interrupted",
            f"Run {unfinished.id} of {unfinished.started_at} never ended.",
            "Nothing was changed. Let it go on from there:\n  reconciler apply FILE",
        )
    return unfinished


def _sends(steps: Sequence[Step]) -> bool:
    """Tell whether anything is written to the tenant: taking an account over is not."""
    return not all(isinstance(step.change, CorrelateAccount) for step in steps)


async def _read(steps: Sequence[Step], progress: Progress, ports: Ports) -> Actual | None:
    """Read what the steps are about; a plan without steps needs no tenant."""
    if not steps:
        return None
    return await ports.tenant.read(touched_groups(steps, progress))


def _settle_lost(
    lost: Sequence[Step], answers: Sequence[Answer | None], progress: Progress
) -> None:
    """Settle what looking told; what surely did not happen is left to be done again."""
    for step, answer in zip(lost, answers, strict=True):
        if isinstance(answer, Done):
            progress.settle_done([(step, answer)])
        elif answer is not None:
            progress.settle([progress.ended(step, StepStatus.UNCONFIRMED, NOBODY_CAN_SAY)])


def _stale(
    plan: Plan,
    order: Order,
    progress: Progress,
    actual: Actual | None,
    ports: Ports,
    options: Options,
) -> dict[StepId, str]:
    if actual is None:
        return {}
    ended = {step.id for step in order.steps if progress.has_ended(step.id)}

    def is_asked_again(request: OwnedGrant) -> bool:
        days, since = options.pending_days, request.since
        return days is not None and since is not None and (plan.as_of - since).days >= days

    ground = ground_of(
        order.steps,
        ended,
        actual,
        progress.made,
        ports.persons,
        progress.before,
        is_asked_again,
    )
    remaining = _still_to_run(order, progress)
    settled = settled_meanwhile(plan.issues, remaining, actual, progress.before, ports.files)
    gone = overtaken(remaining, options.later)
    return {**gone, **settled, **stale_steps(remaining, ground)}


def _still_to_run(order: Order, progress: Progress) -> list[Step]:
    """Return the steps that can still run: what needs a step that failed before is skipped anyway."""
    remaining: list[Step] = []
    held_back: set[StepId] = set()
    for step in order.steps:
        if progress.has_ended(step.id):
            if progress.status(step.id) not in GOOD:
                held_back.add(step.id)
        elif held_back.isdisjoint(order.needs[step.id]):
            remaining.append(step)
        else:
            held_back.add(step.id)
    return remaining


def _refusal(stale: Mapping[StepId, str], steps: Sequence[Step], *, resumed: bool) -> PlanNotUsable:
    lines = [f"{describe(step.change)}: {stale[step.id]}" for step in steps if step.id in stale]
    if len(lines) > SHOWN:
        lines[SHOWN:] = [f"and {len(lines) - SHOWN} more"]
    done = "Nothing more was changed" if resumed else "Nothing was changed"
    return PlanNotUsable(
        "The plan is stale: what it builds on has changed in the tenant",
        "\n".join(lines),
        f"{done}. Plan again, or leave just these out with --skip-stale.",
    )


def _begun(run: RunStart) -> Run:
    return Run(
        run.id,
        run.plan_digest,
        run.started_at,
        None,
        RunStatus.RUNNING,
        run.by,
        run.commit,
        run.document,
    )


async def _read_back(
    steps: Sequence[Step], progress: Progress, ports: Ports, actual: Actual | None
) -> None:
    if not any(progress.status(step.id) in (*GOOD, StepStatus.UNCONFIRMED) for step in steps):
        return
    if actual is None:
        try:
            actual = await ports.tenant.read(touched_groups(steps, progress))
        except (TenantUnreadable, AccessDenied) as reason:
            progress.warnings.append(f"Nothing could be read back: {reason.summary}")
            progress.settle(unread(steps, progress))
            return
    progress.settle(compared(steps, progress, actual))


def _close(plan: Plan, progress: Progress, ports: Ports) -> Outcome:
    results = tuple(progress.result(step) for step in plan.steps)
    statuses = {result.step.id: result.status for result in results}
    complete = all(status in GOOD for status in statuses.values())
    status = RunStatus.DONE if complete else RunStatus.INCOMPLETE
    effects = closing_effects(
        plan.bookkeeping, plan.steps, statuses, progress.today, progress.accounts
    )
    ports.ledger.end(progress.run, status, progress.now.isoformat(), effects)
    return Outcome(progress.run, status, results, tuple(progress.warnings), plan.errors)
