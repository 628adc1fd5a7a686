"""A field mapping as values: fields, and per lifecycle action how each is filled."""

import hashlib
import json
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.mapped import Stage
from reconciler.model.provenance import Location
from reconciler.model.value import Plain


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Mode None: the field is left alone."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Mode Fixed: the same for everybody."""

    value: Plain


@dataclass(frozen=True, slots=True)
class Copied:
    """Mode Field: the value at a path of the person, such as `Person.Name.NickName`."""

    path: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """Mode Complex: the completion value of a script."""

    source: str


Rule: TypeAlias = Unmapped | Fixed | Copied | Scripted


@dataclass(frozen=True, slots=True)
class Field:
    """One mapped field; `many` is the type Array; `rules` has the actions that are configured."""

    name: str
    many: bool
    rules: dict[Stage, Rule]
    description: str = ""
    notified: frozenset[Stage] = frozenset()
    stored: frozenset[Stage] = frozenset()
    at: Location | None = None

    @property
    def secret(self) -> bool:
        """Whether the field is a password: drawn when applying, never shown."""
        folded = self.name.casefold()
        return folded == "password" or folded.endswith(".password")


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """All mapped fields, in the order of the file; `unique` are its UniqueFieldNames."""

    fields: tuple[Field, ...] = ()
    unique: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A digest ("sha256:…") of what is mapped; places, order and descriptions do not count."""
        fields = {
            field.name: [field.many, {stage: repr(rule) for stage, rule in field.rules.items()}]
            for field in self.fields
        }
        text = json.dumps([fields, sorted(self.unique)], sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
