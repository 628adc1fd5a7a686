"""Grants of groups and products: desired, recorded and actual side by side, one row a grant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import (
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.issue import IssueType
from reconciler.model.plan import Adopted, ForgottenGrant
from reconciler.model.provenance import Cause, CauseKind, Origin
from reconciler.model.resolution import Leave
from reconciler.model.state import (
    GrantStatus,
    Membership,
    OwnedGrant,
    WantedPermission,
)
from reconciler.planner.context import Context
from reconciler.planner.draft import Draft, Holder, Sheet, asked_by
from reconciler.planner.permissions import Resolved
from reconciler.planner.questions import answered, ask, cause_of, question

NO_ONE: frozenset[AccountRef] = frozenset()
SHOWN = 10
NO_RECORD: Mapping[AccountRef, OwnedGrant] = {}


@dataclass(slots=True)
class GrantBooks:
    """What grants change in the ledger only, and which requests wait for approval."""

    adopts: list[Adopted]
    forgets: list[ForgottenGrant]
    waiting: list[str]


def plan_grants(sheet: Sheet, context: Context, resolved: tuple[Resolved, ...]) -> GrantBooks:
    """Put every grant and revoke on the sheet, and return what is taken over or forgotten."""
    books = GrantBooks([], [], [])
    people = _People.of(sheet, context)
    seen: set[PermissionRef] = set()
    for each in resolved:
        if each.found is not None:
            seen.add(each.found.ref)
        _plan_permission(sheet, context, people, books, each.permission, each.wanted)
    for ref, found in sorted(context.inputs.actual.permissions.items()):
        if ref not in seen and ref not in sheet.unclear:
            permission = Permission(found.kind, found.name, found.ref)
            _plan_permission(sheet, context, people, books, permission, None)
    _forget_gone_permissions(context, people, books)
    _mention_waiting(sheet, books.waiting)
    return books


@dataclass(frozen=True, slots=True)
class _People:
    """Who is who among account references.

    `ours` are live accounts bound to a person that takes part; `silent` are accounts of which nothing is
    planned: of persons left out, or named as theirs would be, of conflicts, those to be deleted, and the
    missing ones.
    """

    ours: Mapping[AccountRef, Holder]
    silent: frozenset[AccountRef]

    @classmethod
    def of(cls, sheet: Sheet, context: Context) -> "_People":
        ours = {
            holder.account.ref: holder
            for holder in sheet.holders.values()
            if holder.account.ref is not None and holder.person not in sheet.errors
        }
        silent = set(context.bindings.involved) | sheet.deleted | sheet.missing
        silent |= sheet.contested - ours.keys()
        for person, binding in context.bindings.of.items():
            if person in sheet.errors or not context.inputs.concerns(person):
                silent.update(
                    each.ref for each in (binding.live, binding.owned) if each is not None
                )
        silent |= {
            owned.ref
            for person, owned in context.inputs.recorded.accounts.items()
            if person in context.bindings.blocked or person in sheet.beyond
        }
        return cls(ours, frozenset(silent))


def _plan_permission(
    sheet: Sheet,
    context: Context,
    people: _People,
    books: GrantBooks,
    permission: Permission,
    wanted: WantedPermission | None,
) -> None:
    inputs = context.inputs
    ref = permission.ref
    actual = inputs.actual.holders.get(ref, NO_ONE) if ref is not None else NO_ONE
    recorded = inputs.recorded.grants.get(ref, NO_RECORD) if ref is not None else NO_RECORD
    is_managed = wanted is None or wanted.members is not None
    holding: set[AccountRef] = set()
    given_up = 0
    for person, membership in sorted((wanted.members or {}).items() if wanted else ()):
        holder = sheet.holders.get(person)
        if holder is None or not holder.is_wanted or person in sheet.errors:
            continue
        if holder.account.ref is not None:
            holding.add(holder.account.ref)
        _want(sheet, context, books, permission, holder, membership, actual, recorded)
    for account in sorted((actual | recorded.keys()) - holding - people.silent):
        owned = recorded.get(account)
        if owned is not None and not is_managed:
            books.forgets.append(ForgottenGrant(account, permission.kind, owned.permission))
            given_up += account in actual
        elif owned is not None and account in actual:
            ended = _ended(context, owned, wanted)
            _take_back(sheet, people, permission, account, wanted, ended)
        elif owned is not None:
            if owned.status is GrantStatus.HELD:
                books.forgets.append(ForgottenGrant(account, permission.kind, owned.permission))
        else:
            _find_unmanaged(sheet, context, people, permission, account, wanted)
    if given_up:
        _mention_given_up(sheet, permission, given_up)


def _mention_given_up(sheet: Sheet, permission: Permission, count: int) -> None:
    """Say that access stays which nobody answers for any more: whoever wrote that may not have meant it."""
    what = "1 grant that we gave stays" if count == 1 else f"{count} grants that we gave stay"
    sheet.warnings.append(
        f"The files no longer say who is in the {permission.kind.value} {permission.name}: {what},"
        " out of our hands. To take access back instead, write `members: []`."
    )


# ---------------------------------------------------------------- asked for


def _want(
    sheet: Sheet,
    context: Context,
    books: GrantBooks,
    permission: Permission,
    holder: Holder,
    membership: Membership,
    actual: frozenset[AccountRef],
    recorded: Mapping[AccountRef, OwnedGrant],
) -> None:
    """One row of the table with D = 1."""
    ref = holder.account.ref
    owned = recorded.get(ref) if ref is not None else None
    is_there = ref is not None and ref in actual
    cause = asked_by(membership.origin)
    match owned, is_there:
        case OwnedGrant(status=GrantStatus.HELD), True if owned.person == holder.person:
            return
        case _, True if ref is not None:
            books.adopts.append(Adopted(holder.person, ref, permission))
            return
        case OwnedGrant(status=GrantStatus.PENDING, since=since), False if (
            owned.person == holder.person or not holder.is_new
        ):
            if not _is_overdue(context, since):
                day = f" (since {since.isoformat()})" if since else ""
                books.waiting.append(f"{holder.person} {permission.name}{day}")
                return
            detail = f"requested on {since} and not given; {cause.detail}"
            cause = Cause(cause.kind, detail, cause.source)
        case OwnedGrant(), False if owned.person == holder.person and not holder.is_new:
            issue = question(
                IssueType.PERMISSION_MISSING,
                f"{holder.account.user_name} lost {permission.name} in the tenant",
                person=holder.person,
                account=holder.account,
                permission=permission,
            )
            act = ask(sheet, context.inputs.decisions, issue)
            if act is None:
                return
            detail = f"taken away in the tenant; {cause.detail}"
            cause = cause_of(act, Cause(CauseKind.DRIFT, detail, cause.source))
        case _:
            pass
    subject = Subject(holder.person, holder.account)
    is_group = permission.kind is PermissionKind.GROUP
    change = GrantGroup(subject, permission) if is_group else GrantProduct(subject, permission)
    sheet.drafts.append(
        Draft(
            change,
            cause,
            needs_accounts=frozenset({holder.person}) if holder.is_new else frozenset(),
            needs_access=None if is_group else holder.person,
            needs_group=permission.key if permission.ref is None else None,
        )
    )


def _is_overdue(context: Context, since: date | None) -> bool:
    """Tell whether a request has waited so long that it is made again; nobody tells when one is refused."""
    days = context.inputs.settings.product_pending_days
    return (
        days is not None
        and since is not None
        and (context.inputs.desired.as_of - since).days >= days
    )


# ---------------------------------------------------------------- not asked for


def _ended(context: Context, owned: OwnedGrant, wanted: WantedPermission | None) -> Origin | None:
    """Return the entry, line or rule that asked for a grant until a date that has passed."""
    if wanted is not None:
        return wanted.ended.get(owned.person)
    key = PermissionKey.of(owned.kind, owned.name)
    return context.inputs.desired.ended_grants.get(key, {}).get(owned.person)


def _take_back(
    sheet: Sheet,
    people: _People,
    permission: Permission,
    account: AccountRef,
    wanted: WantedPermission | None,
    ended: Origin | None,
) -> None:
    """What we granted and nothing asks for any more."""
    holder = people.ours.get(account)
    if holder is None:
        return
    if ended is not None:
        cause = asked_by(ended, CauseKind.EXPIRED)
    elif not holder.is_wanted:
        cause = Cause(CauseKind.REMOVED, "nothing asks for the account any more")
    elif wanted is None:
        cause = Cause(CauseKind.REMOVED, f"the {permission.kind.value} left the files")
    else:
        cause = asked_by(wanted.origin, CauseKind.REMOVED)
        cause = Cause(cause.kind, "no longer a member in the files", cause.source)
    subject = Subject(holder.person, holder.account)
    sheet.drafts.append(Draft(_revoke(subject, permission), cause))


def _find_unmanaged(
    sheet: Sheet,
    context: Context,
    people: _People,
    permission: Permission,
    account: AccountRef,
    wanted: WantedPermission | None,
) -> None:
    """A grant that is there and that nobody asked for.

    In an authoritative group it goes without a question, unless an entry postpones or excludes this very
    grant: what somebody accepted until a day is not taken away before.
    """
    found = context.inputs.actual.accounts[account]
    holder = people.ours.get(account)
    person = holder.person if holder is not None else None
    if not context.inputs.concerns(person):
        return
    subject = Subject(person, AccountName(account, found.user_name))
    issue = question(
        IssueType.PERMISSION_UNMANAGED,
        f"{found.user_name} holds {permission.name}, which nobody asked for",
        person=person,
        account=subject.account,
        permission=permission,
    )
    if wanted is not None and wanted.authoritative and wanted.members is not None:
        decision = context.inputs.decisions.on(issue)
        if isinstance(decision, Leave) and decision.by is not None:
            sheet.issues.append(answered(issue, decision))
        else:
            cause = _why_not_a_member(wanted, person)
            sheet.drafts.append(Draft(_revoke(subject, permission), cause))
        return
    if holder is None or (wanted is not None and wanted.members is None):
        return
    act = ask(sheet, context.inputs.decisions, issue)
    if act is not None:
        cause = act.cause or Cause(CauseKind.RESOLUTION, act.resolution)
        sheet.drafts.append(Draft(_revoke(subject, permission), cause))


def _why_not_a_member(wanted: WantedPermission, person: PersonId | None) -> Cause:
    ended = wanted.ended.get(person) if person is not None else None
    if ended is not None:
        return asked_by(ended, CauseKind.EXPIRED)
    source = asked_by(wanted.origin).source
    return Cause(CauseKind.REMOVED, "not a member of an authoritative group in the files", source)


def _revoke(subject: Subject, permission: Permission) -> RevokeGroup | RevokeProduct:
    if permission.kind is PermissionKind.GROUP:
        return RevokeGroup(subject, permission)
    return RevokeProduct(subject, permission)


def _forget_gone_permissions(context: Context, people: _People, books: GrantBooks) -> None:
    """Forget what we granted in permissions that are no longer in the tenant; out of scope is not gone."""
    inputs = context.inputs
    for ref, holders in sorted(inputs.recorded.grants.items()):
        if ref not in inputs.actual.permissions and ref not in inputs.actual.reserved:
            books.forgets.extend(
                ForgottenGrant(account, owned.kind, ref)
                for account, owned in sorted(holders.items())
                if account not in people.silent and _is_in_scope(context, owned)
            )


def _is_in_scope(context: Context, owned: OwnedGrant) -> bool:
    scope = context.inputs.settings.scope
    patterns = scope.groups if owned.kind is PermissionKind.GROUP else scope.products
    return patterns.admits(owned.name)


def _mention_waiting(sheet: Sheet, waiting: list[str]) -> None:
    """Say what waits for somebody's approval: the tenant does not tell when it is refused."""
    if not waiting:
        return
    shown = ", ".join(sorted(waiting)[:SHOWN])
    more = f" and {len(waiting) - SHOWN} more" if len(waiting) > SHOWN else ""
    sheet.warnings.append(f"Waiting for approval, and not requested again: {shown}{more}")
