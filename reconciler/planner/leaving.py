"""Accounts of ours that nothing asks for any more: disabled, deleted or kept, as the settings say."""

from datetime import timedelta

from reconciler.model.address import AccountName, PersonId
from reconciler.model.change import DeleteAccount, DisableAccount, Fields, Subject
from reconciler.model.issue import IssueType
from reconciler.model.mapped import Stage
from reconciler.model.plan import Remembered
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.settings import NotDesired
from reconciler.model.state import Found, Owned, PersonError
from reconciler.planner.access import access_fields
from reconciler.planner.context import Context
from reconciler.planner.draft import Draft, Holder, Sheet
from reconciler.planner.fields import ACCESS, MANAGER, differences, without
from reconciler.planner.questions import ask, cause_of, question


def plan_leaving(
    sheet: Sheet, context: Context, person: PersonId, owned: Owned, found: Found
) -> None:
    """Follow `account_not_desired` for an account of ours that the files no longer ask for."""
    cause = _why(context, person)
    subject = Subject(person, AccountName(found.ref, found.user_name))
    match context.inputs.settings.account_not_desired:
        case NotDesired.KEEP:
            pass
        case NotDesired.DELETE:
            if not _delete(sheet, context, subject, found, cause):
                return
        case NotDesired.DISABLE if found.enabled:
            if not _disable(sheet, context, subject, owned, found, cause):
                return
        case NotDesired.DISABLE:
            _wait_or_delete(sheet, context, subject, owned, found, cause)
    sheet.holders[person] = Holder(person, subject.account, is_new=False, is_wanted=False)


def _why(context: Context, person: PersonId) -> Cause:
    ended = context.inputs.desired.ended.get(person)
    if ended is not None:
        return Cause(CauseKind.EXPIRED, ended.detail, ended.at.short if ended.at else None)
    if person not in context.inputs.desired.persons:
        return Cause(CauseKind.REMOVED, "the person left the files")
    return Cause(CauseKind.REMOVED, "nothing asks for the account any more")


def _delete(sheet: Sheet, context: Context, subject: Subject, found: Found, cause: Cause) -> bool:
    fields = _delete_fields(context, subject, found)
    if isinstance(fields, PersonError):
        sheet.leave_out(fields)
        return False
    sheet.drafts.append(Draft(DeleteAccount(subject, fields), cause))
    sheet.deleted.add(found.ref)
    return True


def _delete_fields(context: Context, subject: Subject, found: Found) -> Fields | PersonError:
    person = context.inputs.desired.persons.get(subject.person) if subject.person else None
    if person is None:
        return ()
    mapped = context.rules.wanted(person, Stage.DELETE, {}, context.taken, found)
    if isinstance(mapped, PersonError):
        return mapped
    return differences(without(mapped, MANAGER, "userGUID"), found)


def _disable(
    sheet: Sheet, context: Context, subject: Subject, owned: Owned, found: Found, cause: Cause
) -> bool:
    if owned.enabled is False and owned.disabled_since is not None:
        issue = question(
            IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS,
            f"{found.user_name} is enabled in the tenant, though nothing asks for it",
            person=subject.person,
            account=subject.account,
        )
        act = ask(sheet, context.inputs.decisions, issue)
        if act is None:
            if owned.disabled_since != context.inputs.desired.as_of:
                _remember_since(sheet, context, owned, found)
            return True
        cause = cause_of(act, Cause(CauseKind.DRIFT, "enabled in the tenant", cause.source))
    person = context.inputs.desired.persons.get(subject.person) if subject.person else None
    fields = access_fields(context, person, Stage.DISABLE, {}, found)
    if isinstance(fields, PersonError):
        sheet.leave_out(fields)
        return False
    sheet.drafts.append(Draft(DisableAccount(subject, fields), cause))
    _remember_since(sheet, context, owned, found)
    return True


def _wait_or_delete(
    sheet: Sheet, context: Context, subject: Subject, owned: Owned, found: Found, cause: Cause
) -> None:
    days, since = context.inputs.settings.delete_after_days, owned.disabled_since
    if since is None or owned.enabled is not False:
        _remember_since(sheet, context, owned, found)
    elif days is not None and since + timedelta(days=days) <= context.inputs.desired.as_of:
        detail = f"disabled since {since.isoformat()}, {days} days ago or more"
        _delete(sheet, context, subject, found, Cause(cause.kind, detail, cause.source))


def _remember_since(sheet: Sheet, context: Context, owned: Owned, found: Found) -> None:
    """Have the ledger know since when the account is disabled because nothing asks for it.

    Who had access until now counts from now, whatever was written down before.
    """
    fields = {name: value for name, value in owned.fields.items() if name != ACCESS}
    sheet.remembers.append(
        Remembered(
            owned.person,
            found.ref,
            found.user_name,
            fields,
            enabled=False,
            disabled_since=context.inputs.desired.as_of,
            stored=owned.stored,
        )
    )
