"""What an account's fields should hold: mapping, overrides, uniqueness, and the difference."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.address import PersonId, fold
from reconciler.model.change import FieldChange, Fields
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Found, PersonError
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain, same
from reconciler.planner.ports import Mapper

MANAGER = "managedByUserGUID"
USER_NAME = "userName"
ACCESS = "isEnabled"
NEVER_WRITTEN = frozenset({"userguid", "id", "isdeleted", "issoftdeleted", "lastlogin"})
"""What only the tenant sets, and what deletes or brings back an account: no field of an entry does that."""
FLAGS = frozenset({"isenabled", "islocked", "mustchangepassword", "resetmfa"})
"""What the API holds as true or false, however an entry writes it."""
TRUTH = {"true": True, "false": False}
MOST_TRIES = 50
STANDSTILL = 5
"""A script that gives the same so many more times in a row does not use Iteration."""

Values = Mapping[str, FieldValue]


@dataclass(slots=True)
class Taken:
    """The values of unique fields that are in use, by whom; grows as creates claim theirs."""

    by: dict[tuple[str, str], set[str]]

    @classmethod
    def of(cls, actual: Actual, unique: tuple[str, ...]) -> "Taken":
        """Index the tenant's accounts, deleted ones and names out of scope too."""
        by: dict[tuple[str, str], set[str]] = {}
        for name in unique:
            for ref, account in actual.accounts.items():
                value = account.field(name)
                if value not in (None, ""):
                    by.setdefault((fold(name), fold(str(value))), set()).add(ref)
            if fold(name) == fold(USER_NAME):
                for user_name in actual.reserved:
                    by.setdefault((fold(name), user_name), set()).add("out of scope")
        return cls(by)

    def is_free(self, name: str, value: FieldValue, owner: str) -> bool:
        """Tell whether nobody but `owner` uses the value; an empty value is always free."""
        if not isinstance(value, str) or not value:
            return True
        return not self.by.get((fold(name), fold(value)), set()) - {owner}

    def claim(self, name: str, value: FieldValue, owner: str) -> None:
        """Reserve a value for an account, so that later persons do not get it."""
        if isinstance(value, str) and value:
            self.by.setdefault((fold(name), fold(value)), set()).add(owner)


@dataclass(frozen=True, slots=True)
class FieldRules:
    """Maps one person at one stage, overrides and uniqueness included."""

    mapper: Mapper
    settings: Settings

    def wanted(
        self,
        person: Person,
        stage: Stage,
        overrides: Mapping[str, Plain],
        taken: Taken,
        account: Found | None,
    ) -> Values | PersonError:
        """Return the fields for a stage. With `unique_fields` the lowest Iteration that is free counts.

        An account keeps its own value as long as some Iteration still gives it.
        """
        first = self._mapped(person, stage, 0)
        if isinstance(first, MappingFailed):
            return _failed(person, stage, first)
        unique = [name for name in first.values if self._is_unique(name, stage)]
        values = first.values
        if unique and stage in (Stage.CREATE, Stage.UPDATE):
            chosen = self._unique(person, stage, first, unique, taken, account)
            if isinstance(chosen, PersonError):
                return chosen
            values = chosen
        return overridden(values, overrides, adding=stage in (Stage.CREATE, Stage.UPDATE))

    def _mapped(self, person: Person, stage: Stage, iteration: int) -> Mapped | MappingFailed:
        mapped = self.mapper.map(person, stage, iteration)
        if isinstance(mapped, MappingFailed):
            return mapped
        return Mapped({name: _trimmed(name, value) for name, value in mapped.values.items()})

    def _is_unique(self, name: str, stage: Stage) -> bool:
        if fold(name) == fold(USER_NAME) and stage is Stage.UPDATE:
            renames = self.settings.target.update_user_name
        else:
            renames = True
        return renames and any(fold(name) == fold(each) for each in self.settings.unique_fields)

    def _unique(
        self,
        person: Person,
        stage: Stage,
        first: Mapped,
        unique: list[str],
        taken: Taken,
        account: Found | None,
    ) -> Values | PersonError:
        owner = account.ref if account is not None else f"person {person.id}"
        free: Values | None = None
        previous: Values | None = None
        standing = 0
        for iteration in range(MOST_TRIES + 1):
            mapped = first if iteration == 0 else self._mapped(person, stage, iteration)
            if isinstance(mapped, MappingFailed):
                return _failed(person, stage, mapped)
            tried = {name: mapped.values.get(name) for name in unique}
            standing = standing + 1 if tried == previous else 0
            if standing == STANDSTILL:
                break
            previous = tried
            candidate = {**first.values, **tried}
            if account is not None and all(
                same(_plain(value), account.field(name)) for name, value in tried.items()
            ):
                return candidate
            if free is None and all(taken.is_free(n, v, owner) for n, v in tried.items()):
                free = candidate
                if account is None:
                    break
        if free is None:
            shown = ", ".join(f"{name} {first.values[name]}" for name in unique)
            return PersonError(
                person.id,
                "No unique value found",
                f"{shown} and every value of up to {MOST_TRIES} further iterations are in use."
                " Let the mapping's script use Iteration.",
                person.at.short if person.at else None,
            )
        for name in unique:
            taken.claim(name, free[name], owner)
        return free


