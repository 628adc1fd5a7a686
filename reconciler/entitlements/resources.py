"""The source of resources: groups that must exist because of the persons with an active contract."""

from datetime import date

from reconciler.entitlements.contracts import ContractState, contract_state
from reconciler.entitlements.naming import filler
from reconciler.entitlements.source import Claims, Named
from reconciler.model.address import PermissionKey, PermissionKind
from reconciler.model.declared import Declared
from reconciler.model.provenance import Origin


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
                if known is None or name < known.name:
                    names[key] = Named(
                        name, known.origin if known else origin, create=True, is_made=True
                    )
    return Claims(names=names)
