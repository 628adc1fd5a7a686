"""HelloID's person model: which members a person has, for scripts and for checking paths."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Shape: TypeAlias = "str | Sequence[Shape] | Mapping[str, Shape] | None"
"""None is a plain value, "date" a date, a list holds one item's shape, "*" stands for any name."""

DATE = "date"


def _named(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names)


_CODED = _named("ExternalId", "Code", "Name")
_MANAGER = _named("PersonId", "ExternalId", "DisplayName", "Email")
_CUSTOM: dict[str, Shape] = {"*": None}
_REACHED: dict[str, Shape] = {
    "Address": _named(
        "Street", "StreetExt", "HouseNumber", "HouseNumberExt", "PostalCode", "Locality", "Country"
    ),
    "Phone": _named("Mobile", "Fixed"),
    "Email": None,
}
CONTRACT: dict[str, Shape] = {
    "ExternalId": None,
    "StartDate": DATE,
    "EndDate": DATE,
    "Type": _named("Code", "Description"),
    "Details": _named("Fte", "HoursPerWeek", "Percentage", "Sequence"),
    "Department": {
        **_named("ExternalId", "DisplayName", "Code", "ParentExternalId", "DepartmentVersion"),
        "Manager": _named("PersonId", "ExternalId"),
    },
    "Title": _CODED,
    "CostCenter": _CODED,
    "CostBearer": _CODED,
    "Employer": _CODED,
    "Team": _CODED,
    "Division": _CODED,
    "Organization": _CODED,
    "Location": _CODED,
    "Manager": _MANAGER,
    "Context": _named("InConditions"),
    "Custom": _CUSTOM,
}
PERSON: dict[str, Shape] = {
    **_named("PersonId", "PersonVersion", "ExternalId", "DisplayName", "UserName", "Aggregation"),
    "Excluded": None,
    "ExclusionDetails": _named("Hr", "Manual"),
    "Location": _CODED,
    "Details": {
        **_named("Gender", "HonorificPrefix", "HonorificSuffix", "BirthLocality", "MaritalStatus"),
        "BirthDate": DATE,
    },
    "Name": _named(
        "Initials",
        "GivenName",
        "NickName",
        "FamilyName",
        "FamilyNamePrefix",
        "FamilyNamePartner",
        "FamilyNamePartnerPrefix",
        "Convention",
    ),
    "Status": _named("Blocked", "Reason"),
    "Contact": {"Personal": _REACHED, "Business": _REACHED},
    "Source": _named("SystemId", "DisplayName"),
    "PrimaryManager": _MANAGER,
    "PrimaryContract": CONTRACT,
    "Contracts": [CONTRACT],
    "Accounts": {"*": {"*": None}},
    "Custom": _CUSTOM,
}


def is_person_path(path: str) -> bool:
    """Tell whether a text has the form of a path to a member of Person."""
    names = path.split(".")
    return (
        len(names) > 1
        and names[0].casefold() == "person"
        and all(
            name and all(letter.isalnum() or letter in "_- " for letter in name) for name in names
        )
    )


def has_value(path: str) -> bool:
    """Tell whether HelloID's person model has a plain value or date at a Person path."""
    shape: Shape = PERSON
    for name in path.split(".")[1:]:
        if not isinstance(shape, Mapping):
            return False
        folded = {key.casefold(): key for key in shape}
        key = folded.get(name.casefold(), "*")
        if key not in shape:
            return False
        shape = shape[key]
    return shape is None or shape == DATE
