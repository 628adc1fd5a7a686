"""New accounts: which persons get one, with what values, and who cannot have one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.change import Subject
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Desired, Found, PersonError, Wanted
from reconciler.model.value import JSON, AccountOf, FieldValue, Generated
from reconciler.planner.fields import ACCESS, USER_NAME, FieldRules, Taken, Values, text_of
from reconciler.planner.names import asked_twice, live_names, name_problem


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
        values[person_id] = {**given, ACCESS: given.get(ACCESS) is True and wanted.enabled}
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
    live = live_names(actual)
    errors: list[PersonError] = []
    for name, group in sorted(asking(values).items()):
        for person in group:
            shown = text_of(values[person], USER_NAME)
            problem = name_problem(shown, None, live, actual, settings)
            if problem is None and name and len(group) > 1:
                problem = asked_twice(shown, group)
            if problem:
                at = persons[person].at
                errors.append(PersonError(person, *problem, at.short if at else None))
    return errors


def named_like(
    left_out: Iterable[PersonId], desired: Desired, actual: Actual, rules: FieldRules
) -> frozenset[AccountRef]:
    """Return the accounts that have the user names which new persons who are left out would get."""
    live = live_names(actual)
    found: set[AccountRef] = set()
    for person in left_out:
        wanted, taken = desired.accounts[person], Taken({})
        assert isinstance(wanted, Wanted), "only wanted accounts are created"  # noqa: S101 - narrows a type that the caller chose
        mapped = rules.wanted(desired.persons[person], Stage.CREATE, wanted.overrides, taken, None)
        ref = (
            None if isinstance(mapped, PersonError) else live.get(fold(text_of(mapped, USER_NAME)))
        )
        if ref is not None:
            found.add(ref)
    return frozenset(found)


def asking(values: Mapping[PersonId, Values]) -> Mapping[str, tuple[PersonId, ...]]:
    """Return which persons would get each user name, by the folded name."""
    found: defaultdict[str, list[PersonId]] = defaultdict(list)
    for person, mapped in values.items():
        found[fold(text_of(mapped, USER_NAME))].append(person)
    return {name: tuple(sorted(group)) for name, group in found.items()}


def as_created(subject: Subject, values: Mapping[str, FieldValue]) -> Found:
    """Return the account as it will be right after its creation, to see what Update still adds."""
    body: dict[str, JSON] = {}
    for name, value in values.items():
        if isinstance(value, Generated | AccountOf):
            continue
        *outer, last = name.split(".")
        place = body
        for part in outer:
            inner = place.setdefault(part, {})
            assert isinstance(inner, dict)  # noqa: S101 - only this loop puts something there
            place = inner
        place[last] = value
    return Found(
        AccountRef(f"(account of {subject.person})"),
        subject.account.user_name,
        enabled=values.get(ACCESS) is True,
        deleted=False,
        body=body,
    )
