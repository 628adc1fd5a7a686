"""Plan: import, compare, and show what apply would do. Never writes to tenant or ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from reconciler.applier.ports import Ledger
from reconciler.applier.recovery import lost_as_recorded
from reconciler.errors import BadInput
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.world import World
from reconciler.governance.judging import judge
from reconciler.model.address import PersonId
from reconciler.model.plan import CheckStatus, Mode, Plan
from reconciler.model.state import Actual, Recorded
from reconciler.model.value import JSON
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import draw
from reconciler.reports.document import plan_document
from reconciler.reports.reading import read_plan


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan is asked for; `as_of` None is today, `persons` empty is everybody."""

    as_of: date | None = None
    snapshot: Path | None = None
    persons: tuple[str, ...] = ()
    mode: Mode = Mode.SYNC
    acks: Mapping[str, int] = field(default_factory=dict[str, int])
    allow_protected: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, its document as it is saved, and the project it was drawn from."""

    plan: Plan
    document: dict[str, JSON]
    project: Project

    @property
    def is_refused(self) -> bool:
        """Tell whether a safeguard fails."""
        return any(check.status is CheckStatus.FAILED for check in self.plan.checks)


async def make_plan(world: World, options: PlanOptions) -> Planned:
    """Draw a plan of the project against the tenant, or against a saved snapshot."""
    project = read_project(world, need_credentials=options.snapshot is None)
    selected = _selected(project, options.persons)
    actual = await _actual(world, project, options)
    ledger = world.open_ledger(project.settings)
    recorded, warnings = recorded_now(ledger, actual)
    project = project.seeing(recorded)
    drawn = draw(
        Inputs(
            project.desired(options.as_of or today(world, project.settings)),
            recorded,
            actual,
            project.mapping,
            project.settings,
            selected,
            project.mapping.stored(),
        ),
        options.mode,
    )
    safeguards = project.settings.safeguards
    plan = judge(drawn, safeguards, options.acks, allow_protected=options.allow_protected)
    plan = replace(plan, warnings=(*warnings, *plan.warnings))
    now = world.now()
    document = plan_document(plan, created_at=now, expires_at=now + safeguards.plan_expires)
    return Planned(plan, document, project)


def recorded_now(ledger: Ledger, actual: Actual) -> tuple[Recorded, tuple[str, ...]]:
    """Return what is recorded, an unfinished run judged by what the tenant holds."""
    recorded = ledger.recorded()
    run = ledger.unfinished()
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
    try:
        data = options.snapshot.read_bytes()
    except OSError as error:
        raise BadInput("Snapshot not readable", f"{options.snapshot}: {error.strerror}.") from error
    actual = world.read_snapshot(data, str(options.snapshot), project.settings)
    wanted = project.settings.target.base_url
    if actual.base_url and actual.base_url != wanted:
        raise BadInput(
            "Snapshot of another tenant",
            f"{options.snapshot} was taken of {actual.base_url}, and target.base_url is {wanted}.",
            "Take a snapshot of this tenant: reconciler snapshot -o FILE",
        )
    return replace(actual, base_url=wanted)


def _selected(project: Project, persons: tuple[str, ...]) -> frozenset[PersonId] | None:
    if not persons:
        return None
    known = project.declared.persons
    for person in persons:
        if PersonId(person) not in known:
            near = get_close_matches(person, list(known), n=1)
            raise BadInput(
                "No such person",
                f"--person {person}: no person in the files has this ExternalId.",
                f"Did you mean {near[0]}?" if near else "",
            )
    return frozenset(PersonId(person) for person in persons)
