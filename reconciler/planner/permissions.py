"""Which group or product in the tenant a name in the files means."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import (
    Permission,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
    fold,
)
from reconciler.model.change import CreateGroup
from reconciler.model.state import FoundPermission, PersonError, WantedPermission
from reconciler.planner.context import Inputs
from reconciler.planner.draft import Draft, Sheet, asked_by


@dataclass(frozen=True, slots=True)
class Resolved:
    """A permission of the files and what it is in the tenant; `found` is None where it is created."""

    wanted: WantedPermission
    permission: Permission
    found: FoundPermission | None


def resolve_permissions(sheet: Sheet, inputs: Inputs) -> tuple[Resolved, ...]:
    """Find every permission of the files; leave out the persons of those that cannot be found.

    A name is looked for as it stands, then by its earlier names, then by the reference under which the
    ledger knows it: a group renamed in the tenant keeps its members.
    """
    by_name: defaultdict[PermissionKey, list[FoundPermission]] = defaultdict(list)
    for _, found in sorted(inputs.actual.permissions.items()):
        by_name[found.key].append(found)
    resolved: list[Resolved] = []
    used: dict[PermissionRef, WantedPermission] = {}
    for key, wanted in sorted(inputs.desired.permissions.items()):
        match = _find(key, wanted, by_name, inputs)
        if isinstance(match, str):
            _leave_out_members(sheet, wanted, match)
            sheet.unclear.update(_meant(wanted, by_name, inputs))
            continue
        if match is None:
            permission = Permission(wanted.kind, wanted.name, None)
            if inputs.selected is None or any(p in inputs.selected for p in wanted.members or ()):
                sheet.drafts.append(Draft(CreateGroup(permission), asked_by(wanted.origin)))
            resolved.append(Resolved(wanted, permission, None))
            continue
        if match.ref in used:
            other = used[match.ref].name
            _leave_out_members(
                sheet, wanted, f"{match.name} in the tenant is already {other} here."
            )
            continue
        used[match.ref] = wanted
        _mention(sheet, wanted, match)
        resolved.append(Resolved(wanted, Permission(match.kind, match.name, match.ref), match))
    for ref, found in sorted(inputs.actual.permissions.items()):
        if found.nested and (ref not in used or used[ref].members is not None):
            _mention_nested(sheet, found)
    return tuple(resolved)


def _find(
    key: PermissionKey,
    wanted: WantedPermission,
    by_name: Mapping[PermissionKey, list[FoundPermission]],
    inputs: Inputs,
) -> FoundPermission | str | None:
    """Return the permission, None where a group is to be created, or why it cannot be found."""
    scope = inputs.settings.scope
    admits = scope.groups if key.kind is PermissionKind.GROUP else scope.products
    if not admits.admits(wanted.name):
        return f"scope.{key.kind.value}s leaves it out."
    for name in (wanted.name, *wanted.previously):
        found = by_name.get(PermissionKey.of(key.kind, name), [])
        if len(found) > 1:
            refs = ", ".join(sorted(each.ref for each in found))
            return f"{len(found)} {key.kind.value}s in the tenant are called {name}: {refs}."
        if found:
            return found[0]
    for name in (wanted.name, *wanted.previously):
        ref = inputs.recorded.permissions.get(PermissionKey.of(key.kind, name))
        known = inputs.actual.permissions.get(ref) if ref is not None else None
        if known and known.kind is key.kind and known.key not in inputs.desired.permissions:
            return known
        if ref is not None and ref in inputs.actual.reserved:
            return (
                f"it is there under a name that scope.{key.kind.value}s leaves out. Rename it in HelloID,"
                " or widen the scope."
            )
    if key.kind is PermissionKind.GROUP and wanted.create:
        return None
    hint = " Say create: true to have it made." if key.kind is PermissionKind.GROUP else ""
    return f"The tenant has no {key.kind.value} of that name.{hint}"


def _meant(
    wanted: WantedPermission,
    by_name: Mapping[PermissionKey, list[FoundPermission]],
    inputs: Inputs,
) -> set[PermissionRef]:
    """Return what an entry that cannot be used may mean: nobody may take it for left out of the files."""
    keys = [PermissionKey.of(wanted.kind, name) for name in (wanted.name, *wanted.previously)]
    refs = {found.ref for key in keys for found in by_name.get(key, ())}
    return refs | {ref for key in keys if (ref := inputs.recorded.permissions.get(key))}


def _leave_out_members(sheet: Sheet, wanted: WantedPermission, why: str) -> None:
    """Leave out everybody who should hold a permission that cannot be found."""
    at = wanted.origin.at.short if wanted.origin.at else None
    summary = f"{wanted.kind.value.capitalize()} not usable"
    detail = f"{wanted.name}: {why}"
    persons: list[PersonId] = sorted(wanted.members or ())
    for person in persons:
        sheet.leave_out(PersonError(person, summary, detail, at))
    if not persons:
        sheet.warnings.append(f"{summary}: {detail}" + (f" ({at})" if at else ""))


def _mention(sheet: Sheet, wanted: WantedPermission, found: FoundPermission) -> None:
    if fold(found.name) != fold(wanted.name):
        sheet.warnings.append(
            f"The tenant calls the {found.kind.value} {wanted.name} still or again {found.name}."
            " Its members are managed under either name; rename it in HelloID or in the files."
        )


def _mention_nested(sheet: Sheet, found: FoundPermission) -> None:
    names = ", ".join(sorted(found.nested))
    sheet.warnings.append(
        f"The group {found.name} holds other groups ({names});"
        " who is only in those does not count as its member."
    )
