"""`persons`: HelloID's person model in YAML."""

from sys import intern

from reconciler.desired.node import Items, Node, Pairs, Scalar
from reconciler.desired.page import Page
from reconciler.desired.person import Path, PersonReader
from reconciler.desired.scalar import STARTS, is_ambiguous, value_of
from reconciler.model.provenance import Location
from reconciler.model.value import JSON

_TEXTS = frozenset(
    [
        "ExternalId",
        "ParentExternalId",
        "Code",
        "Name",
        "DisplayName",
        "PersonId",
        "PersonVersion",
        "UserName",
        "Aggregation",
        "DepartmentVersion",
        "Initials",
        "GivenName",
        "NickName",
        "FamilyName",
        "FamilyNamePrefix",
        "FamilyNamePartner",
        "FamilyNamePartnerPrefix",
        "Street",
        "StreetExt",
        "HouseNumber",
        "HouseNumberExt",
        "PostalCode",
        "Locality",
        "Country",
        "Mobile",
        "Fixed",
        "Email",
        "Description",
        "Reason",
        "Gender",
        "BirthLocality",
        "MaritalStatus",
    ]
)
"""HelloID's text fields: what is written there without quotes is kept as written."""


def read_person(page: Page, node: Node, reader: PersonReader) -> None:
    """Add the person at a node to the reader's draft, or problems to the findings."""
    if not isinstance(node, Pairs):
        page.wrong(node, "persons", "a list of mappings")
        return
    fields = _mapping(node)
    found = page.get(node, "ExternalId")
    if isinstance(found, Scalar) and is_ambiguous(found):
        page.name(found, "ExternalId")
        fields["ExternalId"] = found.text
    reader.take(fields, lambda path, of_key: _place(page, node, path, of_key=of_key))


def _mapping(node: Pairs) -> dict[str, JSON]:
    fields: dict[str, JSON] = {}
    for key, (_, value) in node.pairs.items():
        # Most values are plain words or quoted; they need no call each.
        if type(value) is Scalar and (not value.plain or value.text[:1] not in STARTS):
            fields[intern(key)] = value.text
        else:
            fields[intern(key)] = _json(value, key)
    return fields


def _json(node: Node, key: str) -> JSON:
    if isinstance(node, Scalar):
        if not node.plain:
            return node.text
        value = value_of(node)
        return node.text if value is not None and key in _TEXTS else value
    if isinstance(node, Pairs):
        return _mapping(node)
    return [_json(item, key) for item in node.items]


def _place(page: Page, person: Pairs, path: Path, *, of_key: bool) -> Location:
    place: Node = person
    found: Node = person
    for name in path:
        if isinstance(found, Pairs) and isinstance(name, str) and name in found.pairs:
            key, found = found.pairs[name]
            place = found if not of_key and isinstance(found, Scalar) and found.text else key
        elif isinstance(found, Items) and isinstance(name, int) and name < len(found.items):
            place = found = found.items[name]
        else:
            break
    return page.at(place)
