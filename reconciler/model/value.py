"""What a field can hold, and what is known only while applying."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.address import PersonId

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"


def alike(one: JSON, other: JSON) -> bool:
    """Tell whether two JSON values say the same: the order of members does not count, `true` is not `1`."""
    if one is other:
        return True
    if isinstance(one, str):  # most values are, and everybody's are looked at
        return one == other
    if isinstance(one, Mapping):
        if not isinstance(other, Mapping) or one.keys() != other.keys():
            return False
        return all(alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        is_list = isinstance(other, list | tuple)
        return is_list and len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and one == other


class Secret:
    """A text that is sent once and never compared, stored, logged or shown."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one request that needs it."""
        return self._text

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is never stored")


@dataclass(frozen=True, slots=True)
class Generated:
    """A value that is drawn when applying: a password, or any script that draws a random number.

    `iteration` is the mapping's Iteration with which the field is computed again.
    """

    field: str
    iteration: int = 0

    def __str__(self) -> str:
        return "(generated when applied)"


@dataclass(frozen=True, slots=True)
class AccountOf:
    """The reference of a person's account that the same plan creates."""

    person: PersonId

    def __str__(self) -> str:
        return f"(account of {self.person})"


Plain: TypeAlias = bool | int | str | tuple[str, ...] | None
"""A value that can be compared and written down. None, absent and "" are the same when compared."""

FieldValue: TypeAlias = Plain | Generated | AccountOf
"""A value in a plan: plain, or known only while applying."""


def same(left: Plain, right: Plain) -> bool:
    """Tell whether two values of a field are equal: exact in case; null, absent and "" are one."""
    return _normal(left) == _normal(right)


def _normal(value: Plain) -> tuple[str, Plain]:
    if value is None or value == "" or value == ():
        return ("empty", None)
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int):
        return ("text", str(value))
    if isinstance(value, tuple):
        return ("list", value)
    return ("text", value)