def overridden(values: Values, overrides: Mapping[str, Plain], *, adding: bool) -> Values:
    """Return the mapped values with an account entry's `fields` on top, names without regard to case."""
    if not overrides:
        return values
    names = {fold(name): name for name in values}
    result = dict(values)
    for name, value in overrides.items():
        known = names.get(fold(name))
        if (known is not None or adding) and fold(name) not in NEVER_WRITTEN:
            result[known or name] = _flag(value) if fold(name) in FLAGS else _trimmed(name, value)
    return result


def _trimmed(name: str, value: FieldValue) -> FieldValue:
    """Return a user name without outer blanks, which no name has in HelloID."""
    if isinstance(value, str) and value != value.strip() and fold(name) == fold(USER_NAME):
        return value.strip()
    return value


def _flag(value: Plain) -> Plain:
    return TRUTH.get(fold(value), value) if isinstance(value, str) else value


def differences(
    wanted: Values, account: Found, leave_out: Collection[str] = (), also: Values | None = None
) -> Fields:
    """Return the fields that differ from the account's, sorted; generated ones are never compared.

    `leave_out` are folded names; `also` are further wanted values that win over `wanted`.
    """
    want = {**wanted, **(also or {})}
    before: dict[str, Plain] = {}
    after: dict[str, FieldValue] = {}
    for name, value in want.items():
        if isinstance(value, Generated) or (leave_out and fold(name) in leave_out):
            continue
        held = account.field(name)
        if isinstance(value, AccountOf) or not same(value, held):
            before[name], after[name] = held, value
    return tuple(FieldChange(name, before[name], after[name]) for name in _changed(before, after))


def _changed(before: Mapping[str, Plain], after: Mapping[str, FieldValue]) -> list[str]:
    """Return the names whose values differ, sorted.

    DeepDiff looks at the few accounts that differ at all; comparing every account with it costs
    seventy times as much.
    """
    if not after:
        return []
    from deepdiff import DeepDiff  # costs 0.4 s, so only where something differs

    found = DeepDiff(dict(before), dict(after), ignore_order=False)
    changed: Iterable[str] = found.affected_root_keys
    return sorted(changed)


def text_of(values: Values, name: str) -> str:
    """Return a field's text by its name without regard to case; empty where there is none."""
    value = next((v for n, v in values.items() if fold(n) == fold(name)), None)
    return value.strip() if isinstance(value, str) else ""


def has(values: Values, name: str) -> bool:
    """Tell whether a field is among the values, its name without regard to case."""
    return any(fold(each) == fold(name) for each in values)


def without(values: Values, *names: str) -> Values:
    """Return the values without some fields, names without regard to case."""
    drop = {fold(name) for name in names}
    return {name: value for name, value in values.items() if fold(name) not in drop}


def plain_values(fields: Fields) -> dict[str, Plain]:
    """Return what changes write that can be remembered."""
    return {
        change.field: change.after
        for change in fields
        if not isinstance(change.after, Generated | AccountOf)
    }


def _plain(value: FieldValue) -> Plain:
    return None if isinstance(value, Generated | AccountOf) else value


def _failed(person: Person, stage: Stage, failed: MappingFailed) -> PersonError:
    return PersonError(
        PersonId(person.id),
        "The field mapping fails for this person",
        f"{failed.field} ({stage.value}): {failed.detail}",
        person.at.short if person.at else None,
    )
