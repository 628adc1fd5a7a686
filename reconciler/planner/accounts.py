"""What happens to accounts: the table of wanted, owned and found, one row a person."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.address import AccountName, AccountRef, PersonId, fold
from reconciler.model.change import (
    CorrelateAccount,
    CreateAccount,
    DeleteAccount,
    FieldChange,
    Fields,
    RestoreAccount,
    Subject,
    UpdateAccount,
)
from reconciler.model.issue import Drift, IssueType
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.plan import Remembered
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.resolution import Act
from reconciler.model.state import Found, PersonError, Unwanted, Wanted
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain, same
from reconciler.planner.access import plan_access, plan_first_access, without_access
from reconciler.planner.account_data import account_data
from reconciler.planner.binding import Binding
from reconciler.planner.context import Context, is_restored
from reconciler.planner.creation import as_created
from reconciler.planner.draft import Draft, Holder, Sheet, asked_by
from reconciler.planner.fields import (
    ACCESS,
    MANAGER,
    USER_NAME,
    FieldRules,
    Values,
    differences,
    text_of,
    without,
)
from reconciler.planner.leaving import plan_leaving
from reconciler.planner.questions import ask, cause_of, missing, question
from reconciler.planner.renames import is_name_free

NEVER_UPDATED = (ACCESS, MANAGER, "userGUID")


def plan_accounts(sheet: Sheet, context: Context) -> None:
    """Put on the sheet what becomes of every account that is ours or asked for."""
    for person, binding in context.planned.items():
        if context.inputs.concerns(person):
            _plan_account(sheet, context, person, binding)
    _mention_managers(sheet, context)


def _plan_account(sheet: Sheet, context: Context, person: PersonId, binding: Binding) -> None:
    wanted = context.inputs.desired.accounts.get(person)
    if binding.live is not None:
        sheet.managed.add(binding.live.ref)
    match wanted, binding.live:
        case Unwanted(), Found() as found:
            _delete(sheet, context, person, wanted, found)
            if binding.owned is not None and not binding.is_ours:
                sheet.forgets.append(person)
        case Wanted(), Found() as found:
            _keep_up(sheet, context, person, wanted, binding, found)
        case Wanted(), None:
            _bring_about(sheet, context, person, wanted, binding)
        case None, Found() as found if binding.owned is not None:
            plan_leaving(sheet, context, person, binding.owned, found)
        case _:
            if binding.owned is not None:
                sheet.forgets.append(person)


def _delete(
    sheet: Sheet, context: Context, person: PersonId, wanted: Unwanted, found: Found
) -> None:
    subject = Subject(person, AccountName(found.ref, found.user_name))
    mapped = context.rules.wanted(
        context.inputs.desired.persons[person], Stage.DELETE, {}, context.taken, found
    )
    if isinstance(mapped, PersonError):
        sheet.leave_out(mapped)
        return
    fields = differences(without(mapped, *NEVER_UPDATED[1:]), found)
    sheet.drafts.append(Draft(DeleteAccount(subject, fields), asked_by(wanted.origin)))
    sheet.deleted.add(found.ref)


# ---------------------------------------------------------------- an account that exists


def _keep_up(
    sheet: Sheet, context: Context, person: PersonId, wanted: Wanted, binding: Binding, found: Found
) -> None:
    mapped = _update_values(context, person, wanted, found)
    if isinstance(mapped, PersonError):
        sheet.leave_out(mapped)
        return
    if not is_name_free(sheet, context, person, mapped, found):
        return
    subject = Subject(person, AccountName(found.ref, found.user_name))
    first = len(sheet.drafts)
    if not binding.is_ours and context.inputs.recorded.kept:
        field = context.inputs.settings.correlation.account_field
        cause = Cause(CauseKind.DESIRED, f"correlates by {field}", asked_by(wanted.origin).source)
        sheet.drafts.append(Draft(CorrelateAccount(subject), cause))
    known = binding.known_fields
    changes = differences(mapped, found)
    act, left = _settle_drift(sheet, context, subject, known, changes)
    changes = tuple(c for c in changes if c.field not in left)
    if changes:
        wait = _awaited(changes)
        cause = _why_updated(wanted, known, changes, act)
        sheet.drafts.append(Draft(UpdateAccount(subject, changes), cause, wait))
    plan_access(sheet, context, wanted, binding.owned if binding.is_ours else None, found, subject)
    sheet.holders[person] = Holder(person, subject.account, is_new=False, is_wanted=True)
    stored = account_data(context.inputs.stored, found, sheet.drafts[first:])
    _remember(sheet, person, binding, found, mapped, left, wanted, stored)


def _update_values(
    context: Context, person: PersonId, wanted: Wanted, found: Found
) -> Values | PersonError:
    """Return what the account should hold: Update's fields, less those that its access owns, and its manager."""
    whole = context.inputs.desired.persons[person]
    mapped = context.rules.wanted(whole, Stage.UPDATE, wanted.overrides, context.taken, found)
    if isinstance(mapped, PersonError):
        return mapped
    values = held_against(context.rules, mapped, enabled=wanted.enabled, overrides=wanted.overrides)
    if not context.managers.is_left_alone(whole):
        values[MANAGER] = _manager_of(context, whole, found)
    return values


