"""An audit as its JSON document: HelloID's reconciliation report, with since when, why and by whose doing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.finding import Audit, FieldMoved, Finding, Shown, Touch, Trend
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.report import ReportSummary
from reconciler.model.value import JSON
from reconciler.reports.audit_shape import (
    AuditShape,
    CountedShape,
    EarlierShape,
    FieldMovedShape,
    FilterShape,
    FindingShape,
    TotalsShape,
    TouchShape,
    TrendShape,
)
from reconciler.reports.document import as_document, error_shape
from reconciler.reports.shape import (
    FORMAT_VERSION,
    AccountShape,
    PermissionShape,
    TargetShape,
)

STATUSES: Final = tuple(IssueStatus)
"""The order in which issues are shown: what somebody must decide comes first."""


def audit_document(audit: Audit) -> dict[str, JSON]:
    """Return the report's JSON; issues by status, then as a plan orders them."""
    order = {status: place for place, status in enumerate(STATUSES)}
    findings = sorted(audit.findings, key=lambda each: order[each.issue.status])
    shown = _counted(each.issue for each in findings)
    return as_document(
        AuditShape(
            format_version=FORMAT_VERSION,
            as_of=audit.as_of,
            taken_at=_second(audit.taken_at),
            target=TargetShape(base_url=audit.base_url, snapshot_digest=audit.snapshot_digest),
            recorded=audit.is_recorded,
            filter=_filter(audit.shown),
            issues=[_finding(each, audit) for each in findings],
            summary=shown.by_type,
            totals=TotalsShape(shown=shown, all=_counted(audit.issues)),
            trend=_trend(audit.trend) if audit.trend is not None else None,
            errors=[error_shape(error) for error in audit.errors],
            warnings=list(audit.warnings),
        )
    )


def _counted(issues: Iterable[Issue]) -> CountedShape:
    types, statuses = Counter[IssueType](), Counter[IssueStatus]()
    for issue in issues:
        types[issue.type] += 1
        statuses[issue.status] += 1
    return CountedShape(
        issues=types.total(),
        by_type={each.value: types[each] for each in IssueType if types[each]},
        by_status={each.value: statuses[each] for each in STATUSES if statuses[each]},
    )


def _filter(shown: Shown) -> FilterShape:
    return FilterShape(
        type=list(shown.types),
        status=list(shown.statuses),
        person=list[str](shown.persons),
        group=list(shown.groups),
        product=list(shown.products),
    )


def _finding(finding: Finding, audit: Audit) -> FindingShape:
    issue, names = finding.issue, audit.names
    several = issue.persons
    return FindingShape(
        id=issue.id,
        type=issue.type,
        person=issue.person,
        account=_account(issue.account) if issue.account else None,
        permission=_permission(issue.permission) if issue.permission else None,
        status=issue.status,
        resolution=issue.resolution,
        detail=issue.detail,
        persons=list[str](several) if several else UNSET,
        accounts=[_account(each) for each in issue.accounts] or UNSET,
        system=audit.base_url,
        display_name=_name(names, issue.person) if issue.person is not None else None,
        display_names=[_name(names, each) for each in several] if several else UNSET,
        first_seen=_moment(finding.first_seen),
        resolutions=list(finding.offered),
        changed_in=finding.moved_in,
        fields=[_field(each) for each in finding.fields] or UNSET,
        last_apply=_touch(finding.last_apply) if finding.last_apply else None,
        until=finding.until,
        reason=finding.reason,
        source=finding.source,
    )


def _name(names: Mapping[PersonId, str], person: PersonId) -> str | None:
    return names.get(person) or None


def _account(account: AccountName) -> AccountShape:
    return AccountShape(user_guid=account.ref, user_name=account.user_name)


def _permission(permission: Permission) -> PermissionShape:
    return PermissionShape(type=permission.kind.value, name=permission.name, id=permission.ref)


def _field(moved: FieldMoved) -> FieldMovedShape:
    return FieldMovedShape(
        field=moved.field,
        desired=moved.desired,
        recorded=moved.recorded,
        actual=moved.actual,
        changed_in=moved.moved_in,
    )


def _touch(touch: Touch) -> TouchShape:
    return TouchShape(
        run=touch.run,
        at=touch.at,
        by=touch.by,
        commit=touch.commit,
        action=touch.action,
        status=touch.status,
    )


def _trend(trend: Trend) -> TrendShape:
    return TrendShape(
        before=_moment(trend.before),
        new=trend.new,
        settled=trend.settled,
        still_open=trend.still_open,
        unjudged=trend.unjudged,
        oldest=_moment(trend.oldest),
        reports=[_earlier(each) for each in _last_of_each_day(trend.reports)],
    )


def _last_of_each_day(reports: Iterable[ReportSummary]) -> Iterable[ReportSummary]:
    """Return one report a day, the last one; what the others of the day counted is counted with it."""
    days: dict[str, list[ReportSummary]] = {}
    for report in reports:
        days.setdefault(report.taken_at[:10], []).append(report)
    for of_day in days.values():
        last = of_day[0]
        yield ReportSummary(
            last.id,
            last.taken_at,
            last.as_of,
            last.counts,
            new=sum(each.new for each in of_day),
            settled=sum(each.settled for each in of_day),
        )


def _earlier(report: ReportSummary) -> EarlierShape:
    counts = report.counts
    return EarlierShape(
        taken_at=_parsed(report.taken_at),
        as_of=report.as_of,
        issues=sum(counts.values()),
        open=sum(n for (_, status), n in counts.items() if status is IssueStatus.OPEN),
        new=report.new,
        settled=report.settled,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _parsed(text)


def _parsed(text: str) -> datetime:
    return _second(datetime.fromisoformat(text))


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
