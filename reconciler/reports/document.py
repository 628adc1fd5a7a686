"""A plan as its JSON document (contract, section 5): the same plan gives the same bytes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import msgspec
from msgspec import UNSET, UnsetType

from reconciler.model.address import AccountName, Permission, PersonId
from reconciler.model.change import (
    KIND_OF,
    Change,
    CorrelateAccount,
    CreateGroup,
    FieldChange,
    Fields,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.issue import Issue
from reconciler.model.person import Known
from reconciler.model.plan import Adopted, Bookkeeping, Check, Plan, Step
from reconciler.model.provenance import Cause
from reconciler.model.state import PersonError
from reconciler.model.value import JSON, AccountOf, FieldValue, Generated
from reconciler.reports.canonical import digest_of, pretty, seal_of
from reconciler.reports.shape import (
    FORMAT_VERSION,
    AccountShape,
    ActionKind,
    ActionShape,
    BookkeepingShape,
    CauseShape,
    ChangeShape,
    CheckShape,
    ErrorShape,
    ForgottenGrantShape,
    GeneratedShape,
    IssueShape,
    KnownShape,
    PermissionShape,
    PermissionType,
    PlainShape,
    PlanShape,
    ProtectionShape,
    RememberedShape,
    Shape,
    TargetShape,
)


def plan_document(plan: Plan, *, created_at: datetime, expires_at: datetime) -> dict[str, JSON]:
    """Return the plan file's content; moments are cut to seconds and written in UTC.

    A generated value shows as `(generated when applied)`, with what is needed to draw it later. What a
    field held before is always plain; were it not, only its words would be written.
    """
    shape = PlanShape(
        format_version=FORMAT_VERSION,
        created_at=_second(created_at),
        expires_at=_second(expires_at),
        as_of=plan.as_of,
        mode=plan.mode,
        target=TargetShape(base_url=plan.base_url, snapshot_digest=plan.snapshot_digest),
        desired_digest=plan.desired_digest,
        summary=counted(step.kind for step in plan.steps),
        actions=[action_shape(step) for step in plan.steps],
        adopts=[_adopted(adopted) for adopted in plan.bookkeeping.adopts],
        held=[action_shape(step) for step in plan.held],
        errors=[error_shape(error) for error in plan.errors],
        issues=[_issue(issue) for issue in plan.issues],
        checks=[check_shape(check) for check in plan.checks],
        warnings=list(plan.warnings),
        persons=known_shapes(plan.persons),
        bookkeeping=_bookkeeping(plan.bookkeeping),
        digest="",
        seal="",
    )
    return _sealed(as_document(shape))


def write_text(document: dict[str, JSON]) -> str:
    """Return the bytes-to-be of a plan file: JSON, members in the contract's order, a final newline."""
    return pretty(document)


def as_document(shape: Shape) -> dict[str, JSON]:
    """Return a shape as what reading its JSON gives: dicts, lists, texts, numbers."""
    try:
        text: bytes | str = msgspec.json.encode(shape)
    except UnicodeEncodeError:  # half a surrogate pair
        text = json.dumps(msgspec.to_builtins(shape))
    return cast("dict[str, JSON]", json.loads(text))


def counted(kinds: Iterable[str]) -> dict[str, int]:
    """Return how many there are of each kind that occurs, in the order in which kinds are applied."""
    counts = Counter(kinds)
    return {kind: counts[kind] for kind in KIND_OF.values() if counts[kind]}


def _sealed(document: dict[str, JSON]) -> dict[str, JSON]:
    digest = digest_of(document)
    seal = seal_of(digest, str(document["created_at"]), str(document["expires_at"]))
    return {**document, "digest": digest, "seal": seal}


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def action_shape(step: Step) -> ActionShape:
    """Return a step as a plan's document has it."""
    subject, permission, fields = parts_of(step.change)
    return ActionShape(
        id=step.id,
        kind=cast("ActionKind", step.kind),
        person=subject.person if subject else None,
        account=_account(subject.account) if subject else None,
        permission=permission_shape(permission) if permission else UNSET,
        changes=[change_shape(field) for field in fields] if fields else UNSET,
        cause=cause_shape(step.cause),
        requires=list(step.needs),
    )


