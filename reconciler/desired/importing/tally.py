"""How much two declared states differ, counted."""

from collections.abc import Mapping

from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.provenance import Location


def tally(before: Declared, after: Declared) -> dict[str, int]:
    """Return how many persons, accounts, groups, products and members were added, changed or taken out."""
    counts = {
        "persons_added": len(after.persons.keys() - before.persons.keys()),
        "persons_changed": sum(
            who in after.persons and after.persons[who] is not person
            for who, person in before.persons.items()
        ),
        **_differences(
            "accounts",
            "changed",
            {entry.at: entry for entry in before.accounts},
            {entry.at: entry for entry in after.accounts},
        ),
    }
    old, new = _entries(before), _entries(after)
    for kind in ("group", "product"):
        names = (
            {at: entry.name for at, entry in entries.items() if entry.kind.value == kind}
            for entries in (old, new)
        )
        counts |= _differences(f"{kind}s", "renamed", *names)
    lines = [{at for entry in each.values() for at in _lines(entry)} for each in (old, new)]
    return counts | {
        "members_added": len(lines[1] - lines[0]),
        "members_removed": len(lines[0] - lines[1]),
    }


def _differences(
    what: str, changed: str, before: Mapping[Location, object], after: Mapping[Location, object]
) -> dict[str, int]:
    return {
        f"{what}_added": len(after.keys() - before.keys()),
        f"{what}_{changed}": sum(at in after and after[at] != each for at, each in before.items()),
        f"{what}_removed": len(before.keys() - after.keys()),
    }


def _entries(declared: Declared) -> dict[Location, PermissionEntry]:
    return {entry.at: entry for entry in declared.permissions}


def _lines(entry: PermissionEntry) -> list[Location]:
    return [line.at for line in entry.members or ()]
