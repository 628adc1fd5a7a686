"""How a person is shown: the name, and the department of the day."""

from datetime import date

from reconciler.entitlements.contracts import primary_contract
from reconciler.model.person import Known, Person, member


def known(person: Person, day: date) -> Known:
    """Return the display name, and the department of the primary contract on a day, by name or else by id."""
    contract = primary_contract(person, day)
    department = None if contract is None else member(contract.fields, "Department")
    for field in ("DisplayName", "ExternalId"):
        name = member(department, field)
        if isinstance(name, str) and name.strip():
            return Known(person.display_name, name)
    return Known(person.display_name, None)
