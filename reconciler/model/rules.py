"""Business rules: conditions on persons and contracts, and what they grant."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from reconciler.model.address import PermissionKey, PermissionKind
from reconciler.model.provenance import Location


class About(StrEnum):
    """What the first name of a path stands for."""

    PERSON = "Person"
    CONTRACT = "Contract"


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path such as `Contract.Department.ExternalId`; names match without regard to case."""

    about: About
    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.about.value, *self.names))


_OF_THE_DAY = frozenset({"primarycontract", "primarymanager"})


class Operator(StrEnum):
    """How a condition compares what it finds with what it was given."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    EXISTS = "exists"
    BEFORE = "before"
    AFTER = "after"


Operand: TypeAlias = bool | int | float | str | date


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a condition was given, and how it stands in the file (`1.0` is a number, and text)."""

    value: Operand
    written: str


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One `path: {operator: value}`. `in` and `not_in` have any number of values, the others one."""

    path: FieldPath
    operator: Operator
    given: tuple[Given, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds where every part holds."""

    parts: "tuple[Condition, ...]"
    at: Location


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where some part holds."""

    parts: "tuple[Condition, ...]"
    at: Location


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not, judged contract by contract."""

    part: "Condition"
    at: Location


Condition: TypeAlias = FieldTest | AllOf | AnyOf | Not


def tests_of(condition: Condition) -> tuple[FieldTest, ...]:
    """Return every field test of a condition, in the order of the file."""
    match condition:
        case FieldTest():
            return (condition,)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return tuple(test for part in parts for test in tests_of(part))
        case Not(part=part):
            return tests_of(part)


def is_about_contracts(condition: Condition) -> bool:
    """Tell whether a condition looks at contracts; otherwise a person needs none for it."""
    return any(test.path.about is About.CONTRACT for test in tests_of(condition))


def is_of_the_day(path: FieldPath) -> bool:
    """Tell whether a path looks at the primary contract or manager, which change with the day."""
    return path.about is About.PERSON and path.names[0].casefold() in _OF_THE_DAY


@dataclass(frozen=True, slots=True)
class Window:
    """Days around a contract on which it counts, both ends included."""

    days_before_start: int = 0
    days_after_end: int = 0


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A group's name with paths in it: `department_{Contract.Department.ExternalId}`."""

    text: str
    parts: tuple[str | FieldPath, ...]

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """The paths, in order."""
        return tuple(part for part in self.parts if isinstance(part, FieldPath))


@dataclass(frozen=True, slots=True)
class PermissionName:
    """A group or product that a rule names."""

    kind: PermissionKind
    name: str

    @property
    def key(self) -> PermissionKey:
        """The name by which it is found."""
        return PermissionKey.of(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class RuleGrants:
    """What a rule gives. `account` is whether the account is enabled, None where it gives none."""

    account: bool | None = None
    permissions: tuple[PermissionName, ...] = ()
    group_per_contract: NameTemplate | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry below `rules`."""

    name: str
    when: Condition
    window: Window
    grants: RuleGrants
    at: Location


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry below `resources`: groups that must exist because of person data."""

    group: NameTemplate
    at: Location
