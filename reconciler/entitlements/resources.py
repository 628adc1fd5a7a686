"""The source of resources: groups that must exist because of the persons with an active contract."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from reconciler.entitlements.contracts import ContractState, contract_state
from reconciler.entitlements.naming import filler, pattern_of
from reconciler.entitlements.source import Claims, Named
from reconciler.model.address import PermissionKey, PermissionKind
from reconciler.model.declared import Declared
from reconciler.model.person import Person
from reconciler.model.provenance import Origin
from reconciler.model.rules import Resource, is_of_the_day


def resources(declared: Declared, as_of: date) -> Claims:
    """Return the groups, each once whatever its case. Where a path has no value there is no group."""
    ready = [
        (filler(resource.group, as_of), Origin(resource.at, f"resource {resource.group.text}"))
        for resource in declared.resources
    ]
    if not ready:
        return Claims()
    names: dict[PermissionKey, Named] = {}
    for person in declared.persons.values():
        for contract in person.contracts:
            if contract_state(contract, as_of) is not ContractState.ACTIVE:
                continue
            for fill, origin in ready:
                name = fill(person, contract)
                if name is None:
                    continue
                key = PermissionKey.of(PermissionKind.GROUP, name)
                known = names.get(key)
                if known is None or name <= known.name:
                    named = Named(name, origin, create=True, is_made=True)
                    names[key] = named if known is None else known.or_first(named)
    return Claims(names=names)


def made_by(
    resources: Sequence[Resource], persons: Iterable[Person]
) -> Callable[[PermissionKey], bool]:
    """Return whether resources make a group on some day; taken to be so where it depends on the day."""
    settled = [each for each in resources if not any(map(is_of_the_day, each.group.paths))]
    fills = [filler(resource.group, date.min) for resource in settled]
    names = {
        name
        for person in persons
        for contract in person.contracts
        for fill in fills
        if (name := fill(person, contract)) is not None
    }
    made = {PermissionKey.of(PermissionKind.GROUP, name) for name in names}
    patterns = [pattern_of(each.group) for each in resources if each not in settled]

    def makes(key: PermissionKey) -> bool:
        if key in made:
            return True
        return key.kind is PermissionKind.GROUP and any(
            pattern is None or pattern.fullmatch(key.name) for pattern in patterns
        )

    return makes
