"""Which file says what: one for all, one a group, or one a department; and what stands there already stays there."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath

from reconciler.desired.files import SUFFIXES
from reconciler.desired.importing.people import department_of
from reconciler.model.address import fold
from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.person import Person

LONGEST = 60
"""How long the name of a file becomes, without its ending."""

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")


class Split(StrEnum):
    """What gets a file of its own."""

    NONE = "none"
    GROUP = "group"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where new entries go, below a folder given relative to the project.

    `homes` are files that hold a section already, by section: with them new entries join what is there.
    """

    folder: str
    split: Split
    homes: Mapping[str, str]

    def persons(self, person: Person) -> str:
        """Return the file of a person, which is that of the account too."""
        match self.split:
            case Split.NONE:
                return self._home("persons", "tenant.yaml")
            case Split.GROUP:
                return self._home("persons", "persons.yaml")
            case Split.DEPARTMENT:
                name = department_of(person.fields)
                return self._file(f"departments/{file_name(name) if name else 'without'}.yaml")

    def accounts(self, person: Person) -> str:
        """Return the file of a person's account entry."""
        if self.split is Split.DEPARTMENT:
            return self.persons(person)
        return self._home("accounts", "tenant.yaml" if self.split is Split.NONE else "persons.yaml")

    def permission(self, entry: PermissionEntry) -> str:
        """Return the file of a group or product."""
        section = f"{entry.kind.value}s"
        match self.split:
            case Split.NONE:
                return self._home(section, "tenant.yaml")
            case Split.GROUP:
                return self._file(f"{section}/{file_name(entry.name)}.yaml")
            case Split.DEPARTMENT:
                return self._home(section, f"{section}.yaml")

    def export(self) -> str:
        """Return the file that names a vault export."""
        return self._file("tenant.yaml" if self.split is Split.NONE else "persons.yaml")

    def _home(self, section: str, name: str) -> str:
        return self.homes.get(section) or self._file(name)

    def _file(self, name: str) -> str:
        return str(PurePosixPath(self.folder) / name)


def homes_of(declared: Declared) -> dict[str, str]:
    """Return the file that holds most of each section, of several the first by name; exports hold nothing."""
    places: dict[str, Counter[str]] = {}
    for section, entries in (
        ("persons", declared.persons.values()),
        ("accounts", declared.accounts),
        ("groups", [e for e in declared.permissions if e.kind.value == "group"]),
        ("products", [e for e in declared.permissions if e.kind.value == "product"]),
    ):
        files = (each.at.file for each in entries if each.at is not None)
        places[section] = Counter(file for file in files if is_yaml(file))
    return {
        section: min(count, key=lambda file: (-count[file], file))
        for section, count in places.items()
        if count
    }


def split_of(declared: Declared, folder: str) -> Split:
    """Return how the files below a folder are split already, as an import would have done it."""
    parts = {PurePosixPath(file).parent for file in declared.files if is_yaml(file)}
    if PurePosixPath(folder, "departments") in parts:
        return Split.DEPARTMENT
    return Split.GROUP if PurePosixPath(folder, "groups") in parts else Split.NONE


def is_yaml(file: str) -> bool:
    """Tell whether a file is a desired file, and no export."""
    return PurePosixPath(file).suffix.lower() in SUFFIXES


def file_name(name: str) -> str:
    """Return a name as that of a file on any system: lower case, letters and digits of ASCII, dashes between."""
    plain = unicodedata.normalize("NFKD", fold(name))
    short = _NOT_IN_NAMES.sub("-", plain.encode("ascii", "ignore").decode()).strip("-")
    short = short[:LONGEST].strip("-")
    if not short or _DEVICES.fullmatch(short):
        short = "-".join(filter(None, (short, sha256(fold(name).encode()).hexdigest()[:8])))
    return short
