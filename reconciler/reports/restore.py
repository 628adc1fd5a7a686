"""A plan's document back as the values it was made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import UNSET

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.issue import Issue
from reconciler.model.person import Known
from reconciler.model.plan import (
    Adopted,
    Bookkeeping,
    Check,
    ForgottenGrant,
    Plan,
    Remembered,
    Step,
    StepId,
)
from reconciler.model.provenance import Cause
from reconciler.model.state import PersonError, Protection
from reconciler.model.value import AccountOf, FieldValue, Generated
from reconciler.reports.shape import (
    AccountShape,
    ActionShape,
    ChangeShape,
    IssueShape,
    PermissionShape,
    PlanShape,
    RememberedShape,
)

_WITH_FIELDS: Final[Mapping[str, Callable[[Subject, Fields], Change]]] = {
    "create_account": CreateAccount,
    "restore_account": RestoreAccount,
    "update_account": UpdateAccount,
    "enable_account": EnableAccount,
    "disable_account": DisableAccount,
    "delete_account": DeleteAccount,
}
_WITH_PERMISSION: Final[
    Mapping[str, tuple[PermissionKind, Callable[[Subject, Permission], Change]]]
] = {
    "grant_group": (PermissionKind.GROUP, GrantGroup),
    "revoke_group": (PermissionKind.GROUP, RevokeGroup),
    "grant_product": (PermissionKind.PRODUCT, GrantProduct),
    "revoke_product": (PermissionKind.PRODUCT, RevokeProduct),
}


class Misfit(ValueError):
    """The document does not have the shape it should have; the message names the place."""


def plan_of(shape: PlanShape) -> Plan:
    """Return the plan that a document renders. Raises Misfit where parts contradict each other."""
    steps = _steps(shape.actions, "$.actions")
    return Plan(
        as_of=shape.as_of,
        mode=shape.mode,
        base_url=shape.target.base_url,
        snapshot_digest=shape.target.snapshot_digest,
        desired_digest=shape.desired_digest,
        steps=steps,
        held=_steps(shape.held, "$.held"),
        bookkeeping=_bookkeeping(shape),
        errors=tuple(
            PersonError(PersonId(error.person), error.summary, error.detail, error.source)
            for error in shape.errors
        ),
        issues=tuple(_issue(issue) for issue in shape.issues),
        checks=tuple(
            Check(check.rule, check.status, check.value, check.of, check.limit, check.detail)
            for check in shape.checks
        ),
        warnings=tuple(shape.warnings),
        persons={
            PersonId(who): Known(known.name, known.department)
            for who, known in shape.persons.items()
        },
    )


def _steps(actions: Sequence[ActionShape], place: str) -> tuple[Step, ...]:
    seen = set[str]()
    steps = list[Step]()
    for at, action in enumerate(actions):
        if action.id in seen:
            raise Misfit(f"An id that an earlier action has - at `{place}[{at}].id`")
        seen.add(action.id)
        steps.append(
            Step(
                StepId(action.id),
                _change(action, f"{place}[{at}]"),
                Cause(action.cause.kind, action.cause.detail, action.cause.source),
                tuple(StepId(needed) for needed in action.requires),
            )
        )
    return tuple(steps)


def _change(action: ActionShape, place: str) -> Change:
    permission = None if action.permission is UNSET else _permission(action.permission)
    subject = _subject(action)
    _check_parts(action, place)
    if action.kind == "create_group" and permission:
        return CreateGroup(permission)
    if action.kind == "correlate_account" and subject:
        return CorrelateAccount(subject)
    if action.kind in _WITH_FIELDS and subject:
        changes = () if action.changes is UNSET else action.changes
        return _WITH_FIELDS[action.kind](subject, tuple(_field(change) for change in changes))
    if action.kind in _WITH_PERMISSION and subject and permission:
        kind, change = _WITH_PERMISSION[action.kind]
        if permission.kind is kind:
            return change(subject, permission)
    raise Misfit(f"A {action.kind} cannot be about this - at `{place}`")


def _check_parts(action: ActionShape, place: str) -> None:
    on_group = action.kind == "create_group"
    if (action.account is None) is not on_group or (on_group and action.person is not None):
        wanted = "no person and no account" if on_group else "an account"
        raise Misfit(f"A {action.kind} has {wanted} - at `{place}.account`")
    with_permission = on_group or action.kind in _WITH_PERMISSION
    if (action.permission is not UNSET) is not with_permission:
        wanted = "a permission" if with_permission else "no permission"
        raise Misfit(f"A {action.kind} has {wanted} - at `{place}.permission`")
    if on_group and action.permission is not UNSET and action.permission.type != "group":
        raise Misfit(f"A create_group is about a group - at `{place}.permission.type`")
    if action.changes is not UNSET and action.kind not in _WITH_FIELDS:
        raise Misfit(f"A {action.kind} has no changes - at `{place}.changes`")


def _subject(action: ActionShape) -> Subject | None:
    if action.account is None:
        return None
    return Subject(_person(action.person), _account(action.account))


def _field(change: ChangeShape) -> FieldChange:
    after: FieldValue = change.after
    if change.generated is not UNSET:
        elsewhere = change.generated.field
        field = change.field if elsewhere is UNSET else elsewhere
        after = Generated(field, change.generated.iteration)
    elif change.account_of is not UNSET:
        after = AccountOf(PersonId(change.account_of))
    return FieldChange(change.field, change.before, after)


def _person(person: str | None) -> PersonId | None:
    return None if person is None else PersonId(person)


def _account(account: AccountShape) -> AccountName:
    ref = None if account.user_guid is None else AccountRef(account.user_guid)
    return AccountName(ref, account.user_name)


def _permission(permission: PermissionShape) -> Permission:
    ref = None if permission.id is None else PermissionRef(permission.id)
    return Permission(PermissionKind(permission.type), permission.name, ref)


def _issue(issue: IssueShape) -> Issue:
    persons = () if issue.persons is UNSET else issue.persons
    accounts = () if issue.accounts is UNSET else issue.accounts
    return Issue(
        id=issue.id,
        type=issue.type,
        person=_person(issue.person),
        account=_account(issue.account) if issue.account else None,
        permission=_permission(issue.permission) if issue.permission else None,
        status=issue.status,
        resolution=issue.resolution,
        detail=issue.detail,
        persons=tuple(PersonId(person) for person in persons),
        accounts=tuple(_account(account) for account in accounts),
    )


def _bookkeeping(shape: PlanShape) -> Bookkeeping:
    books = shape.bookkeeping
    return Bookkeeping(
        adopts=_adopts(shape),
        remembers=tuple(_remembered(kept) for kept in books.remembers),
        forgets_accounts=tuple(PersonId(person) for person in books.forgets_accounts),
        forgets_grants=tuple(
            ForgottenGrant(
                AccountRef(gone.account), PermissionKind(gone.type), PermissionRef(gone.permission)
            )
            for gone in books.forgets_grants
        ),
        protections=tuple(Protection(kept.kind, kept.id, kept.name) for kept in books.protections),
    )


def _adopts(shape: PlanShape) -> tuple[Adopted, ...]:
    holders = shape.bookkeeping.adopters
    if len(holders) != len(shape.adopts):
        raise Misfit("It names one account for each of `adopts` - at `$.bookkeeping.adopters`")
    return tuple(
        Adopted(
            PersonId(person),
            AccountRef(holder),
            Permission(PermissionKind(kind), name, None if ref is None else PermissionRef(ref)),
        )
        for (person, kind, name, ref), holder in zip(shape.adopts, holders, strict=True)
    )


def _remembered(kept: RememberedShape) -> Remembered:
    guid = kept.account.user_guid
    return Remembered(
        PersonId(kept.person),
        AccountRef(guid) if guid is not None else None,
        kept.account.user_name,
        kept.fields,
        kept.enabled,
        kept.disabled_since,
        {} if kept.stored is UNSET else kept.stored,
    )