def held_against(
    rules: FieldRules, mapped: Values, *, enabled: bool, overrides: Mapping[str, Plain]
) -> dict[str, FieldValue]:
    """Return those of Update's fields that an account is held against, its manager aside.

    A field that Enable or Disable maps too belongs to the state the account is in; comparing both would
    write it back and forth for ever. What an account entry overrides is the same in either.
    """
    stage = Stage.ENABLE if enabled else Stage.DISABLE
    overridden = {fold(name) for name in overrides}
    by_access = [name for name in rules.mapper.names(stage) if fold(name) not in overridden]
    leave = [*NEVER_UPDATED, *by_access]
    if not rules.settings.target.update_user_name:
        leave.append(USER_NAME)
    return {
        name: value
        for name, value in without(mapped, *leave).items()
        if not isinstance(value, Generated)
    }


def _manager_of(context: Context, person: Person, found: Found) -> AccountRef | AccountOf | None:
    """Return the manager's account; of one that comes back, the reference where it is held already."""
    manager = context.managers.of(person)
    if isinstance(manager, AccountOf):
        binding = context.planned[manager.person]
        if is_restored(binding, context.inputs.settings):
            ref = binding.deleted[0].ref
            return ref if found.field(MANAGER) == ref else manager
    return manager


def _settle_drift(
    sheet: Sheet,
    context: Context,
    subject: Subject,
    known: Mapping[str, Plain],
    changes: Fields,
) -> tuple[Act | None, frozenset[str]]:
    """Raise what changed behind everybody's back; return what settles it, or the fields to leave alone."""
    drifted = tuple(c for c in changes if c.field in known and not _is_ours(c, known))
    if not drifted:
        return None, frozenset()
    listed = ", ".join(f"{c.field} {c.before!r} instead of {known[c.field]!r}" for c in drifted)
    issue = question(
        IssueType.ACCOUNT_DIFFERS,
        f"{subject.account.user_name} holds {listed}",
        person=subject.person,
        account=subject.account,
    )
    drift = tuple(Drift(c.field, c.after, known[c.field], _plain(c.before)) for c in drifted)
    act = ask(sheet, context.inputs.decisions, replace(issue, drift=drift))
    return act, frozenset() if act is not None else frozenset(c.field for c in drifted)


def _plain(value: FieldValue) -> Plain:
    return None if isinstance(value, Generated | AccountOf) else value


def _is_ours(change: FieldChange, known: Mapping[str, Plain]) -> bool:
    """Tell whether the tenant still holds what we last wrote, so that the files must have moved."""
    before = change.before
    return not isinstance(before, Generated | AccountOf) and same(before, known[change.field])


def _why_updated(
    wanted: Wanted, known: Mapping[str, Plain], changes: Fields, act: Act | None
) -> Cause:
    source = asked_by(wanted.origin).source
    drifted = [c.field for c in changes if c.field in known and not _is_ours(c, known)]
    if not drifted:
        return Cause(CauseKind.DESIRED, "field mapping", source)
    both = [c.field for c in changes if c.field in drifted and c.after != known[c.field]]
    detail = f"changed in the tenant: {', '.join(drifted)}"
    if both:
        detail += f"; changed in the files too: {', '.join(both)}"
    cause = Cause(CauseKind.DRIFT, detail, source)
    return cause if act is None else cause_of(act, cause)


def _remember(
    sheet: Sheet,
    person: PersonId,
    binding: Binding,
    found: Found,
    mapped: Values,
    left: frozenset[str],
    wanted: Wanted,
    stored: Mapping[str, Plain],
) -> None:
    """Have the ledger hold what is asked for, where it holds something else.

    Drift that is `left` alone keeps the recorded value, so that it stays visible as drift.
    """
    owned = binding.owned if binding.is_ours else None
    before = binding.known_fields
    fields = dict(before)
    for name, value in mapped.items():
        if name in left:
            continue
        if isinstance(value, Generated | AccountOf):
            fields.pop(name, None)  # the step that writes it has it remembered
        else:
            fields[name] = value
    if (
        owned is None
        or fields != dict(before)
        or owned.enabled != wanted.enabled
        or owned.disabled_since is not None
        or owned.user_name != found.user_name
        or owned.stored != stored
    ):
        user_name = text_of(mapped, USER_NAME) or found.user_name
        sheet.remembers.append(
            Remembered(person, found.ref, user_name, fields, wanted.enabled, stored=stored)
        )


# ---------------------------------------------------------------- an account that does not exist


def _bring_about(
    sheet: Sheet, context: Context, person: PersonId, wanted: Wanted, binding: Binding
) -> None:
    cause = asked_by(wanted.origin)
    if binding.owned is not None:
        issue = missing(binding.owned, is_deleted=bool(binding.deleted))
        act = ask(sheet, context.inputs.decisions, issue)
        if act is None:
            sheet.missing.add(binding.owned.ref)
            return
        drift = Cause(CauseKind.DRIFT, "the account is gone from the tenant", cause.source)
        cause = cause_of(act, drift)
    if is_restored(binding, context.inputs.settings):
        _restore(sheet, context, person, wanted, binding.deleted[0], cause)
    elif person in context.newcomers:
        _create(sheet, context, person, wanted, binding, cause)


