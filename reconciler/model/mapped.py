"""What a field mapping gives for one person at one lifecycle action."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.value import FieldValue


class Stage(StrEnum):
    """HelloID's lifecycle actions, as `MapForActions` spells them."""

    CREATE = "Create"
    UPDATE = "Update"
    ENABLE = "Enable"
    DISABLE = "Disable"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Mapped:
    """Mapped fields by name as the file spells them; mode None leaves a field out, null clears it."""

    values: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class MappingFailed:
    """A script that threw, looped or gave something that is no value, for this person."""

    field: str
    detail: str
