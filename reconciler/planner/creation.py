"""New accounts: which persons get one, with what values, and who cannot have one."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import PersonId, fold
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Desired, PersonError, Wanted
from reconciler.planner.fields import ACCESS, USER_NAME, FieldRules, Taken, Values, text_of


@dataclass(frozen=True, slots=True)
class Newcomers:
    """The values of the accounts to create, and the persons left out."""

    values: Mapping[PersonId, Values]
    errors: tuple[PersonError, ...]


def find_newcomers(
    desired: Desired,
    actual: Actual,
    rules: FieldRules,
    taken: Taken,
    candidates: tuple[PersonId, ...],
) -> Newcomers:
    """Map the Create action of every candidate, in the order of their ExternalIds."""
    values: dict[PersonId, Values] = {}
    errors: list[PersonError] = []
    for person_id in sorted(candidates):
        person, wanted = desired.persons[person_id], desired.accounts[person_id]
        assert isinstance(wanted, Wanted), "only wanted accounts are created"  # noqa: S101 - narrows a type that the caller chose
        mapped = rules.wanted(person, Stage.CREATE, wanted.overrides, taken, None)
        if isinstance(mapped, PersonError):
            errors.append(mapped)
            continue
        given = {name: value for name, value in mapped.items() if value not in (None, "", ())}
        values[person_id] = {**given, ACCESS: bool(given.get(ACCESS, False)) and wanted.enabled}
    errors += _clashes(values, desired.persons, actual, rules.settings)
    for error in errors:
        values.pop(error.person, None)
    return Newcomers(values, tuple(errors))


def _clashes(
    values: Mapping[PersonId, Values],
    persons: Mapping[PersonId, Person],
    actual: Actual,
    settings: Settings,
) -> list[PersonError]:
    """Return the persons whose user name is empty, out of scope, in use, or asked for twice."""
    in_use = {fold(a.user_name): a for a in actual.accounts.values() if not a.deleted}
    asking: defaultdict[str, list[PersonId]] = defaultdict(list)
    for person, mapped in values.items():
        asking[fold(text_of(mapped, USER_NAME))].append(person)
    errors: list[PersonError] = []
    for name, group in sorted(asking.items()):
        for person in group:
            problem = _clash(
                text_of(values[person], USER_NAME), name, group, in_use, actual, settings
            )
            if problem:
                at = persons[person].at
                errors.append(PersonError(person, *problem, at.short if at else None))
    return errors


def _clash(
    shown: str,
    name: str,
    group: list[PersonId],
    in_use: Mapping[str, object],
    actual: Actual,
    settings: Settings,
) -> tuple[str, str] | None:
    if not name:
        return (
            "No user name",
            "The field mapping gives no userName for Create. Without one HelloID cannot make an account.",
        )
    if name in actual.reserved or not settings.scope.accounts.admits(shown):
        return (
            "Account out of scope",
            f"The account would be called {shown}, which scope.accounts leaves out.",
        )
    if name in in_use:
        return (
            "User name in use",
            (
                f"{shown} belongs to an account that does not correlate with this person."
                " Correct the correlation or the userName mapping, or list userName in unique_fields."
            ),
        )
    if len(group) > 1:
        return (
            "User name asked for twice",
            (
                f"{shown} would be the user name of {' and '.join(group)}."
                " Correct the persons, or list userName in unique_fields."
            ),
        )
    return None
