"""How an audit's facts are said to people, the same in every dress. Others' text in it is not yet inert."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import UNSET

from reconciler.model.finding import MovedIn
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.run import StepStatus
from reconciler.reports.audit_shape import (
    AuditShape,
    CountedShape,
    FieldMovedShape,
    FindingShape,
    TouchShape,
    TrendShape,
)
from reconciler.reports.inert import name, quoted
from reconciler.reports.shape import PlainShape
from reconciler.reports.words import count

COLUMNS: Final = ("System", "Person", "Account", "Permission", "Issue", "Resolved")
"""The columns of HelloID's reconciliation report, in its order."""
STATUSES: Final[Mapping[IssueStatus, str]] = {
    IssueStatus.OPEN: "Open",
    IssueStatus.RESOLVED: "Resolved by the next apply",
    IssueStatus.POSTPONED: "Postponed until the next report",
    IssueStatus.EXCLUDED: "Excluded",
}
ISSUE_STATUSES: Final[Mapping[IssueStatus, str]] = {
    IssueStatus.OPEN: "open",
    IssueStatus.RESOLVED: "resolved by the next apply",
    IssueStatus.POSTPONED: "postponed",
    IssueStatus.EXCLUDED: "excluded",
}
CHANGED: Final[Mapping[MovedIn, str]] = {
    MovedIn.FILES: "changed in the files",
    MovedIn.TENANT: "changed in the tenant",
    MovedIn.BOTH: "changed in the files and in the tenant",
    MovedIn.UNKNOWN: "nothing is recorded that tells where it changed",
}
DID: Final[Mapping[str, str]] = {
    "create_account": "created the account",
    "restore_account": "restored the account",
    "correlate_account": "correlated the account",
    "update_account": "updated the account",
    "enable_account": "enabled the account",
    "disable_account": "disabled the account",
    "delete_account": "deleted the account",
    "grant_group": "granted it",
    "revoke_group": "revoked it",
    "grant_product": "granted it",
    "revoke_product": "revoked it",
    "adopt": "took it over as it was",
}
_UNSURE: Final[Mapping[StepStatus, str]] = {
    StepStatus.PENDING: ", waiting for approval",
    StepStatus.UNCONFIRMED: ", unconfirmed",
}
FEW: Final = 8
"""Letters of a run or a commit that are shown."""


def persons_of(finding: FindingShape) -> str:
    """Return whom an issue is about: ExternalId and display name, or several of them."""
    if finding.persons is UNSET:
        return _person(finding.person, finding.display_name) if finding.person is not None else ""
    names = () if finding.display_names is UNSET else finding.display_names
    named = [*names, *([None] * (len(finding.persons) - len(names)))]
    pairs = zip(finding.persons, named, strict=False)
    return ", ".join(_person(person, called) for person, called in pairs)


def accounts_of(finding: FindingShape) -> str:
    """Return the user names of the accounts an issue is about."""
    several = () if finding.accounts is UNSET else finding.accounts
    accounts = several or ([finding.account] if finding.account is not None else [])
    return ", ".join(name(account.user_name) for account in accounts)


def permission_of(finding: FindingShape) -> str:
    """Return the group or product an issue is about."""
    permission = finding.permission
    return "" if permission is None else f"{permission.type} {name(permission.name)}"


def resolved(finding: FindingShape) -> str:
    """Return what HelloID's column Resolved says: no, or by what and until when."""
    match finding.status:
        case IssueStatus.OPEN:
            return "no"
        case IssueStatus.RESOLVED:
            return f"{finding.resolution}, by the next apply"
        case IssueStatus.POSTPONED:
            return "postponed until the next report"
        case IssueStatus.EXCLUDED:
            until = f" until {finding.until}" if finding.until else ""
            return f"excluded{until}"


def facts_of(finding: FindingShape, audit: AuditShape) -> list[str]:
    """Return what else is known of an issue, a clause each: by whose doing, since when, the last apply."""
    facts = [CHANGED[finding.changed_in]]
    if audit.trend is not None:
        is_new = finding.first_seen is None or finding.first_seen == audit.taken_at
        facts.append("new" if is_new else since(finding.first_seen, audit.as_of))
    if finding.last_apply is not None:
        facts.append(last_apply(finding.last_apply))
    return facts


