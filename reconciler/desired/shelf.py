"""Files that were read before: the same name and content give the same values, and are not read again."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import cast

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings
from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.problem import Problem

Read = Callable[[bytes, str, Draft, Findings], None]
"""Reads a file, given its content and name, into a draft; problems go to the findings."""
Declare = Callable[[Draft, Findings, tuple[str, ...], bytes, "Shelf"], Declared]
"""Checks a draft as a whole and sorts it."""
Check = Callable[[PermissionEntry, Findings], PermissionEntry]
"""Checks the lines of a group or product among themselves and sorts them."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """All files of a state together: what was read of them, and what came of it."""

    draft: Draft
    read: tuple[Problem, ...]
    files: tuple[str, ...]
    mapping_text: bytes
    declared: Declared
    found: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What files held, for reading several states of a project in one run; never written down.

    What was read of a file that is the same in two states is the same object in both. `only_compares`
    where the states are only held against each other: what would merely be warned of is then not looked
    for, unless there is an error to be told, and what is declared has no digest.
    """

    only_compares: bool = False
    _kept: dict[tuple[Read, str, bytes], tuple[Draft, Findings]] = field(
        default_factory=dict[tuple[Read, str, bytes], tuple[Draft, Findings]]
    )
    _wholes: list[_Whole] = field(default_factory=list[_Whole])
    _checked: dict[int, tuple[PermissionEntry, PermissionEntry, Findings]] = field(
        default_factory=dict[int, tuple[PermissionEntry, PermissionEntry, Findings]]
    )
    """By the identity of an entry, which is kept beside it: it has too many lines to be a key."""

    def read(self, name: str, data: bytes, read: Read, draft: Draft, findings: Findings) -> None:
        """Add what a file holds to a draft and its problems to the findings, by reading it if need be.

        A file that cannot be read to its end is not kept: `read` raises what it raises.
        """
        key = (read, name, sha256(data).digest())
        kept = self._kept.get(key)
        if kept is not None:
            _add(*kept, draft, findings)
            return
        alone, found = Draft(), Findings()
        try:
            read(data, name, alone, found)
            self._kept[key] = (alone, found)
        finally:
            _add(alone, found, draft, findings)

    def declared(
        self,
        draft: Draft,
        findings: Findings,
        files: tuple[str, ...],
        mapping_text: bytes,
        declare: Declare,
    ) -> Declared:
        """Return what files declare together, made anew only where one of them is another than before."""
        read = findings.in_order()
        for whole in self._wholes:
            same_mapping = self.only_compares or whole.mapping_text == mapping_text
            same_files = whole.files == files and same_mapping
            if same_files and whole.read == read and whole.draft == draft:
                for problem in whole.found:
                    findings.add(problem)
                return whole.declared
        made = declare(draft, findings, files, mapping_text, self)
        self._wholes.append(_Whole(draft, read, files, mapping_text, made, findings.in_order()))
        return made

    def checked(self, entry: PermissionEntry, findings: Findings, check: Check) -> PermissionEntry:
        """Return an entry as it is when checked, and add its problems; the same object in every state."""
        kept = self._checked.get(id(entry))
        if kept is None:
            found = Findings()
            kept = self._checked[id(entry)] = (entry, check(entry, found), found)
        for problem in kept[2].in_order():
            findings.add(problem)
        return kept[1]


def _add(part: Draft, found: Findings, draft: Draft, findings: Findings) -> None:
    for each in fields(Draft):
        value = cast("list[object] | bool", getattr(part, each.name))
        if isinstance(value, bool):
            setattr(draft, each.name, value or cast("bool", getattr(draft, each.name)))
        else:
            cast("list[object]", getattr(draft, each.name)).extend(value)
    for problem in found.in_order():
        findings.add(problem)
