"""Names of accounts that exist: an account is renamed or comes back only under a name that is free."""

from reconciler.model.address import PersonId, fold
from reconciler.model.state import Found, PersonError
from reconciler.planner.context import Context
from reconciler.planner.draft import Sheet
from reconciler.planner.fields import USER_NAME, Values, has, text_of
from reconciler.planner.names import asked_twice, name_problem


def is_name_free(
    sheet: Sheet, context: Context, person: PersonId, mapped: Values, found: Found
) -> bool:
    """Tell whether the account can have the name that the plan gives it; if not, leave its person out.

    Where several persons ask for one name, all of them are left out. A name that this plan sets free is
    there for the next one.
    """
    shown = text_of(mapped, USER_NAME) if has(mapped, USER_NAME) else found.user_name
    if not found.deleted and fold(shown) == fold(found.user_name):
        return True
    inputs = context.inputs
    problem = name_problem(shown, found.ref, context.names, inputs.actual, inputs.settings)
    if problem:
        _leave_out(sheet, context, person, problem)
        return False
    asking = sheet.names.setdefault(fold(shown), [*context.asking.get(fold(shown), ())])
    asking.append(person)
    if len(asking) > 1:
        for each in asking:
            _leave_out(sheet, context, each, asked_twice(shown, sorted(asking)))
        return False
    return True


def _leave_out(sheet: Sheet, context: Context, person: PersonId, problem: tuple[str, str]) -> None:
    at = context.inputs.desired.persons[person].at
    sheet.leave_out(PersonError(person, *problem, at.short if at else None))
