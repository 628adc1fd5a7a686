"""Audit: every issue, since when, by whose doing, and what may be decided about it.

It reads the tenant and never writes it; the ledger remembers the report.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path

from reconciler.errors import BadInput, LedgerUnusable
from reconciler.flows.findings import find_out
from reconciler.flows.planning import Ground, PlanOptions, plan_on, read_ground, resolver_on
from reconciler.flows.project import Project, today
from reconciler.flows.world import Books, World
from reconciler.governance.moving import unjudged_persons
from reconciler.governance.resolving import Resolver
from reconciler.model.address import PermissionKind, PersonId, fold
from reconciler.model.finding import Audit, Shown, Trend
from reconciler.model.issue import Issue, IssueStatus
from reconciler.model.plan import CheckStatus, Plan
from reconciler.model.report import Audited, Report, ReportId, Seen
from reconciler.model.resolution import RESOLVE

EVERYTHING = Shown()
SHOWN = 5
"""So many refusals are named in a warning."""
OTHER_DAY = "This report is as of another day than today, so it is not remembered."
OLDER = (
    "The snapshot is older than the last report or the last apply, so this report is not remembered."
    " Take a new one, or audit the tenant."
)


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What is asked for; `as_of` None is today. With `record` false nothing is remembered."""

    as_of: date | None = None
    snapshot: Path | None = None
    shown: Shown = EVERYTHING
    record: bool = True


@dataclass(frozen=True, slots=True)
class MadeAudit:
    """A report, and the project it is about."""

    audit: Audit
    project: Project


async def make_audit(world: World, options: AuditOptions) -> MadeAudit:
    """Draw the report from the very planning that plans are drawn from, and remember it.

    It is remembered whole, whatever is shown of it; of another day, or from an old snapshot, it is not.
    A ledger that cannot be written only gives a warning. Raises BadInput where a name asked for is nobody's.
    """
    ground = await read_ground(world, PlanOptions(snapshot=options.snapshot))
    now = world.now().astimezone(UTC)
    day = today(world, ground.project.settings)
    as_of = options.as_of or day
    resolver = resolver_on(ground, as_of, auditing=True)
    plan = plan_on(ground, PlanOptions(), as_of, auditing=True)
    _check_names(options.shown, ground, plan)
    shown = tuple(issue for issue in plan.issues if is_shown(issue, options.shown))
    ledger = world.open_ledger(ground.project.settings)
    findings = find_out(ground, plan, resolver, ledger, shown)
    # Last, so that a report that nobody gets to see is not remembered either.
    report = _report(world, ground, plan, now)
    is_kept = options.record and ground.audited.kept
    warnings = _why_not(ground, options, plan, day) if is_kept else ()
    if is_kept and not warnings:
        warnings = _remember(ledger, report, plan, resolver, ground)
    is_recorded = is_kept and not warnings
    since = _first_seen(ground.audited, report, is_recorded=is_recorded)
    persons = ground.project.declared.persons.values()
    audit = Audit(
        as_of=as_of,
        taken_at=now,
        base_url=plan.base_url,
        snapshot_digest=plan.snapshot_digest,
        is_recorded=is_recorded,
        shown=options.shown,
        findings=tuple(replace(each, first_seen=since.get(each.issue.id)) for each in findings),
        issues=plan.issues,
        names={person.id: person.display_name for person in persons},
        trend=_trend(ground.audited, plan, since),
        errors=plan.errors,
        warnings=(*ground.warnings, *plan.warnings, *_refused(plan), *warnings),
    )
    return MadeAudit(audit, ground.project)


def is_shown(issue: Issue, shown: Shown) -> bool:
    """Tell whether an issue is of every kind that was asked for; what was not asked for is any."""
    if shown.types and issue.type not in shown.types:
        return False
    if shown.statuses and issue.status not in shown.statuses:
        return False
    if shown.persons and not {issue.person, *issue.persons} & set(shown.persons):
        return False
    if not shown.groups and not shown.products:
        return True
    permission = issue.permission
    if permission is None:
        return False
    names = shown.groups if permission.kind is PermissionKind.GROUP else shown.products
    return permission.key.name in map(fold, names)


def _refused(plan: Plan) -> tuple[str, ...]:
    """Say that a safeguard refuses the plan that would resolve issues, so that none is."""
    rules = [check.rule for check in plan.checks if check.status is CheckStatus.FAILED]
    warnings: tuple[str, ...] = ()
    if rules and any(issue.status is IssueStatus.RESOLVED for issue in plan.issues):
        refused = ", ".join(rules[:SHOWN]) + (" and others" if len(rules) > SHOWN else "")
        warnings = (
            f"A safeguard refuses the next plan, so nothing is resolved until that is settled: {refused}",
        )
    return warnings


# ---------------------------------------------------------------- what is remembered


