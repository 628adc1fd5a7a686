"""Plan: import, compare, and show what apply would do. Never writes to tenant or ledger."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

from reconciler.applier.bookkeeping import outlived
from reconciler.applier.ports import Ledger
from reconciler.applier.recovery import lost_as_recorded
from reconciler.desired import Shelf
from reconciler.entitlements.meeting import meeting
from reconciler.errors import BadInput
from reconciler.flows.baseline import read_base
from reconciler.flows.naming import naming
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.saved import saved_state
from reconciler.flows.world import World
from reconciler.governance.judging import judge
from reconciler.governance.leftovers import leftovers
from reconciler.governance.policies import Result, measure_policies
from reconciler.governance.resolving import Resolver, resolver_of
from reconciler.model.address import PersonId
from reconciler.model.plan import CheckStatus, Drawn, Mode, Plan
from reconciler.model.report import Audited
from reconciler.model.run import Run
from reconciler.model.state import Actual, Desired, Recorded
from reconciler.model.value import JSON
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import TAKES_AWAY, draw
from reconciler.reports.document import plan_document
from reconciler.reports.reading import read_plan

OLD_SNAPSHOT = (
    "The snapshot is older than the last apply: what that did may be planned again."
    " Take a new one, or plan against the tenant."
)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan is asked for; `as_of` None is today, `persons` empty is everybody."""

    as_of: date | None = None
    snapshot: Path | None = None
    persons: tuple[str, ...] = ()
    mode: Mode = Mode.SYNC
    acks: Mapping[str, int] = field(default_factory=dict[str, int])
    allow_protected: bool = False
    base: str | None = None
    """With `ledger: none`: the git revision whose files count as recorded."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, its document as it is saved, and what it was drawn from: the project, the tenant's state."""

    plan: Plan
    document: dict[str, JSON]
    project: Project
    actual: Actual

    @property
    def is_refused(self) -> bool:
        """Tell whether a safeguard fails."""
        return any(check.status is CheckStatus.FAILED for check in self.plan.checks)


@dataclass(frozen=True, slots=True)
class Ground:
    """What plans are drawn on: the project, and the two states as they were read."""

    project: Project
    recorded: Recorded
    actual: Actual
    selected: frozenset[PersonId] | None
    is_outdated: bool
    """The snapshot is older than the last apply, so that only what actions bring about is recorded."""
    warnings: tuple[str, ...]
    audited: Audited = field(default_factory=Audited)
    """What earlier reports found; for `resolve`, which holds until one has shown it."""


async def make_plan(world: World, options: PlanOptions, project: Project | None = None) -> Planned:
    """Draw a plan of the project, read if it is not given, against the tenant or a saved snapshot."""
    ground = await read_ground(world, options, project)
    _check_there_are_files(ground)
    day = today(world, ground.project.settings)
    plan = plan_on(ground, options, options.as_of or day)
    warnings = (*ground.warnings, *_of_another_day(plan, day), *plan.warnings)
    plan = naming(replace(plan, warnings=warnings), ground.project)
    now = world.now()
    expires_at = now + ground.project.settings.safeguards.plan_expires
    document = plan_document(plan, created_at=now, expires_at=expires_at)
    return Planned(plan, document, ground.project.on(plan.as_of), ground.actual)


async def read_ground(world: World, options: PlanOptions, project: Project | None = None) -> Ground:
    """Read the project, if it is not given, the ledger and the tenant or a saved snapshot."""
    shelf = Shelf()
    if project is None:
        project = read_project(world, need_credentials=options.snapshot is None, shelf=shelf)
    base = None
    if options.base is not None:
        base = read_base(world, project.settings, options.base, shelf)
    ledger = world.open_ledger(project.settings)
    remembered, run, audited = ledger.recorded(), ledger.unfinished(), ledger.audited()
    known = {*project.declared.persons, *remembered.accounts}
    known |= set(base.project.declared.persons) if base is not None else set()
    selected = _selected(known, options.persons)
    actual = await _actual(world, project, options)
    recorded, warnings = recorded_now(remembered, run, actual)
    if base is not None:
        recorded = base.recorded(actual, options.as_of or today(world, project.settings))
        warnings = (base.said, *warnings)
    is_outdated = options.snapshot is not None and _is_older(actual, ledger)
    if is_outdated:
        warnings = (*warnings, OLD_SNAPSHOT)
    project = project.seeing(recorded)
    return Ground(project, recorded, actual, selected, is_outdated, warnings, audited)


def plan_on(ground: Ground, options: PlanOptions, as_of: date, *, auditing: bool = False) -> Plan:
    """Return the plan for a day, judged; for the report that is being made now with `auditing`."""
    project = ground.project.on(as_of)
    desired = project.desired(as_of)
    resolver = resolver_on(ground, as_of, auditing=auditing)
    drawn = draw(
        Inputs(
            desired,
            ground.recorded,
            ground.actual,
            project.mapping,
            project.settings,
            resolver,
            ground.selected,
            project.mapping.stored(),
        ),
        options.mode,
    )
    return judged(drawn, desired, ground, options, resolver)


