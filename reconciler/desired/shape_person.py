"""The shape of a person: HelloID's model, of which the reader checks the outside only."""

from collections.abc import Mapping
from typing import Final

from reconciler.desired.person import CONTRACT_KEYS, OBJECTS, PERSON_KEYS, TEXTS
from reconciler.desired.shape_parts import NAME, Shape, said
from reconciler.model import person_shape
from reconciler.model.value import JSON

_MOMENT: Final = r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE: Final[Shape] = {"type": ["string", "null"], "pattern": _MOMENT}
_TEXT: Final[Shape] = {"type": ["string", "number", "boolean", "null"]}
_MEANINGS: Final[Mapping[str, str]] = {
    "ExternalId": "The person's key, unique, in quotes: everything else refers to it.",
    "DisplayName": "The name that reports show.",
    "Name": "The parts of the name, for the field mapping.",
    "Contact": "Addresses, telephone numbers and mail addresses, personal and business.",
    "Accounts": "Accounts in other systems by the system's name, as HelloID's mapping sees them.",
    "PrimaryManager": "The manager; `ExternalId` names the person.",
    "Contracts": "The contracts, which rules look at.",
    "PrimaryContract": "The contract that counts where one is needed; left out, HelloID's order decides.",
    "Details": "Gender, birth date and other details.",
    "Custom": "Fields of your own.",
    "Excluded": "Left out by HelloID: nothing is asked for this person.",
    "ExclusionDetails": "Why the person is excluded; one true is enough.",
    "Status": "Whether HelloID has blocked the person, and why.",
    "Location": "The person's location.",
    "Source": "The system that the person comes from.",
}
_CONTRACT_MEANINGS: Final[Mapping[str, str]] = {
    "ExternalId": "The contract's key.",
    "StartDate": "The first day, such as 2024-01-31.",
    "EndDate": "The last day; empty while there is none.",
    "Department": "The department; rules mostly look at its ExternalId.",
    "Title": "The job title.",
    "Manager": "The manager of this contract.",
    "Details": "Hours, percentage and sequence, by which HelloID chooses the primary contract.",
    "Custom": "Fields of your own.",
}


def person_shapes() -> dict[str, Shape]:
    """Return the definitions of a person, of one in an example, and of a contract."""
    properties = {key: _person_part(key) for key in _in_order(person_shape.PERSON, PERSON_KEYS)}
    person: Shape = {
        "description": "A person of HelloID's model; fields that it does not have are kept.",
        "type": "object",
        "propertyNames": _spelled(PERSON_KEYS),
        "properties": {**properties, "ExternalId": said(_MEANINGS["ExternalId"], NAME)},
    }
    contract: Shape = {
        "description": "A contract of HelloID's model.",
        "type": "object",
        "propertyNames": _spelled(CONTRACT_KEYS),
        "properties": {
            key: _contract_part(key) for key in _in_order(person_shape.CONTRACT, CONTRACT_KEYS)
        },
    }
    whole: Shape = {**person, "required": ["ExternalId"]}
    return {"person": whole, "somebody": person, "contract": contract}


def _in_order(model: Mapping[str, object], keys: frozenset[str]) -> list[str]:
    """Return the reader's keys, those of HelloID's model first and in its order."""
    return [*(key for key in model if key in keys), *sorted(keys - set(model))]


def _spelled(keys: frozenset[str]) -> Shape:
    """Return the shape of a name that is none of the keys in another case."""
    letters = "|".join(
        "".join(f"[{one.upper()}{one.lower()}]" for one in key) for key in sorted(keys)
    )
    choices: list[JSON] = [{"enum": sorted(keys)}, {"not": {"pattern": rf"^\s*({letters})\s*$"}}]
    return {"anyOf": choices}


def _person_part(key: str) -> Shape:
    means = _MEANINGS.get(key, f"HelloID's {key}.")
    if key == "Contracts":
        contracts: JSON = {"$ref": "#/definitions/contract"}
        return said(means, {"type": ["array", "null"], "items": contracts})
    if key == "PrimaryContract":
        # Nothing but the reference would refuse a person without one.
        one: JSON = [{"$ref": "#/definitions/contract"}, {"type": "null"}]
        return {"description": means, "anyOf": one}
    if key in OBJECTS:
        return said(means, {"type": ["object", "null"], **_inside(person_shape.PERSON.get(key))})
    if key in TEXTS:
        return said(means, _TEXT)
    return said(means, {"type": ["boolean", "null"]})


def _contract_part(key: str) -> Shape:
    means = _CONTRACT_MEANINGS.get(key, f"HelloID's {key} of the contract.")
    model = person_shape.CONTRACT.get(key)
    return said(means, _DATE if model == person_shape.DATE else _inside(model))


def _inside(model: person_shape.Shape) -> Shape:
    """Return the names within, for an editor to offer: what stands there is for the mapping to judge."""
    if not isinstance(model, Mapping):
        return {}
    names: Shape = {name: _inside(inner) for name, inner in model.items() if name != "*"}
    return {"properties": names} if names else {}