def _report(world: World, ground: Ground, plan: Plan, now: datetime) -> Report:
    """Return the report as it is remembered: with the issues of persons that nobody could judge, as they were."""
    seen = [Seen(each.id, each.type, each.status, each.person) for each in plan.issues]
    seen += _unjudged(ground.audited, plan)
    return Report(
        id=ReportId(world.new_id()),
        taken_at=now.isoformat(timespec="seconds"),
        as_of=plan.as_of,
        by=world.by,
        commit=world.commit(),
        snapshot_digest=plan.snapshot_digest,
        seen=tuple(sorted(seen, key=lambda each: each.issue)),
    )


def _unjudged(audited: Audited, plan: Plan) -> list[Seen]:
    """Return the issues of the last report that are not found and may be there: nobody looked for them."""
    persons = unjudged_persons(plan.issues, frozenset(error.person for error in plan.errors))
    found = {issue.id for issue in plan.issues}
    return [each for each in audited.seen if each.issue not in found and each.person in persons]


def _why_not(ground: Ground, options: AuditOptions, plan: Plan, day: date) -> tuple[str, ...]:
    """Return why a report is not remembered; nothing where it is."""
    latest = next(iter(ground.audited.reports), None)
    is_old = ground.is_outdated or (
        latest is not None and _is_older(ground.actual.taken_at, latest.taken_at)
    )
    warnings: tuple[str, ...] = ()
    if plan.as_of != day:
        warnings = (OTHER_DAY,)
    elif options.snapshot is not None and is_old:
        warnings = (OLDER,)
    return warnings


def _is_older(taken_at: str, reported_at: str) -> bool:
    try:
        taken, reported = datetime.fromisoformat(taken_at), datetime.fromisoformat(reported_at)
        is_older = taken < reported
    except (TypeError, ValueError):
        return True
    return is_older


def _remember(
    ledger: Books, report: Report, plan: Plan, resolver: Resolver, ground: Ground
) -> tuple[str, ...]:
    """File the report; return why it could not be, nothing where it was."""
    postponed = {
        entry.mark
        for issue in plan.issues
        if issue.status is IssueStatus.POSTPONED
        for entry in resolver.in_force(issue)
        if entry.resolution == RESOLVE
    }
    entries = ground.project.declared.resolutions
    marks = {entry.mark for entry in entries if entry.resolution == RESOLVE}
    warnings: tuple[str, ...] = ()
    try:
        ledger.file_report(report, postponed, marks)
    except LedgerUnusable as error:
        warnings = (f"This report is not remembered. {error.summary}: {error.detail}",)
    return warnings


# ---------------------------------------------------------------- how it stands to earlier ones


def _first_seen(audited: Audited, report: Report, *, is_recorded: bool) -> dict[str, str]:
    """Return since when each issue is known; one that no remembered report has shown is not there."""
    now = dict.fromkeys((each.issue for each in report.seen), report.taken_at)
    return {**(now if is_recorded else {}), **audited.first_seen}


def _trend(audited: Audited, plan: Plan, since: dict[str, str]) -> Trend | None:
    if not audited.kept:
        return None
    now = {issue.id for issue in plan.issues}
    before = {each.issue for each in audited.seen}
    unjudged = {each.issue for each in _unjudged(audited, plan)}
    still = {issue.id for issue in plan.issues if issue.status is IssueStatus.OPEN}
    return Trend(
        before=audited.reports[0].taken_at if audited.reports else None,
        new=len(now - before),
        settled=len(before - now - unjudged),
        still_open=len(still & before),
        unjudged=len(unjudged),
        oldest=min((since[issue] for issue in still if issue in since), default=None),
        reports=audited.reports,
    )


# ---------------------------------------------------------------- what is asked for by name


def _check_names(shown: Shown, ground: Ground, plan: Plan) -> None:
    """Raise BadInput where a person, group or product to be shown is known to nobody."""
    persons = {*ground.project.declared.persons, *ground.recorded.accounts}
    for issue in plan.issues:
        persons.update(each for each in (issue.person, *issue.persons) if each is not None)
    for person in shown.persons:
        _check("--person", person, persons, {person} & persons, "No such person")
    permissions = [each.permission for each in plan.issues if each.permission is not None]
    named = [
        *ground.actual.permissions.values(),
        *ground.project.declared.permissions,
        *permissions,
    ]
    for option, kind, names in (
        ("--group", PermissionKind.GROUP, shown.groups),
        ("--product", PermissionKind.PRODUCT, shown.products),
    ):
        known = {fold(each.name): each.name for each in named if each.kind is kind}
        for name in names:
            found = [fold(name)] if fold(name) in known else []
            _check(option, name, known.values(), found, f"No such {kind.value}")


def _check(
    option: str, name: str, known: Iterable[str], found: Sequence[str] | set[PersonId], summary: str
) -> None:
    if not found:
        near = get_close_matches(name, sorted(known), n=1)
        raise BadInput(
            summary,
            f"{option} {name}: neither the files nor the tenant have it.",
            f"Did you mean {near[0]}?" if near else "",
        )
