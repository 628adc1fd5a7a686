"""Files that were read before: the same name and content give the same values, and are not read again."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import cast

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings

Read = Callable[[bytes, str, Draft, Findings], None]
"""Reads a file, given its content and name, into a draft; problems go to the findings."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What files held, for reading several states of a project in one run; never written down.

    What was read of a file that is the same in two states is the same object in both.
    """

    _kept: dict[tuple[Read, str, bytes], tuple[Draft, Findings]] = field(
        default_factory=dict[tuple[Read, str, bytes], tuple[Draft, Findings]]
    )

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


def _add(part: Draft, found: Findings, draft: Draft, findings: Findings) -> None:
    for each in fields(Draft):
        value = cast("list[object] | bool", getattr(part, each.name))
        if isinstance(value, bool):
            setattr(draft, each.name, value or cast("bool", getattr(draft, each.name)))
        else:
            cast("list[object]", getattr(draft, each.name)).extend(value)
    for problem in found.in_order():
        findings.add(problem)
