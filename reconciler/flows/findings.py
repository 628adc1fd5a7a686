"""What is to be said of an issue beside itself: whose doing, the last apply, who decided, what may be decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from reconciler.applier.ports import Ledger
from reconciler.flows.planning import Ground
from reconciler.governance.moving import moved_in
from reconciler.governance.resolving import Resolver
from reconciler.model.address import AccountName, AccountRef
from reconciler.model.change import UpdateAccount
from reconciler.model.finding import FieldMoved, Finding, MovedIn, Touch
from reconciler.model.issue import Drift, Issue, IssueType
from reconciler.model.plan import Plan
from reconciler.model.resolution import OFFERED, Act, Resolution
from reconciler.model.run import RunId
from reconciler.model.state import Actual, Desired, Owned
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain, same
from reconciler.reports.touches import Key, LastTouches

PAGE = 10
"""Runs that are read at once; a run holds its whole plan."""

Updates: TypeAlias = Mapping[AccountRef, UpdateAccount]


@dataclass(frozen=True, slots=True)
class _Known:
    """All that findings are made of."""

    ground: Ground
    desired: Desired
    resolver: Resolver
    updates: Updates
    touches: Mapping[Key, Touch]


def find_out(
    ground: Ground,
    plan: Plan,
    resolver: Resolver,
    ledger: Ledger,
    issues: Sequence[Issue],
) -> tuple[Finding, ...]:
    """Return issues in full, in their order, but for when they were first seen."""
    updates: dict[AccountRef, UpdateAccount] = {}
    for step in plan.steps:
        if isinstance(step.change, UpdateAccount) and step.change.subject.account.ref is not None:
            updates[step.change.subject.account.ref] = step.change
    desired = ground.project.desired(plan.as_of)
    touches = last_touches(ledger, issues)
    known = _Known(ground, desired, resolver, updates, touches)
    return tuple(_finding(known, issue) for issue in issues)


def offered(issue: Issue, actual: Actual) -> tuple[str, ...]:
    """Return the resolutions that fit an issue now: only what is enabled can be disabled."""
    found = OFFERED[issue.type]
    if issue.type is not IssueType.ACCOUNT_UNMANAGED or _is_enabled(issue.account, actual):
        return found
    return tuple(each for each in found if each != "disable")


def _finding(known: _Known, issue: Issue) -> Finding:
    ground = known.ground
    where = moved_in(
        issue,
        known.desired,
        ground.recorded,
        ground.actual,
        ground.project.settings.correlation,
    )
    fields = tuple(_fields(known, issue))
    if any(each.moved_in is not MovedIn.TENANT for each in fields):
        where = MovedIn.BOTH
    until, reason, source = _decided(known.resolver, issue)
    touched = [known.touches[key] for key in _keys(issue) if key in known.touches]
    return Finding(
        issue=issue,
        first_seen=None,
        offered=offered(issue, ground.actual),
        moved_in=where,
        fields=fields,
        last_apply=max(touched, key=lambda touch: touch.at, default=None),
        until=until,
        reason=reason,
        source=source,
    )


def _is_enabled(account: AccountName | None, actual: Actual) -> bool:
    found = actual.accounts.get(account.ref) if account is not None and account.ref else None
    return found is not None and found.enabled


# ---------------------------------------------------------------- what changed where


def _fields(known: _Known, issue: Issue) -> Iterator[FieldMoved]:
    """Yield the fields that somebody changed in the tenant, then those that only the files moved."""
    for drift in issue.drift:
        yield _drifted(drift)
    if issue.type is not IssueType.ACCOUNT_DIFFERS or issue.account is None:
        return
    update = known.updates.get(issue.account.ref) if issue.account.ref is not None else None
    owned = known.ground.recorded.accounts.get(issue.person) if issue.person is not None else None
    drifted = {drift.field for drift in issue.drift}
    for change in update.fields if update is not None else ():
        if change.field not in drifted:
            before = _recorded(owned, change.field)
            desired, actual = _said(change.after), _said(change.before)
            yield FieldMoved(change.field, desired, before, actual, MovedIn.FILES)


def _drifted(drift: Drift) -> FieldMoved:
    desired = _said(drift.desired)
    is_asked_as_ever = same(desired, drift.recorded)
    where = MovedIn.TENANT if is_asked_as_ever else MovedIn.BOTH
    return FieldMoved(drift.field, desired, drift.recorded, drift.actual, where)


def _recorded(owned: Owned | None, field: str) -> Plain:
    return owned.fields.get(field) if owned is not None else None


def _said(value: FieldValue) -> Plain:
    return str(value) if isinstance(value, Generated | AccountOf) else value


# ---------------------------------------------------------------- who decided


def _decided(resolver: Resolver, issue: Issue) -> tuple[date | None, str | None, str | None]:
    """Return end, reason and place of what decided about an issue; of entries that disagree, none."""
    decision = resolver.on(issue)
    if isinstance(decision, Act):
        entry = _entry(resolver, issue)
        source = decision.cause.source if decision.cause is not None else None
        return None, entry.reason if entry is not None else None, source
    if decision.by is None:
        return None, None, None
    return decision.by.until, decision.by.reason, decision.by.at.short


def _entry(resolver: Resolver, issue: Issue) -> Resolution | None:
    return next(iter(resolver.in_force(issue)), None)


# ---------------------------------------------------------------- the last apply


def last_touches(ledger: Ledger, issues: Sequence[Issue]) -> Mapping[Key, Touch]:
    """Look through the runs, latest first, until each account and grant is found or no run is left."""
    touches = LastTouches(key for issue in issues for key in _keys(issue))
    before: RunId | None = None
    while not touches.is_complete:
        page = ledger.latest_runs(PAGE, before)
        if not page:
            break
        for run in page:
            touches.look(run)
        before = page[-1].id
    return touches.found


def _keys(issue: Issue) -> Iterator[Key]:
    """Yield what an issue is about: its grant, else its accounts."""
    ref = issue.account.ref if issue.account is not None else None
    if issue.permission is not None:
        if ref is not None and issue.permission.ref is not None:
            yield ref, issue.permission.ref
        return
    refs = [ref, *(account.ref for account in issue.accounts)]
    yield from ((each, None) for each in dict.fromkeys(refs) if each is not None)