def judged(
    drawn: Drawn, desired: Desired, ground: Ground, options: PlanOptions, resolver: Resolver
) -> Plan:
    """Return a plan that was drawn on this ground with what judgement adds: leftovers, limits, policies."""
    project = ground.project
    drawn = _with_leftovers(drawn, resolver, ground)
    if ground.is_outdated:
        drawn = replace(drawn, plan=_by_its_actions_alone(drawn.plan, ground.recorded))
    return judge(
        drawn,
        project.settings.safeguards,
        options.acks,
        allow_protected=options.allow_protected,
        policies=measure_policies(
            project.declared.policies, Result(desired, drawn.plan, ground.actual), meeting
        ),
    )


def resolver_on(ground: Ground, as_of: date, *, auditing: bool = False) -> Resolver:
    """Return who decides about issues on a day: the files' resolutions, then `governance.automatic`."""
    keys = Counter(found.key for found in ground.actual.permissions.values())
    return resolver_of(
        ground.project.settings,
        ground.project.declared.resolutions,
        as_of,
        ground.audited,
        frozenset(key for key, count in keys.items() if count > 1),
        auditing=auditing,
    )


def _with_leftovers(drawn: Drawn, resolver: Resolver, ground: Ground) -> Drawn:
    scope, whole = ground.project.settings.scope, ground.selected is None
    left = leftovers(resolver, drawn, scope, whole=whole)
    return replace(drawn, plan=replace(drawn.plan, warnings=(*drawn.plan.warnings, *left)))


def _check_there_are_files(ground: Ground) -> None:
    """Raise BadInput where no file asks for anything, though accounts are ours: nobody writes that.

    A checkout that is not whole looks so, and all that we gave would be taken away.
    """
    owned, settings = len(ground.recorded.accounts), ground.project.settings
    if owned and not ground.project.declared.files:
        accounts = "1 account is" if owned == 1 else f"{owned} accounts are"
        raise BadInput(
            "The desired state is not there",
            f"There is no desired file below {settings.desired}, and {accounts} ours: all would be given up.",
            "Check out the whole project, or correct `desired` in the settings."
            " Where nobody is to have anything, say so in a file: persons: []",
        )


def _of_another_day(plan: Plan, today: date) -> tuple[str, ...]:
    """Say of a plan that takes something away that it does so by another day than today."""
    warnings: tuple[str, ...] = ()
    if plan.as_of != today and any(isinstance(step.change, TAKES_AWAY) for step in plan.steps):
        warnings = (
            f"This plan is of {plan.as_of}, not of today: what it takes away may be asked for today.",
        )
    return warnings


def recorded_now(
    recorded: Recorded, run: Run | None, actual: Actual
) -> tuple[Recorded, tuple[str, ...]]:
    """Return what is recorded, an unfinished run judged by what the tenant holds.

    Both are read before the tenant is: what somebody else applies in between is then found in the
    tenant and taken over, and never looks as if it had vanished.
    """
    if run is None:
        return recorded, ()
    plan, _ = read_plan(run.plan.encode(), f"run {run.id}")
    warning = (
        f"An apply of {run.started_at} by {run.by} has not ended."
        " What it did is taken into account; the next apply settles it first."
    )
    return lost_as_recorded(recorded, run, plan.steps, actual), (warning,)


async def _actual(world: World, project: Project, options: PlanOptions) -> Actual:
    if options.snapshot is None:
        async with world.open_tenant(project.settings) as tenant:
            return await tenant.read()
    return saved_state(world, project.settings, options.snapshot)


def _is_older(actual: Actual, ledger: Ledger) -> bool:
    """Tell whether something was applied after the snapshot was taken, or nobody can say."""
    latest = next(iter(ledger.latest_runs(1)), None)
    if latest is None:
        return False
    try:
        taken = datetime.fromisoformat(actual.taken_at)
        ended = datetime.fromisoformat(latest.ended_at or latest.started_at).replace(microsecond=0)
        is_older = taken < ended
    except (TypeError, ValueError):
        return True
    return is_older


def _by_its_actions_alone(plan: Plan, recorded: Recorded) -> Plan:
    """Return the plan with nothing in its bookkeeping that an old snapshot says: it may be over since.

    The next plan takes over, remembers and forgets what is left.
    """
    books = outlived(plan, recorded.protections)
    return replace(plan, bookkeeping=replace(books, remembers=()))


def _selected(known: Collection[PersonId], persons: tuple[str, ...]) -> frozenset[PersonId] | None:
    """Return whom the plan is about: persons of the files, or who left them with an account of ours."""
    if not persons:
        return None
    for person in persons:
        if PersonId(person) not in known:
            near = get_close_matches(person, sorted(known), n=1)
            raise BadInput(
                "No such person",
                f"--person {person}: no person in the files has this ExternalId.",
                f"Did you mean {near[0]}?"
                if near
                else "Write it as below `persons` in the files, or in the vault export.",
            )
    return frozenset(PersonId(person) for person in persons)
