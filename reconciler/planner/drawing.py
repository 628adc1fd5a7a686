"""Three states in, one plan out."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.address import AccountName, PersonId, fold
from reconciler.model.change import (
    CorrelateAccount,
    DeleteAccount,
    DisableAccount,
    FieldChange,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Bookkeeping, Drawn, Mode, Plan, Remembered, Step
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.resolution import Act, Leave
from reconciler.model.state import Found, GrantStatus
from reconciler.planner.accounts import plan_accounts
from reconciler.planner.binding import Bindings, accounts_of_somebody, bind
from reconciler.planner.context import Context, Inputs, find_context
from reconciler.planner.draft import Draft, Sheet
from reconciler.planner.exposure import find_exposure, find_protections
from reconciler.planner.grants import GrantBooks, plan_grants
from reconciler.planner.order import arrange
from reconciler.planner.permissions import Resolved, resolve_permissions
from reconciler.planner.questions import answered, ask, question

TAKES_AWAY = (RevokeGroup, RevokeProduct, DisableAccount, DeleteAccount)
SETTLED_BY_TAKING_AWAY = (
    IssueType.ACCOUNT_UNMANAGED,
    IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS,
    IssueType.PERMISSION_UNMANAGED,
)


def draw(inputs: Inputs, mode: Mode = Mode.SYNC) -> Drawn:
    """Draw the plan that brings the tenant to what the files ask for on their date.

    Pure: the same inputs give the same plan, and nothing is asked of anybody but the mapping. The plan
    has no checks yet; governance judges it by the exposure.
    """
    sheet = Sheet()
    bindings = bind(inputs.desired, inputs.recorded, inputs.actual, inputs.settings.correlation)
    resolved = resolve_permissions(sheet, inputs)
    context = find_context(sheet, inputs, bindings)
    plan_accounts(sheet, context)
    _find_conflicts(sheet, inputs, bindings)
    _find_unmanaged_accounts(sheet, context)
    books = plan_grants(sheet, context, resolved)
    return _written_out(sheet, context, books, resolved, mode)


def _written_out(
    sheet: Sheet, context: Context, books: GrantBooks, resolved: tuple[Resolved, ...], mode: Mode
) -> Drawn:
    """Turn the sheet into a plan: persons with errors out, what additive mode holds back aside."""
    inputs = context.inputs
    left_out = sheet.errors.keys()
    steps = arrange(d for d in sheet.drafts if _person(d) not in left_out)
    held: tuple[Step, ...] = ()
    if mode is Mode.ADDITIVE:
        held = tuple(step for step in steps if isinstance(step.change, TAKES_AWAY))
        steps = tuple(step for step in steps if not isinstance(step.change, TAKES_AWAY))
    forgets = {person for person in sheet.forgets if person not in left_out}
    if mode is Mode.SYNC:
        forgets |= _passed_on(context, steps)
    protections = find_protections(inputs, resolved)
    adopts = tuple(a for a in books.adopts if a.person not in left_out)
    plan = Plan(
        as_of=inputs.desired.as_of,
        mode=mode,
        base_url=inputs.actual.base_url,
        snapshot_digest=inputs.actual.digest,
        desired_digest=inputs.desired.digest,
        steps=steps,
        held=held,
        bookkeeping=Bookkeeping(
            adopts=tuple(
                sorted(adopts, key=lambda a: (a.person, a.permission.kind, a.permission.key.name))
            ),
            remembers=_remembers(sheet, held),
            forgets_accounts=tuple(sorted(forgets)),
            forgets_grants=tuple(sorted(books.forgets, key=lambda f: (f.permission, f.holder))),
            protections=protections,
        )
        if inputs.recorded.kept
        else Bookkeeping(),
        errors=tuple(
            sheet.errors[person] for person in sorted(left_out) if inputs.concerns(person)
        ),
        issues=tuple(sorted(_kept_issues(sheet, inputs, mode), key=_issue_key)),
        warnings=(*sorted(set(inputs.actual.warnings)), *sorted(set(sheet.warnings))),
    )
    exposure = find_exposure(inputs, steps, adopts, frozenset(sheet.managed), resolved, protections)
    return Drawn(plan, exposure, _unseen(sheet, context))


def _person(draft: Draft) -> PersonId | None:
    subject: Subject | None = getattr(draft.change, "subject", None)
    return subject.person if subject is not None else None


def _remembers(sheet: Sheet, held: tuple[Step, ...]) -> tuple[Remembered, ...]:
    """Return what the ledger shall hold, except of accounts whose own change was held back."""
    waiting = {
        step.change.subject.person
        for step in held
        if isinstance(step.change, DisableAccount | DeleteAccount)
    }
    return tuple(
        sorted(
            (
                r
                for r in sheet.remembers
                if r.person not in sheet.errors and r.person not in waiting
            ),
            key=lambda r: r.person,
        )
    )


def _passed_on(context: Context, steps: tuple[Step, ...]) -> set[PersonId]:
    """Return who left the files and whose account another person takes with this very plan.

    Until then the ledger keeps what it knows, a product that waits for approval too.
    """
    recorded, released = context.inputs.recorded, context.bindings.released
    if not released:
        return set()
    gone = {s.change.subject.account.ref for s in steps if isinstance(s.change, DeleteAccount)}
    taken = {s.change.subject.account.ref for s in steps if isinstance(s.change, CorrelateAccount)}
    taken |= {
        binding.owned.ref
        for person, binding in context.planned.items()
        if binding.owned is not None and context.inputs.concerns(person)
    }
    waiting = {
        grant.person
        for holders in recorded.grants.values()
        for grant in holders.values()
        if grant.status is GrantStatus.PENDING
    }
    refs = {person: recorded.accounts[person].ref for person in released}
    return {p for p in released if refs[p] in gone or (refs[p] in taken and p not in waiting)}


def _kept_issues(sheet: Sheet, inputs: Inputs, mode: Mode) -> Iterable[Issue]:
    for found in sheet.issues:
        issue = found
        if issue.person in sheet.errors:
            continue
        is_held = mode is Mode.ADDITIVE and issue.type in SETTLED_BY_TAKING_AWAY
        if is_held and issue.status is IssueStatus.RESOLVED:
            issue = replace(issue, status=IssueStatus.OPEN, resolution=None)
        about = {issue.person, *issue.persons} - {None}
        if inputs.selected is None or about & inputs.selected:
            yield issue


def _unseen(sheet: Sheet, context: Context) -> frozenset[str]:
    """Return the persons of whom nothing is planned, and the names and references of their accounts."""
    inputs, bindings = context.inputs, context.bindings
    persons = {*sheet.errors, *sheet.beyond, *bindings.blocked}
    refs = set(bindings.involved)
    names: set[str] = set()
    for person in persons:
        binding, owned = bindings.of.get(person), inputs.recorded.accounts.get(person)
        refs.update(each.ref for each in (owned, binding and binding.live) if each is not None)
        if owned is not None:
            names.add(fold(owned.user_name))
    found = (inputs.actual.accounts.get(ref) for ref in refs)
    names.update(fold(each.user_name) for each in found if each is not None)
    return frozenset({*persons, *refs, *names})


def _issue_key(issue: Issue) -> tuple[str, str, str, str, str]:
    return (
        issue.type.value,
        issue.person or "",
        issue.account.user_name.casefold() if issue.account else "",
        issue.permission.key.name if issue.permission else "",
        issue.id,
    )


# ---------------------------------------------------------------- what fits nobody


def _find_conflicts(sheet: Sheet, inputs: Inputs, bindings: Bindings) -> None:
    """Raise every correlation that is not one to one."""
    for conflict in bindings.conflicts:
        accounts = tuple(
            AccountName(ref, inputs.actual.accounts[ref].user_name) for ref in conflict.accounts
        )
        names = " and ".join(account.user_name for account in accounts)
        persons = " and ".join(conflict.persons)
        if conflict.type is IssueType.PERSON_MULTIPLE_ACCOUNTS:
            issue = question(
                conflict.type,
                f"{persons} correlates with {names}",
                person=conflict.persons[0],
                persons=conflict.persons,
                accounts=accounts,
            )
        else:
            issue = question(
                conflict.type,
                f"{names} correlates with {persons}",
                account=accounts[0],
                persons=conflict.persons,
                accounts=accounts,
            )
        ask(sheet, inputs.decisions, issue)


def _find_unmanaged_accounts(sheet: Sheet, context: Context) -> None:
    """Raise the accounts in scope that are nobody's, each once, with how many grants it holds."""
    inputs = context.inputs
    known = accounts_of_somebody(context.bindings, inputs.recorded)
    counts: dict[str, int] = {}
    for holders in inputs.actual.holders.values():
        for account in holders:
            counts[account] = counts.get(account, 0) + 1
    for ref, found in sorted(inputs.actual.accounts.items()):
        if not found.deleted and ref not in known:
            _find_unmanaged_account(sheet, inputs, found, counts.get(ref, 0))


