"""Documents of audits: one of every kind of issue and status, hostile ones, and large ones."""

from datetime import UTC, date, datetime, timedelta

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.finding import Audit, FieldMoved, Finding, MovedIn, Shown, Touch, Trend
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.report import ReportId, ReportSummary
from reconciler.model.resolution import OFFERED
from reconciler.model.run import RunId, StepStatus
from reconciler.model.state import PersonError
from reconciler.model.value import JSON
from reconciler.reports.audit import audit_document

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DAY = date(2026, 11, 23)
SEEN = "2026-10-01T08:00:00+00:00"
ANNA, BRAM = PersonId("10001"), PersonId("10002")
NAMES = {ANNA: "Anna Visser", BRAM: "Bram Bakker"}


def issue(
    number: int, kind: IssueType, status: IssueStatus = IssueStatus.OPEN, text: str = ""
) -> Issue:
    name = text or f"user{number}@example.org"
    account = AccountName(AccountRef(text or f"guid-{number}"), name)
    permission = Permission(
        PermissionKind.GROUP, text or f"Group {number % 7}", PermissionRef(text or "group")
    )
    is_multiple = kind in (IssueType.PERSON_MULTIPLE_ACCOUNTS, IssueType.ACCOUNT_MULTIPLE_PERSONS)
    persons = (PersonId(text or ANNA), PersonId(text or BRAM)) if is_multiple else ()
    return Issue(
        id=text or f"issue-{number}",
        type=kind,
        person=None if kind is IssueType.ACCOUNT_UNMANAGED else PersonId(text or ANNA),
        account=None if kind is IssueType.PERSON_MULTIPLE_ACCOUNTS else account,
        permission=permission if kind.value.startswith("permission") else None,
        status=status,
        resolution=(text or OFFERED[kind][0]) if status is IssueStatus.RESOLVED else None,
        detail=text or f"{name} is not as asked for",
        persons=persons,
        accounts=(account, account) if is_multiple else (),
    )


def finding(found: Issue, text: str = "") -> Finding:
    touch = Touch(
        RunId(text or "0123456789abcdef"),
        text or "2026-11-01T09:00:00+00:00",
        text or "bram@laptop",
        text or "fedcba9876543210",
        text or "update_account",
        StepStatus.DONE,
    )
    differs = found.type is IssueType.ACCOUNT_DIFFERS
    fields = (
        FieldMoved(
            text or "firstName", text or "Anna", text or "Anna", text or "An", MovedIn.TENANT
        ),
        FieldMoved(text or "lastName", text or "Visser", None, ("a", "b"), MovedIn.BOTH),
    )
    decided = found.status in (IssueStatus.POSTPONED, IssueStatus.EXCLUDED)
    return Finding(
        found,
        SEEN,
        OFFERED[found.type],
        MovedIn.BOTH if differs else MovedIn.TENANT,
        fields if differs else (),
        touch,
        date(2027, 1, 1) if found.status is IssueStatus.EXCLUDED else None,
        (text or "Audit until spring") if decided else None,
        (text or "desired/resolutions.yaml:3") if decided else None,
    )


def audit(*issues: Issue, text: str = "", shown: Shown | None = None) -> Audit:
    reports = tuple(
        ReportSummary(
            ReportId(str(days)),
            (NOW - timedelta(days=days)).isoformat(),
            DAY - timedelta(days=days),
            {(IssueType.ACCOUNT_UNMANAGED, IssueStatus.OPEN): 3 + days % 5},
            days % 3,
            days % 2,
        )
        for days in range(1, 30)
    )
    return Audit(
        as_of=DAY,
        taken_at=NOW,
        base_url=text or "https://tenant.helloid.com/api/v1",
        snapshot_digest=text or "sha256:0123",
        is_recorded=True,
        shown=shown or Shown(),
        findings=tuple(finding(each, text) for each in issues),
        issues=issues,
        names={PersonId(text): text} if text else NAMES,
        trend=Trend(reports[0].taken_at, 1, 2, len(issues), 0, SEEN, reports),
        errors=(PersonError(PersonId(text), text, text, text),) if text else (),
        warnings=(text,) if text else (),
    )


def every() -> list[Issue]:
    """Return an issue of every type, open, and one of every other status."""
    found = [issue(number, kind) for number, kind in enumerate(IssueType)]
    others = [each for each in IssueStatus if each is not IssueStatus.OPEN]
    return found + [
        issue(100 + number, IssueType.PERMISSION_UNMANAGED, status)
        for number, status in enumerate(others)
    ]


def sample() -> dict[str, JSON]:
    return audit_document(audit(*every()))


def large(count: int) -> dict[str, JSON]:
    kinds, statuses = list(IssueType), list(IssueStatus)
    issues = [
        issue(n, kinds[n % len(kinds)], statuses[n % 13 % len(statuses)]) for n in range(count)
    ]
    return audit_document(audit(*issues))


def hostile(*tricks: str) -> dict[str, JSON]:
    """Return a document in which every text of others is a trick: of every type and status."""
    parts = [
        audit_document(audit(*_all_of(trick), text=trick, shown=_shown(trick))) for trick in tricks
    ]
    together: dict[str, list[JSON]] = {"issues": [], "errors": [], "warnings": []}
    for part in parts:
        for member, values in together.items():
            more = part[member]
            assert isinstance(more, list)
            values.extend(more)
    return {**parts[0], **together}


def _all_of(trick: str) -> list[Issue]:
    statuses = list(IssueStatus)
    kinds = [(kind, statuses[at % len(statuses)]) for at, kind in enumerate(reversed(IssueType))]
    return [issue(0, kind, status, trick) for kind, status in kinds]


def _shown(trick: str) -> Shown:
    return Shown(persons=(PersonId(trick),), groups=(trick,), products=(trick,))