def since(moment: datetime | None, as_of: date) -> str:
    """Return since when, and how many days that is; "" where that is not known."""
    if moment is None:
        return ""
    days = (as_of - moment.date()).days
    return f"since {moment.date()}" + (f" ({count(days, 'day')})" if days > 0 else "")


def last_apply(touch: TouchShape) -> str:
    """Return what the last apply did, when, by whom, from which commit."""
    said = DID.get(touch.action, touch.action) + _UNSURE.get(touch.status, "")
    commit = f", commit {name(touch.commit[:FEW])}" if touch.commit else ""
    who = f"by {name(touch.by)}, run {name(touch.run[:FEW])}{commit}"
    return f"the last apply {said} on {name(touch.at[:10])} ({who})"


def decided_by(finding: FindingShape) -> str:
    """Return who decided: the entry's reason and its place; "" where no entry did."""
    place = f"({finding.source})" if finding.source else ""
    return " ".join(part for part in (finding.reason, place) if part)


def field_of(moved: FieldMovedShape) -> str:
    """Return a field in its three states."""
    held, asked = _value(moved.actual), _value(moved.desired)
    parts = [f"{name(moved.field)} is {held} in the tenant"]
    if moved.changed_in is MovedIn.TENANT:
        parts.append(f"was {_value(moved.recorded)} and still should be")
    else:
        parts += [f"was {_value(moved.recorded)}", f"should be {asked}"]
    return f"{', '.join(parts)}: {CHANGED[moved.changed_in]}"


def counted(totals: CountedShape) -> str:
    """Return "3 issues: 2 open, 1 excluded"."""
    if not totals.issues:
        return "No issues"
    found = [(ISSUE_STATUSES[status], totals.by_status.get(status, 0)) for status in STATUSES]
    parts = [f"{number:,} {said}" for said, number in found if number]
    return f"{count(totals.issues, 'issue')}: {', '.join(parts)}"


def by_type(totals: CountedShape) -> str:
    """Return how many there are of each type."""
    found = [(kind.value, totals.by_type.get(kind, 0)) for kind in IssueType]
    return ", ".join(f"{kind} {number:,}" for kind, number in found if number)


def opening(audit: AuditShape) -> str:
    """Return the totals of all issues in a sentence."""
    return f"{counted(audit.totals.all)}."


def filtered(audit: AuditShape) -> str:
    """Return what was asked to be shown; "" where it is everything."""
    asked = audit.filter
    kinds = (
        ("type", [each.value for each in asked.type]),
        ("status", [each.value for each in asked.status]),
        ("person", asked.person),
        ("group", asked.group),
        ("product", asked.product),
    )
    parts = [f"{kind} {' or '.join(map(name, values))}" for kind, values in kinds if values]
    if not parts:
        return ""
    shown, every = audit.totals.shown.issues, audit.totals.all.issues
    return f"Shown: {shown:,} of {every:,}, {', '.join(parts)}."


def trend_of(trend: TrendShape, as_of: date) -> str:
    """Return how the issues stand to those of the report before, in a sentence."""
    oldest = f"; the oldest open one {since(trend.oldest, as_of)}" if trend.oldest else ""
    if trend.before is None:
        return "This is the first report."
    said = f"{trend.new:,} new, {trend.settled:,} settled, {trend.still_open:,} still open{oldest}."
    unjudged = (
        f" {count(trend.unjudged, 'issue')} of persons left out could not be looked for."
        if trend.unjudged
        else ""
    )
    return f"Since the report of {trend.before:%Y-%m-%d %H:%M} UTC: {said}{unjudged}"


def _person(person: str, called: str | None) -> str:
    return f"{name(person)} {name(called)}" if called else name(person)


def _value(value: PlainShape) -> str:
    match value:
        case None | "" | ():
            return "empty"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case _:
            return ", ".join(map(quoted, value))
