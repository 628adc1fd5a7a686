"""Who moved: whether an issue comes from a change in the files, in the tenant, or in both."""

from reconciler.model.address import PersonId, fold
from reconciler.model.finding import MovedIn
from reconciler.model.issue import Issue, IssueType
from reconciler.model.settings import Correlation
from reconciler.model.state import Actual, Desired, Owned, Recorded
from reconciler.model.value import Plain

USER_NAME = "username"


def moved_in(
    issue: Issue, desired: Desired, recorded: Recorded, actual: Actual, rule: Correlation
) -> MovedIn:
    """Return where something changed since an apply last left it, as far as the ledger can tell.

    Of a correlation that is not one to one: the tenant, where the account no longer holds what it was
    bound by; the files, where it does and somebody else has come to correlate. Where nothing was
    recorded, nobody can say.
    """
    match issue.type:
        case IssueType.PERSON_MULTIPLE_ACCOUNTS:
            return _of_person(issue, desired, recorded, rule)
        case IssueType.ACCOUNT_MULTIPLE_PERSONS:
            return _of_account(issue, recorded, actual, rule)
        case IssueType.ACCOUNT_UNMANAGED:
            return MovedIn.TENANT if recorded.accounts else MovedIn.UNKNOWN
        case IssueType.PERMISSION_UNMANAGED:
            is_known = issue.person in recorded.accounts
            return MovedIn.TENANT if is_known else MovedIn.UNKNOWN
        case _:
            return MovedIn.TENANT


def _of_person(issue: Issue, desired: Desired, recorded: Recorded, rule: Correlation) -> MovedIn:
    """Say of a person with an account of ours who correlates with another: their own value moved, or not."""
    if issue.person is None:
        return MovedIn.UNKNOWN
    person, owned = desired.persons.get(issue.person), recorded.accounts.get(issue.person)
    if person is None or owned is None:
        return MovedIn.UNKNOWN
    known, value = _recorded_value(owned, rule), person.value(rule.person_field)
    if known is None or not isinstance(value, str | int):
        return MovedIn.UNKNOWN
    return MovedIn.TENANT if fold(str(known)) == fold(str(value)) else MovedIn.FILES


def _of_account(issue: Issue, recorded: Recorded, actual: Actual, rule: Correlation) -> MovedIn:
    """Say of an account that several claim: it still holds what its owner was bound by, or not."""
    ref = issue.account.ref if issue.account is not None else None
    found = actual.accounts.get(ref) if ref is not None else None
    owned = next(
        (each for each in map(recorded.accounts.get, issue.persons) if _is(each, ref)), None
    )
    if found is None or owned is None:
        return MovedIn.UNKNOWN
    known, held = _recorded_value(owned, rule), found.field(rule.account_field)
    if known is None:
        return MovedIn.UNKNOWN
    is_same = held is not None and fold(str(known)) == fold(str(held))
    return MovedIn.FILES if is_same else MovedIn.TENANT


def _is(owned: Owned | None, ref: str | None) -> bool:
    return owned is not None and owned.ref == ref


def _recorded_value(owned: Owned, rule: Correlation) -> Plain:
    """Return what the correlation field of an account held when it was last written."""
    wanted = fold(rule.account_field)
    known = next((v for name, v in owned.fields.items() if fold(name) == wanted), None)
    return owned.user_name if known is None and wanted == USER_NAME else known


def unjudged_persons(
    issues: tuple[Issue, ...], left_out: frozenset[PersonId]
) -> frozenset[PersonId]:
    """Return the persons whose issues nobody looked for: left out, or in a correlation with others."""
    return left_out | {person for issue in issues for person in issue.persons}
