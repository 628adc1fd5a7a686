"""Whether an account may sign in: enable and disable, with what the mapping gives for each."""

from collections.abc import Mapping

from reconciler.model.change import DisableAccount, EnableAccount, FieldChange, Fields, Subject
from reconciler.model.issue import IssueType
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.state import Found, Owned, PersonError, Wanted
from reconciler.model.value import Plain
from reconciler.planner.context import Context
from reconciler.planner.draft import Draft, Sheet, asked_by
from reconciler.planner.fields import ACCESS, MANAGER, USER_NAME, differences, without
from reconciler.planner.questions import ask, cause_of, question


def plan_access(
    sheet: Sheet,
    context: Context,
    wanted: Wanted,
    owned: Owned | None,
    found: Found,
    subject: Subject,
) -> None:
    """Enable or disable an account that exists, where it is not as asked for."""
    if found.enabled == wanted.enabled or subject.person is None:
        return
    cause = asked_by(wanted.origin)
    if owned is not None and owned.enabled == wanted.enabled:
        now = "enabled" if found.enabled else "disabled"
        issue = question(
            IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS
            if wanted.enabled
            else IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS,
            f"{found.user_name} is {now} in the tenant",
            person=subject.person,
            account=subject.account,
        )
        act = ask(sheet, context.inputs.decisions, issue)
        if act is None:
            return
        cause = cause_of(act, Cause(CauseKind.DRIFT, f"{now} in the tenant", cause.source))
    person = context.inputs.desired.persons[subject.person]
    stage = Stage.ENABLE if wanted.enabled else Stage.DISABLE
    fields = access_fields(context, person, stage, wanted.overrides, found)
    if isinstance(fields, PersonError):
        sheet.leave_out(fields)
        return
    change = EnableAccount(subject, fields) if wanted.enabled else DisableAccount(subject, fields)
    sheet.drafts.append(Draft(change, cause))


def plan_first_access(
    sheet: Sheet,
    context: Context,
    wanted: Wanted,
    subject: Subject,
    made: Found,
    drafts: list[Draft],
) -> bool:
    """Add the access of an account that this plan makes; False leaves the person out."""
    if subject.person is None or (not wanted.enabled and not made.enabled):
        return True
    person = context.inputs.desired.persons[subject.person]
    stage = Stage.ENABLE if wanted.enabled else Stage.DISABLE
    fields = access_fields(context, person, stage, wanted.overrides, made)
    if isinstance(fields, PersonError):
        sheet.leave_out(fields)
        return False
    if made.enabled == wanted.enabled and fields == (
        FieldChange(ACCESS, made.enabled, made.enabled),
    ):
        return True
    change = EnableAccount(subject, fields) if wanted.enabled else DisableAccount(subject, fields)
    drafts.append(Draft(change, asked_by(wanted.origin), frozenset({subject.person})))
    return True


def without_access(
    sheet: Sheet,
    context: Context,
    wanted: Wanted,
    subject: Subject,
    grave: Found,
    fields: Fields,
) -> Fields:
    """Return what a deleted account comes back with where nobody may sign in with it.

    Access is taken in the same request: it is there at no moment, and no mode holds it back.
    """
    if subject.person is None or not grave.enabled:
        return fields
    person = context.inputs.desired.persons[subject.person]
    more = access_fields(context, person, Stage.DISABLE, wanted.overrides, grave)
    if isinstance(more, PersonError):
        sheet.leave_out(more)
        return fields
    together = {change.field: change for change in (*fields, *more)}
    return tuple(together[name] for name in sorted(together))


def access_fields(
    context: Context,
    person: Person | None,
    stage: Stage,
    overrides: Mapping[str, Plain],
    found: Found,
) -> Fields | PersonError:
    """Return isEnabled and whatever else the mapping changes when access is given or taken."""
    enabled = stage is Stage.ENABLE
    switch = FieldChange(ACCESS, found.enabled, enabled)
    if person is None:
        return (switch,)
    mapped = context.rules.wanted(person, stage, overrides, context.taken, found)
    if isinstance(mapped, PersonError):
        return mapped
    leave = [ACCESS, "userGUID", MANAGER]
    if not context.inputs.settings.target.update_user_name:
        leave.append(USER_NAME)
    more = differences(without(mapped, *leave), found)
    return tuple(sorted((switch, *more), key=lambda change: change.field))
