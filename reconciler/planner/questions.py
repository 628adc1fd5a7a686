"""Issues: what the tenant holds that nobody asked for, each with a stable id."""

from hashlib import sha256

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.issue import Issue, IssueStatus, IssueType


def question(
    kind: IssueType,
    detail: str,
    *,
    person: PersonId | None = None,
    account: AccountName | None = None,
    permission: Permission | None = None,
    resolution: str | None = None,
    persons: tuple[PersonId, ...] = (),
    accounts: tuple[AccountName, ...] = (),
) -> Issue:
    """Return an issue; with a `resolution` an action of this plan settles it."""
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
        status=IssueStatus.RESOLVED if resolution else IssueStatus.OPEN,
        resolution=resolution,
        detail=detail,
        persons=persons,
        accounts=accounts,
    )
