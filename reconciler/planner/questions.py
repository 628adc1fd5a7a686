"""Issues: what the tenant holds that nobody asked for, each with a stable id, and what was decided about it."""

from dataclasses import replace
from hashlib import sha256

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.provenance import Cause
from reconciler.model.resolution import Act, Decision
from reconciler.model.state import Owned
from reconciler.planner.draft import Sheet
from reconciler.planner.ports import Decisions


def question(
    kind: IssueType,
    detail: str,
    *,
    person: PersonId | None = None,
    account: AccountName | None = None,
    permission: Permission | None = None,
    persons: tuple[PersonId, ...] = (),
    accounts: tuple[AccountName, ...] = (),
) -> Issue:
    """Return an issue, open: nobody was asked yet."""
    about = (
        kind.value,
        person or "",
        (account.ref or account.user_name) if account else "",
        f"{permission.kind.value}:{permission.ref or permission.key.name}" if permission else "",
        *persons,
        *(each.ref or each.user_name for each in accounts),
    )
    return Issue(
        id=sha256("\n".join(about).encode()).hexdigest()[:16],
        type=kind,
        person=person,
        account=account,
        permission=permission,
        status=IssueStatus.OPEN,
        resolution=None,
        detail=detail,
        persons=persons,
        accounts=accounts,
    )


def missing(owned: Owned, *, is_deleted: bool) -> Issue:
    """Return the issue of an account of ours that is gone, though its person should have it."""
    name = AccountName(owned.ref, owned.user_name)
    how = ", soft-deleted" if is_deleted else ""
    return question(
        IssueType.ACCOUNT_MISSING,
        f"{name.user_name} is gone from the tenant{how}",
        person=owned.person,
        account=name,
    )


def answered(issue: Issue, decision: Decision) -> Issue:
    """Return the issue with what was decided about it."""
    if isinstance(decision, Act):
        return replace(issue, status=IssueStatus.RESOLVED, resolution=decision.resolution)
    resolution = decision.by.resolution if decision.by is not None else None
    return replace(issue, status=decision.status, resolution=resolution)


def ask(sheet: Sheet, decisions: Decisions, issue: Issue) -> Act | None:
    """Put an issue on the sheet with what was decided, and return that where an action settles it."""
    decision = decisions.on(issue)
    sheet.issues.append(answered(issue, decision))
    return decision if isinstance(decision, Act) else None


def cause_of(act: Act, drift: Cause) -> Cause:
    """Return why an action settles an issue: somebody decided so, or the drift itself is reason enough."""
    if act.cause is None:
        return drift
    return Cause(act.cause.kind, f"{act.cause.detail}; {drift.detail}", act.cause.source)
