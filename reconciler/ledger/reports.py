"""Reports as rows: when each issue was first seen, what earlier reports counted, and what they postponed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from reconciler.errors import LedgerUnusable
from reconciler.ledger.tables import COUNTS, ISSUES, POSTPONEMENTS, REPORTS
from reconciler.model.address import PersonId
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.report import Audited, Report, ReportId, ReportSummary, Seen

YEAR = timedelta(days=366)

_FORGET_MARK = delete(POSTPONEMENTS).where(
    POSTPONEMENTS.c.tenant == bindparam("of_tenant"), POSTPONEMENTS.c.mark == bindparam("of_mark")
)


def read_audited(connection: Connection, tenant: str) -> Audited:
    """Return what earlier reports found; raises LedgerUnusable where a row makes no sense."""
    try:
        first_seen: dict[str, str] = {}
        seen: list[Seen] = []
        query = select(
            ISSUES.c.issue, ISSUES.c.type, ISSUES.c.status, ISSUES.c.person, ISSUES.c.first_seen
        ).where(ISSUES.c.tenant == tenant)
        for issue, kind, status, person, since in connection.execute(query):
            first_seen[issue] = since
            whose = None if person is None else PersonId(person)
            seen.append(Seen(issue, IssueType(kind), IssueStatus(status), whose))
        return Audited(
            reports=_summaries(connection, tenant),
            first_seen=first_seen,
            postponed=_postponed(connection, tenant),
            seen=tuple(sorted(seen, key=lambda one: one.issue)),
        )
    except ValueError as error:
        raise LedgerUnusable(
            "The ledger is damaged",
            f"A report holds what no audit writes: {error}.",
            "Restore the ledger from a backup.",
        ) from error


def write_report(
    connection: Connection,
    tenant: str,
    report: Report,
    postponed: Collection[str],
    marks: Collection[str],
) -> None:
    """Write a report down, once; nobody else may be writing one in the meantime."""
    of_tenant = REPORTS.c.tenant == tenant
    if connection.scalar(select(REPORTS.c.id).where(of_tenant, REPORTS.c.id == report.id)):
        return
    before = _first_seen(connection, tenant)
    now = {one.issue: one for one in report.seen}
    last = connection.scalar(select(func.max(REPORTS.c.position)).where(of_tenant)) or 0
    connection.execute(
        insert(REPORTS).values(
            tenant=tenant,
            id=report.id,
            position=last + 1,
            taken_at=report.taken_at,
            as_of=report.as_of.isoformat(),
            taken_by=report.by,
            revision=report.commit,
            snapshot_digest=report.snapshot_digest,
            appeared=len(now.keys() - before.keys()),
            settled=len(before.keys() - now.keys()),
        )
    )
    _forget_old(connection, tenant, _year_before(report.taken_at))
    _write_counts(connection, tenant, report)
    _write_issues(connection, tenant, now, before, report.taken_at)
    _write_postponed(connection, tenant, report.id, postponed, marks)


def _summaries(connection: Connection, tenant: str) -> tuple[ReportSummary, ...]:
    """Return the reports of the year that the latest one ends, so that it is always among them."""
    of_tenant = REPORTS.c.tenant == tenant
    latest = connection.scalar(
        select(REPORTS.c.taken_at).where(of_tenant).order_by(REPORTS.c.position.desc()).limit(1)
    )
    if latest is None:
        return ()
    since = _year_before(latest)
    rows = connection.execute(
        select(REPORTS)
        .where(of_tenant, REPORTS.c.taken_at >= since)
        .order_by(REPORTS.c.position.desc())
    ).all()
    counts = _counts(connection, tenant, since)
    return tuple(
        ReportSummary(
            id=ReportId(row.id),
            taken_at=row.taken_at,
            as_of=date.fromisoformat(row.as_of),
            counts=counts[row.id],
            new=row.appeared,
            settled=row.settled,
        )
        for row in rows
    )


def _year_before(moment: str) -> str:
    """Return the day a year before: its ten letters sort by time, however the rest of a moment is written."""
    return (datetime.fromisoformat(moment) - YEAR).date().isoformat()


def _forget_old(connection: Connection, tenant: str, since: str) -> None:
    old = select(REPORTS.c.id).where(REPORTS.c.tenant == tenant, REPORTS.c.taken_at < since)
    connection.execute(delete(COUNTS).where(COUNTS.c.tenant == tenant, COUNTS.c.report.in_(old)))
    connection.execute(
        delete(REPORTS).where(REPORTS.c.tenant == tenant, REPORTS.c.taken_at < since)
    )


def _counts(
    connection: Connection, tenant: str, since: str
) -> Mapping[str, Mapping[tuple[IssueType, IssueStatus], int]]:
    found: defaultdict[str, dict[tuple[IssueType, IssueStatus], int]] = defaultdict(dict)
    query = (
        select(COUNTS.c.report, COUNTS.c.type, COUNTS.c.status, COUNTS.c.issues)
        .join(REPORTS, (REPORTS.c.tenant == COUNTS.c.tenant) & (REPORTS.c.id == COUNTS.c.report))
        .where(COUNTS.c.tenant == tenant, REPORTS.c.taken_at >= since)
    )
    for report, kind, status, issues in connection.execute(query):
        found[report][IssueType(kind), IssueStatus(status)] = issues
    return found


def _postponed(connection: Connection, tenant: str) -> dict[str, ReportId]:
    query = select(POSTPONEMENTS.c.mark, POSTPONEMENTS.c.report).where(
        POSTPONEMENTS.c.tenant == tenant
    )
    return {mark: ReportId(report) for mark, report in connection.execute(query)}


def _first_seen(connection: Connection, tenant: str) -> dict[str, str]:
    query = select(ISSUES.c.issue, ISSUES.c.first_seen).where(ISSUES.c.tenant == tenant)
    return {row.issue: row.first_seen for row in connection.execute(query)}


def _write_counts(connection: Connection, tenant: str, report: Report) -> None:
    counts = Counter((one.type, one.status) for one in report.seen)
    if counts:
        connection.execute(
            insert(COUNTS),
            [
                {
                    "tenant": tenant,
                    "report": report.id,
                    "type": kind.value,
                    "status": status.value,
                    "issues": number,
                }
                for (kind, status), number in counts.items()
            ],
        )


def _write_issues(
    connection: Connection,
    tenant: str,
    now: Mapping[str, Seen],
    before: Mapping[str, str],
    taken_at: str,
) -> None:
    """Replace the issues of the report before; one that was settled and comes back is a new one."""
    connection.execute(delete(ISSUES).where(ISSUES.c.tenant == tenant))
    if now:
        connection.execute(
            insert(ISSUES),
            [
                {
                    "tenant": tenant,
                    "issue": one.issue,
                    "type": one.type.value,
                    "status": one.status.value,
                    "person": one.person,
                    "first_seen": before.get(one.issue, taken_at),
                }
                for one in now.values()
            ],
        )


def _write_postponed(
    connection: Connection,
    tenant: str,
    report: ReportId,
    postponed: Collection[str],
    marks: Collection[str],
) -> None:
    """Remember which report showed an entry's issue as postponed: the latest one that did."""
    known = _postponed(connection, tenant)
    shown = set(postponed)
    gone = [mark for mark in known if mark in shown or mark not in marks]
    if gone:
        connection.execute(_FORGET_MARK, [{"of_tenant": tenant, "of_mark": mark} for mark in gone])
    if shown:
        connection.execute(
            insert(POSTPONEMENTS),
            [{"tenant": tenant, "mark": mark, "report": report} for mark in sorted(shown)],
        )