def _restore(
    sheet: Sheet, context: Context, person: PersonId, wanted: Wanted, grave: Found, cause: Cause
) -> None:
    mapped = _update_values(context, person, wanted, grave)
    if isinstance(mapped, PersonError):
        sheet.leave_out(mapped)
        return
    if not is_name_free(sheet, context, person, mapped, grave):
        return
    subject = Subject(person, AccountName(grave.ref, grave.user_name))
    fields = differences(mapped, grave)
    later = tuple(c for c in fields if c.field == MANAGER and person in context.managers.later)
    fields = tuple(c for c in fields if c not in later)
    if not wanted.enabled:
        fields = without_access(sheet, context, wanted, subject, grave, fields)
    drafts = [Draft(RestoreAccount(subject, fields), cause, _awaited(fields))]
    if later:
        follow_up = Cause(CauseKind.DESIRED, "field mapping", cause.source)
        drafts.append(Draft(UpdateAccount(subject, later), follow_up, _awaited(later) | {person}))
    if wanted.enabled and not plan_first_access(sheet, context, wanted, subject, grave, drafts):
        return
    sheet.drafts.extend(drafts)
    sheet.holders[person] = Holder(person, subject.account, is_new=True, is_wanted=True)
    stored = account_data(context.inputs.stored, grave, drafts)
    _remember_new(sheet, subject, mapped, grave, wanted, stored)


def _awaited(fields: Fields) -> frozenset[PersonId]:
    """Return the persons whose accounts have to be there before the fields can be written."""
    return frozenset(c.after.person for c in fields if isinstance(c.after, AccountOf))


def _create(
    sheet: Sheet, context: Context, person: PersonId, wanted: Wanted, binding: Binding, cause: Cause
) -> None:
    whole = context.inputs.desired.persons[person]
    values: dict[str, FieldValue] = dict(without(context.newcomers[person], MANAGER, "userGUID"))
    manager = None if context.managers.is_left_alone(whole) else context.managers.of(whole)
    if manager is not None and person not in context.managers.later:
        values[MANAGER] = manager
    subject = Subject(person, AccountName(None, text_of(values, USER_NAME)))
    fields = tuple(FieldChange(name, None, values[name]) for name in sorted(values))
    wait = _awaited(fields)
    made = as_created(subject, values)
    mapped = _update_values(context, person, wanted, made)
    if isinstance(mapped, PersonError):
        sheet.leave_out(mapped)
        return
    drafts = [Draft(CreateAccount(subject, fields), cause, wait)]
    rest = differences(mapped, made, {MANAGER.casefold()} if MANAGER in values else ())
    if rest:
        wait = _awaited(rest)
        follow_up = Cause(CauseKind.DESIRED, "field mapping", cause.source)
        drafts.append(Draft(UpdateAccount(subject, rest), follow_up, wait | {person}))
    if not plan_first_access(sheet, context, wanted, subject, made, drafts):
        return
    sheet.drafts.extend(drafts)
    if binding.deleted:
        names = ", ".join(grave.user_name for grave in binding.deleted)
        sheet.warnings.append(
            f"{person}: {names} is soft-deleted and would be theirs."
            " A new account is planned, which HelloID may refuse under the same name;"
            " target.restore_deleted brings the old one back instead."
        )
    sheet.holders[person] = Holder(person, subject.account, is_new=True, is_wanted=True)
    stored = account_data(context.inputs.stored, made, drafts)
    _remember_new(sheet, subject, mapped, made, wanted, stored)


def _remember_new(
    sheet: Sheet,
    subject: Subject,
    mapped: Values,
    made: Found,
    wanted: Wanted,
    stored: Mapping[str, Plain],
) -> None:
    """Have the ledger hold what the steps of a new account do not write: what it holds already."""
    if subject.person is None:
        return
    ref = subject.account.ref
    fields = {
        name: value
        for name, value in mapped.items()
        if not isinstance(value, Generated | AccountOf)
        and same(value, made.field(name))
        and (ref is not None or same(value, None))
    }
    user_name = text_of(mapped, USER_NAME) or subject.account.user_name
    sheet.remembers.append(
        Remembered(subject.person, ref, user_name, fields, wanted.enabled, stored=stored)
    )


def _mention_managers(sheet: Sheet, context: Context) -> None:
    """Say once whose manager stays as it is because the manager has no account."""
    if not context.managers.is_sent:
        return
    persons = [
        context.inputs.desired.persons[holder.person]
        for holder in sheet.holders.values()
        if holder.is_wanted
    ]
    left = [
        f"{person.id} (manager {person.manager})"
        for person in persons
        if person.manager is not None and context.managers.is_left_alone(person)
    ]
    if left:
        shown = ", ".join(sorted(left)[:10]) + (
            f" and {len(left) - 10} more" if len(left) > 10 else ""
        )
        sheet.warnings.append(f"The manager has no account, so it is left as it is: {shown}")