def _find_unmanaged_account(sheet: Sheet, inputs: Inputs, found: Found, grants: int) -> None:
    name = AccountName(found.ref, found.user_name)
    issue = question(
        IssueType.ACCOUNT_UNMANAGED,
        f"{found.user_name} is nobody's and holds {_grants(grants)}",
        account=name,
    )
    decision = inputs.decisions.on(issue)
    if isinstance(decision, Act) and (
        (decision.resolution == "disable" and not found.enabled)
        or (decision.by is None and found.ref in sheet.contested)
    ):
        decision = Leave(IssueStatus.OPEN)
    sheet.issues.append(answered(issue, decision))
    if not isinstance(decision, Act) or inputs.selected is not None:
        return
    change = _settle(decision.resolution, Subject(None, name))
    cause = decision.cause or Cause(CauseKind.RESOLUTION, decision.resolution)
    sheet.drafts.append(Draft(change, cause))
    if isinstance(change, DeleteAccount):
        sheet.deleted.add(found.ref)


def _settle(resolution: str, subject: Subject) -> DisableAccount | DeleteAccount:
    if resolution == "delete":
        return DeleteAccount(subject, ())
    return DisableAccount(subject, (FieldChange("isEnabled", True, False),))


def _grants(count: int) -> str:
    return "1 grant" if count == 1 else f"{count} grants"
