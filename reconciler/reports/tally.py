"""Who gains and who loses, counted by group and product and by department: one count for every dress."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import UNSET

from reconciler.reports.shape import ActionShape, DifferenceShape, KnownShape
from reconciler.reports.words import ACTS

NO_DEPARTMENT: Final = "no department"
"""How those are said who have no department."""
Shown = ActionShape | DifferenceShape


class ByPermission(NamedTuple):
    """Members that a group or product gains and loses."""

    type: str
    name: str
    gains: int
    losses: int


class ByDepartment(NamedTuple):
    """Persons of a department and how many actions give them, change or take something; None is none."""

    name: str | None
    persons: int
    gives: int
    changes: int
    takes: int


def by_permission(actions: Iterable[Shown]) -> list[ByPermission]:
    """Return who gains and who loses members, the greatest losses first."""
    gains, losses = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for action in actions:
        if action.permission is not UNSET and _has_member(action):
            counted = losses if ACTS[action.kind].removes else gains
            counted[action.permission.type, action.permission.name] += 1
    found = sorted(gains | losses, key=lambda each: (-losses[each], -gains[each], each))
    return [ByPermission(*each, gains[each], losses[each]) for each in found]


def by_department(
    actions: Iterable[Shown], persons: Mapping[str, KnownShape]
) -> Sequence[ByDepartment]:
    """Return how many are concerned of each department, where most is taken first; nobody's are left out."""
    signs: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    people: defaultdict[str | None, set[str]] = defaultdict(set)
    for action in actions:
        if action.person is None:
            continue
        known = persons.get(action.person)
        department = known.department if known else None
        signs[department][ACTS[action.kind].sign] += 1
        people[department].add(action.person)
    found = [
        ByDepartment(name, len(people[name]), count["+"], count["~"], count["-"])
        for name, count in signs.items()
    ]
    return sorted(found, key=lambda one: (-one.takes, -one.gives, -one.changes, one.name or ""))


def _has_member(action: Shown) -> bool:
    return action.kind.startswith(("grant", "revoke"))