def cause_shape(cause: Cause) -> CauseShape:
    """Return a cause as documents have it."""
    return CauseShape(kind=cause.kind, detail=cause.detail, source=cause.source)


def known_shapes(persons: Mapping[PersonId, Known]) -> dict[str, KnownShape]:
    """Return how persons are called as documents have it, by ExternalId and sorted by it."""
    return {
        who: KnownShape(name=persons[who].name, department=persons[who].department)
        for who in sorted(persons)
    }


def parts_of(change: Change) -> tuple[Subject | None, Permission | None, Fields]:
    """Return whose account a change is about, which permission, and the fields it writes."""
    match change:
        case CreateGroup(permission):
            return None, permission, ()
        case CorrelateAccount(subject):
            return subject, None, ()
        case GrantGroup() | RevokeGroup() | GrantProduct() | RevokeProduct():
            return change.subject, change.permission, ()
        case _:
            return change.subject, None, change.fields


def change_shape(change: FieldChange) -> ChangeShape:
    """Return a field that changes as documents have it."""
    generated: GeneratedShape | UnsetType = UNSET
    account_of: str | UnsetType = UNSET
    match change.after:
        case Generated(field, iteration):
            elsewhere = field if field != change.field else UNSET
            generated = GeneratedShape(iteration=iteration, field=elsewhere)
        case AccountOf(person):
            account_of = person
        case _:
            pass
    return ChangeShape(
        field=change.field,
        before=_value(change.before),
        after=_value(change.after),
        generated=generated,
        account_of=account_of,
    )


def _value(value: FieldValue) -> PlainShape:
    return str(value) if isinstance(value, Generated | AccountOf) else value


def _account(account: AccountName) -> AccountShape:
    return AccountShape(user_guid=account.ref, user_name=account.user_name)


def permission_shape(permission: Permission) -> PermissionShape:
    """Return a group or product as documents have it."""
    kind: PermissionType = permission.kind.value
    return PermissionShape(type=kind, name=permission.name, id=permission.ref)


def _adopted(adopted: Adopted) -> tuple[str, PermissionType, str, str | None]:
    permission = adopted.permission
    return adopted.person, permission.kind.value, permission.name, permission.ref


def _issue(issue: Issue) -> IssueShape:
    accounts = [_account(account) for account in issue.accounts]
    persons: Sequence[PersonId] = issue.persons
    return IssueShape(
        id=issue.id,
        type=issue.type,
        person=issue.person,
        account=_account(issue.account) if issue.account else None,
        permission=permission_shape(issue.permission) if issue.permission else None,
        status=issue.status,
        resolution=issue.resolution,
        detail=issue.detail,
        persons=list[str](persons) if persons else UNSET,
        accounts=accounts or UNSET,
    )


def error_shape(error: PersonError) -> ErrorShape:
    """Return why a person is left out as a plan's document has it."""
    return ErrorShape(
        person=error.person, summary=error.summary, detail=error.detail, source=error.source
    )


def check_shape(check: Check) -> CheckShape:
    """Return a check as a plan's document has it."""
    return CheckShape(
        rule=check.rule,
        status=check.status,
        value=check.value,
        of=check.of,
        limit=check.limit,
        detail=check.detail,
    )


def _bookkeeping(books: Bookkeeping) -> BookkeepingShape:
    return BookkeepingShape(
        adopters=[adopted.holder for adopted in books.adopts],
        remembers=[
            RememberedShape(
                person=kept.person,
                account=AccountShape(user_guid=kept.ref, user_name=kept.user_name),
                fields={name: kept.fields[name] for name in sorted(kept.fields)},
                enabled=kept.enabled,
                disabled_since=kept.disabled_since,
                stored={name: kept.stored[name] for name in sorted(kept.stored)} or UNSET,
            )
            for kept in books.remembers
        ],
        forgets_accounts=list[str](books.forgets_accounts),
        forgets_grants=[
            ForgottenGrantShape(
                account=gone.holder, type=gone.kind.value, permission=gone.permission
            )
            for gone in books.forgets_grants
        ],
        protections=[
            ProtectionShape(kind=kept.kind, id=kept.ref, name=kept.name)
            for kept in books.protections
        ],
    )
