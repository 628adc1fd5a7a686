"""Apply: carry out exactly a plan that was approved, saved or fresh."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from reconciler.applier.bookkeeping import outlived
from reconciler.applier.loop import apply
from reconciler.applier.ports import Ledger
from reconciler.applier.recovery import recover
from reconciler.applier.run import Options, Outcome, Ports, RunStart, StepResult
from reconciler.entitlements.meeting import meeting
from reconciler.errors import Interrupted, PlanNotUsable
from reconciler.flows.asking import FilesNow
from reconciler.flows.events import events_of
from reconciler.flows.journal import latest_runs
from reconciler.flows.notifying import Ears, command_words, notify
from reconciler.flows.planning import Planned, PlanOptions, make_plan
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.saved import plan_bytes
from reconciler.flows.world import PersonMapping, ReadableTenant, World
from reconciler.governance.approval import ApprovedPlan, approve
from reconciler.governance.judging import judge_again
from reconciler.governance.policies import PolicyMeasure, Result, measure_policies
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.run import Run, RunId, RunStatus, StepStatus
from reconciler.model.state import Actual
from reconciler.model.value import JSON, Generated, Plain, Secret
from reconciler.planner.exposure import touched_again
from reconciler.reports.document import write_text
from reconciler.reports.reading import PlanHeader, check_current, check_intact, read_plan


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What admits a saved plan, and whether stale actions are left out instead of refusing it all.

    A rehearsal carries out on a copy: it needs no credentials, and nobody is told. Where nobody is asked, a
    fresh plan is carried out at once: what it was drawn from is what the tenant holds.
    """

    acks: Mapping[str, int] = field(default_factory=dict[str, int])
    allow_protected: bool = False
    skip_stale: bool = False
    is_rehearsal: bool = False
    is_unasked: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """The plan's document and how its run ended; `outcome` None where the user said no.

    `untold` are the steps of an earlier, interrupted run of which nobody can say whether they happened.
    """

    document: Mapping[str, JSON]
    outcome: Outcome | None
    untold: tuple[StepResult, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where all is done, 1 where the user said no, 5 where something is not done or not sure."""
        if self.outcome is None:
            return 1
        return 5 if self.untold else self.outcome.exit_code


class Audience(Protocol):
    """Who is told how an apply gets on."""

    def starts(self, steps: int) -> None:
        """Hear that so many steps are about to be carried out."""
        ...

    def ended(self, result: StepResult) -> None:
        """Hear how a step ended; of one whose end is corrected by reading back, twice."""
        ...


@dataclass(frozen=True, slots=True)
class _Clock:
    world: World

    def now(self) -> datetime:
        return self.world.now().astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Dice:
    """Draws with the account data that the ledger keeps, read when the first field is drawn."""

    project: Project
    ledger: Ledger
    seeing: list[PersonMapping] = field(default_factory=list[PersonMapping])

    def draw(self, person: Person, stage: Stage, field: Generated) -> Secret | Plain:
        if not self.seeing:
            self.seeing.append(self.project.seeing(self.ledger.recorded()).mapping)
        return self.seeing[0].draw(person, stage, field)


async def apply_saved(
    world: World, file: Path, options: ApplyOptions, audience: Audience
) -> Applied:
    """Carry out a saved plan. Every refusal comes before the first write."""
    data = plan_bytes(file)
    plan, header = read_plan(data, str(file))
    check_intact(header)
    project = read_project(world, need_credentials=not options.is_rehearsal).on(plan.as_of)
    if plan.base_url != project.settings.target.base_url:
        raise PlanNotUsable(
            "The plan is for another tenant",
            f"It was drawn for {plan.base_url}; target.base_url is {project.settings.target.base_url}.",
            "Plan again for this tenant: reconciler plan -o FILE",
        )
    ledger = world.open_ledger(project.settings)
    _check_not_applied(ledger, header)
    if not _is_resumed(ledger, header.digest):
        check_current(header, world.now())
    latest = _latest(ledger)
    approved = _approved(project, plan, header, ledger, options)
    text = data.decode()
    async with world.open_tenant(project.settings) as tenant:
        with ledger.lock(world.by):
            _check_not_applied(ledger, header)
            if _latest(ledger) != latest:  # somebody else applied between looking and locking
                approved = _approved(project, plan, header, ledger, options)
            ports = _ports(world, project, tenant, ledger, plan.as_of)
            untold = await _recover_others(ports, header.digest)
            later = _later_plan(ledger, plan, header)
            written = (header.digest, text)
            outcome = await _run(world, project, approved, written, ports, options, audience, later)
    return Applied(header.document, outcome, untold)


async def apply_fresh(
    world: World,
    plan_options: PlanOptions,
    options: ApplyOptions,
    audience: Audience,
    ask: Callable[[Planned], bool],
) -> Applied:
    """Plan, ask, and carry out. What an earlier run left unsettled is settled first.

    The lock is held throughout, the question included: what somebody else applies between plan and
    apply, such as a request that waits for approval, the tenant need not show.
    """
    project = read_project(world, need_credentials=True)
    ledger = world.open_ledger(project.settings)
    async with world.open_tenant(project.settings) as tenant:
        with ledger.lock(world.by):
            day = plan_options.as_of or today(world, project.settings)
            untold = await _recover_others(_ports(world, project, tenant, ledger, day), None)
            planned = await make_plan(world, plan_options, project)
            if not planned.is_refused and not ask(planned):
                return Applied(planned.document, None, untold)
            outcome = await _run(
                world,
                planned.project,
                approve(planned.plan),
                (str(planned.document["digest"]), write_text(planned.document)),
                _ports(world, planned.project, tenant, ledger, planned.plan.as_of),
                options,
                audience,
                seen=planned.actual if options.is_unasked else None,
            )
    return Applied(planned.document, outcome, untold)


def _approved(
    project: Project, plan: Plan, header: PlanHeader, ledger: Ledger, options: ApplyOptions
) -> ApprovedPlan:
    """Judge a saved plan by the files and the ledger of now. Raises SafeguardRefused."""
    safeguards = project.settings.safeguards
    protections = ledger.recorded().protections
    if _is_outlived(header, ledger):
        plan = replace(plan, bookkeeping=outlived(plan, protections))
    judged = judge_again(
        plan,
        safeguards,
        options.acks,
        allow_protected=options.allow_protected,
        touched=touched_again(plan, protections, safeguards.protected_accounts),
        policies=_policies_of_today(project, plan),
    )
    return approve(judged)


def _latest(ledger: Ledger) -> tuple[RunId, RunStatus] | None:
    run = next(iter(ledger.latest_runs(1)), None)
    return None if run is None else (run.id, run.status)


def _policies_of_today(project: Project, plan: Plan) -> tuple[PolicyMeasure, ...]:
    policies = project.declared.policies
    if not policies:
        return ()
    return measure_policies(policies, Result(project.desired(plan.as_of), plan), meeting)


def _is_outlived(header: PlanHeader, ledger: Ledger) -> bool:
    """Tell whether something else was applied after the plan was made: no run begins before another's end."""
    others = (run for run in latest_runs(ledger, page=1) if run.plan_digest != header.digest)
    latest = next(others, None)
    if latest is None:
        return False
    ended = datetime.fromisoformat(latest.ended_at or latest.started_at)
    return ended.replace(microsecond=0) > header.created_at


def _later_plan(ledger: Ledger, plan: Plan, header: PlanHeader) -> Plan | None:
    """Return the latest plan that was made after this one and applied before it.

    None where that was drawn from the same files for the same day: it decided nothing otherwise.
    """
    runs = (run for run in runs_since(ledger, header) if run.plan_digest != header.digest)
    plans = [read_plan(run.plan.encode(), f"run {run.id}") for run in runs]
    later, its = max(plans, key=lambda each: each[1].created_at, default=(plan, header))
    is_same = (later.desired_digest, later.as_of) == (plan.desired_digest, plan.as_of)
    return None if is_same or its.created_at <= header.created_at else later


def runs_since(ledger: Ledger, header: PlanHeader) -> Iterator[Run]:
    """Yield the runs begun since a plan was made, latest first."""
    made = header.created_at.astimezone(UTC)
    return latest_runs(ledger, since=made.isoformat(timespec="seconds"))


def _ports(
    world: World, project: Project, tenant: ReadableTenant, ledger: Ledger, as_of: date
) -> Ports:
    dice, persons = _Dice(project, ledger), project.declared.persons
    return Ports(tenant, ledger, dice, _Clock(world), persons, files=FilesNow(project, as_of))


async def _run(
    world: World,
    project: Project,
    approved: ApprovedPlan,
    written: tuple[str, str],
    ports: Ports,
    options: ApplyOptions,
    audience: Audience,
    later: Plan | None = None,
    seen: Actual | None = None,
) -> Outcome:
    digest, text = written
    started = ports.clock.now().isoformat(timespec="seconds")
    start = RunStart(RunId(world.new_id()), digest, text, world.by, world.commit(), started)
    settings = project.settings
    how = Options(
        concurrency=settings.target.concurrency,
        skip_stale=options.skip_stale,
        pending_days=settings.product_pending_days,
        later=later,
        seen=seen,
    )
    audience.starts(len(approved.plan.steps))
    command = command_words(project.settings.notify_command)
    if not command or options.is_rehearsal:
        return await apply(approved, start, ports, how, audience.ended)
    before, ears = ports.ledger.recorded(), Ears(audience.ended)

    def tell() -> str:
        run = ports.ledger.runs(digest)[0]
        steps = approved.plan.steps
        return notify(command, events_of(project, steps, run, before, ears.heard), world.root)

    try:
        outcome = await apply(approved, start, replace(ports, drawn=ears.keep), how, ears.hear)
    except Interrupted:
        tell()  # no later process knows what this one drew
        raise
    warning = tell()
    return replace(outcome, warnings=(*outcome.warnings, warning)) if warning else outcome


async def _recover_others(ports: Ports, digest: str | None) -> tuple[StepResult, ...]:
    """Settle what another plan's run left behind; a run of this very plan is gone on with instead.

    Returns what nobody can say of: it counts as done, and no later plan speaks of it.
    """
    run = ports.ledger.unfinished()
    if run is None or run.plan_digest == digest:
        return ()
    plan, _ = read_plan(run.plan.encode(), f"run {run.id}")
    results = await recover(run, plan.steps, ports)
    return tuple(result for result in results if result.status is StepStatus.UNCONFIRMED)


def _is_resumed(ledger: Ledger, digest: str) -> bool:
    run = ledger.unfinished()
    return run is not None and run.plan_digest == digest


def _check_not_applied(ledger: Ledger, header: PlanHeader) -> None:
    """Refuse a plan that was carried out; the same differences planned anew are another plan."""
    for run in ledger.runs(header.digest):
        _, applied = read_plan(run.plan.encode(), f"run {run.id}")
        if run.status is not RunStatus.RUNNING and applied.seal == header.seal:
            raise PlanNotUsable(
                "The plan was applied already",
                f"Run {run.id} by {run.by} of {run.started_at} ended as {run.status.value}.",
                "Plan again for what is left to do: reconciler plan -o FILE",
            )
