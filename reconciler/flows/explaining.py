"""Explain: why a person has, lacks, gains or loses something; the plan tells what comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from reconciler.entitlements.explaining import Explainer, known_names
from reconciler.errors import BadInput, LedgerUnusable, ReconcilerError, TenantUnreadable
from reconciler.flows.planning import Planned, PlanOptions, make_plan
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.world import World
from reconciler.model.address import PermissionKey, PermissionKind, PersonId, fold
from reconciler.model.value import JSON
from reconciler.reports.explanation import About, explanation_document, permissions_in, persons_in
from reconciler.reports.inert import name, visible


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a person, permissions by name and kind (None: either), or both."""

    person: str | None = None
    permissions: tuple[tuple[PermissionKind | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """`as_of` None is today; offline no plan is drawn, and neither tenant nor ledger is read."""

    as_of: date | None = None
    snapshot: Path | None = None
    is_offline: bool = False


async def explain(world: World, question: Question, options: ExplainOptions) -> dict[str, JSON]:
    """Return the explanation's document. Raises BadInput for a person or permission nobody knows.

    Without a snapshot, a tenant that cannot be read leaves the explanation without a plan, and says so.
    """
    planned, no_plan = await _next_plan(world, options)
    if planned is None:
        project, plan = read_project(world, need_credentials=False), None
    else:
        project, plan = planned.project, planned.document
    as_of = options.as_of or today(world, project.settings)
    keys = [
        key
        for kind, name in question.permissions
        for key in _named(project, as_of, plan, kind, name)
    ]
    asked = tuple(sorted(set(keys))) if question.permissions else None
    explainer = Explainer(project.declared, as_of, None if plan is None else permissions_in(plan))
    who = None if question.person is None else _person(project, plan, question.person)
    return explanation_document(
        as_of,
        About(who, asked),
        None if who is None else explainer.person(who, asked),
        () if who is not None else [explainer.permission(key) for key in asked or ()],
        plan,
        no_plan,
    )


async def _next_plan(world: World, options: ExplainOptions) -> tuple[Planned | None, str | None]:
    """Return the next plan, or why there is none."""
    if options.is_offline:
        return None, None
    planning = PlanOptions(as_of=options.as_of, snapshot=options.snapshot)
    if options.snapshot is not None:
        return await make_plan(world, planning), None
    try:
        return await make_plan(world, planning), None
    except (BadInput, LedgerUnusable, TenantUnreadable) as error:
        return None, _said(error)


def _said(error: ReconcilerError) -> str:
    problems = error.problems if isinstance(error, BadInput) else ()
    parts = [error.summary, error.detail, *(problem.detail for problem in problems)]
    return ". ".join(part.rstrip(".") for part in parts if part)


def _person(project: Project, plan: Mapping[str, JSON] | None, written: str) -> PersonId:
    """Return the person of an ExternalId: of the files, or who left them and is in the plan."""
    who = PersonId(written)
    persons = project.declared.persons
    if who in persons or (plan is not None and who in persons_in(plan)):
        return who
    by_name = {fold(person.display_name): person.id for person in persons.values()}
    near = by_name.get(fold(written)) or _nearest(written, {id_: id_ for id_ in persons})
    near = near or _nearest(fold(written), by_name)
    raise BadInput(
        "No such person",
        f"{written}: no person in the files has this ExternalId.",
        "Write it as below `persons` in the files, or in the vault export."
        if near is None
        else f"Did you mean {name(near)} ({visible(persons[near].display_name)})?",
    )


def _nearest(written: str, known: Mapping[str, PersonId]) -> PersonId | None:
    close = get_close_matches(written, known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def _named(
    project: Project,
    as_of: date,
    plan: Mapping[str, JSON] | None,
    kind: PermissionKind | None,
    written: str,
) -> list[PermissionKey]:
    """Return the permissions of a name, case aside: a group, a product, or one of each."""
    declared = project.declared
    names = {**({} if plan is None else permissions_in(plan)), **known_names(declared, as_of)}
    kinds = [kind] if kind is not None else list(PermissionKind)
    found = [key for each in kinds if (key := PermissionKey.of(each, written)) in names]
    earlier = [
        PermissionKey.of(entry.kind, entry.name)
        for entry in declared.permissions
        if entry.kind in kinds and fold(written) in map(fold, entry.previously)
    ]
    if found or earlier:
        return found or earlier
    near = _near_name(written, [called for key, called in names.items() if key.kind in kinds])
    what = "group or product" if kind is None else kind.value
    raise BadInput(
        f"No such {what}",
        f"{written}: neither the files nor the next plan speak of a {what} of this name.",
        "" if near is None else f"Did you mean {name(near)}?",
    )


def _near_name(written: str, known: Iterable[str]) -> str | None:
    by_fold = {fold(called): called for called in known}
    close = get_close_matches(fold(written), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None
