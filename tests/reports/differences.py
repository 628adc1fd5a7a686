"""Differences of any size, as an edited rule, a new mapping and people who leave make them."""

from datetime import date

from reconciler.model.address import AccountName, Permission, PermissionKind, PersonId
from reconciler.model.change import (
    Change,
    DisableAccount,
    FieldChange,
    GrantGroup,
    RevokeGroup,
    Subject,
    UpdateAccount,
)
from reconciler.model.difference import Difference, Differences, Revision
from reconciler.model.person import Known
from reconciler.model.provenance import Cause, CauseKind

MAIN = Revision("main", "b" * 40)
TREE = Revision("working tree")
_OFF = (FieldChange("isEnabled", True, False),)


def differences(size: int) -> Differences:
    """Return so many changes: of four kinds, by twenty rules, in forty groups and 25 departments."""
    found = tuple(_difference(number) for number in range(size))
    persons = {
        PersonId(str(10_000 + number)): Known(f"Anna Visser {number}", f"Department {number % 25}")
        for number in range(size // 4 + 1)
    }
    return Differences(MAIN, TREE, date(2026, 11, 23), found, persons=persons)


def _difference(number: int) -> Difference:
    person = Subject(PersonId(str(10_000 + number // 4)), AccountName(None, ""))
    group = Permission(PermissionKind.GROUP, f"Group {number % 40}", None)
    rule, line = f"rule {number % 20}", f"desired/rules.yaml:{3 + number % 20 * 7}"
    change: Change
    match number % 4:
        case 0:
            change = RevokeGroup(person, group)
            cause = Cause(CauseKind.REMOVED, f"{rule} no longer gives it", line)
        case 1:
            change = GrantGroup(person, group)
            cause = Cause(CauseKind.DESIRED, rule, line)
        case 2:
            title = FieldChange("userAttributes.title", f"Clerk {number}", f"Lead {number}")
            change = UpdateAccount(person, (title,))
            cause = Cause(CauseKind.DESIRED, "field mapping", "fieldMapping.json")
        case _:
            change = DisableAccount(person, _OFF)
            source = f"main:desired/persons.yaml:{number}"
            cause = Cause(CauseKind.REMOVED, "the person left the files", source)
    return Difference(change, cause)
