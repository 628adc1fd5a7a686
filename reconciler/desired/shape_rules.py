"""The shapes of conditions, rules, resources and their examples."""

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.desired import examples, rules
from reconciler.desired.conditions import JOINTS, LISTS, TEXTUAL
from reconciler.desired.shape_parts import (
    DAY,
    NAME,
    PROSE,
    Shape,
    listed,
    mapping,
    one_of,
    refer,
    said,
)
from reconciler.model import person_shape
from reconciler.model.rules import Operator
from reconciler.model.value import JSON

_PATH: Final = r"^\s*([Pp][Ee][Rr][Ss][Oo][Nn]|[Cc][Oo][Nn][Tt][Rr][Aa][Cc][Tt])\s*\."
_GIVEN: Final[Shape] = {"type": ["string", "number", "boolean"], "minLength": 1}
_OPERATORS: Final[Mapping[Operator, str]] = {
    Operator.EQUALS: "The field is this; text compares without regard to case.",
    Operator.NOT_EQUALS: "The field is anything else, or empty.",
    Operator.IN: "The field is one of these.",
    Operator.NOT_IN: "The field is none of these.",
    Operator.CONTAINS: "The field's text holds this.",
    Operator.STARTS_WITH: "The field's text begins with this.",
    Operator.ENDS_WITH: "The field's text ends with this.",
    Operator.MATCHES: "The field's text as a whole fits this regular expression.",
    Operator.EXISTS: "Whether the field has a value at all.",
    Operator.BEFORE: "The field's date is before this, or its number smaller.",
    Operator.AFTER: "The field's date is after this, or its number greater.",
}
_JOINTS: Final[Mapping[str, Shape]] = {
    "all": said("Every one of these holds.", listed({"$ref": "#/definitions/condition"}, 1)),
    "any": said("At least one of these holds.", listed({"$ref": "#/definitions/condition"}, 1)),
    "not": refer("condition", description="This does not hold."),
}
TEMPLATE: Final[Shape] = {
    **NAME,
    "allOf": [{"pattern": r"\{[^{}]*\}"}],
    "examples": ["department_{Contract.Department.ExternalId}"],
}
_NAMES: Final = listed(NAME)


def condition_shapes() -> dict[str, Shape]:
    """Return the definitions of a condition and of what a path is tested for."""
    test: Shape = {
        "description": "A value that the field equals, or operators with what it is compared with.",
        "type": ["string", "number", "boolean", "object"],
        "minLength": 1,
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {each.value: said(_OPERATORS[each], _operand(each)) for each in Operator},
    }
    tested: JSON = {"$ref": "#/definitions/test"}
    condition: Shape = {
        "description": "Paths with what is asked of them, joined by `all`, `any` and `not`;"
        " several keys hold together. `Contract.` paths hold on one contract.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            **{joint: _JOINTS[joint] for joint in JOINTS},
            **dict.fromkeys(_paths("Contract", person_shape.CONTRACT), tested),
            **dict.fromkeys(_paths("Person", person_shape.PERSON), tested),
        },
        "patternProperties": {_PATH: tested},
    }
    return {"condition": condition, "test": test}


def rule_shape() -> Shape:
    """Return the shape of an item of `rules`."""
    days: Shape = {"type": "integer", "minimum": 0, "maximum": rules.MOST_DAYS}
    window = mapping(
        rules.WINDOW_KEYS,
        {
            "days_before_start": said("So many days before a contract begins.", days),
            "days_after_end": said("So many days after a contract has ended.", days),
        },
    )
    grant = mapping(
        rules.GRANT_KEYS,
        {
            "account": said("An account, and whether it may sign in.", one_of(rules.STATES)),
            "groups": said("Groups by name.", _NAMES),
            "products": said("Products by name.", _NAMES),
            "group_per_contract": said(
                "One group for each contract in the conditions, named from it.", TEMPLATE
            ),
        },
    )
    shapes = {
        "name": said("A name of its own; plans show it as the reason.", NAME),
        "when": refer("condition", description="Whom it is about."),
        "window": said("From when to when it gives, around contracts.", window),
        "grant": said("What it gives.", {**grant, "minProperties": 1}),
    }
    return mapping(rules.RULE_KEYS, shapes, ("name", "when", "grant"))


def resource_shape() -> Shape:
    """Return the shape of an item of `resources`."""
    group = said("The group's name, with at least one path in braces.", TEMPLATE)
    return mapping(rules.RESOURCE_KEYS, {"group": group}, ("group",))


def example_shape() -> Shape:
    """Return the shape of an item of `examples`."""
    gives = mapping(
        examples.GIVEN_KEYS,
        {
            "account": said("The account's state that must come out.", one_of(examples.STATES)),
            "groups": said("All the groups that must come out, and no others.", _NAMES),
            "products": said("All the products that must come out, and no others.", _NAMES),
        },
    )
    somebody: list[JSON] = [NAME, {"$ref": "#/definitions/somebody"}]
    shapes: dict[str, Shape] = {
        "name": said("What it is an example of.", PROSE),
        "person": {
            "description": "The ExternalId of a person of the files, or attributes of an invented one.",
            "anyOf": somebody,
        },
        "as_of": said("The day it is judged on.", DAY),
        "gives": said("What the rules must give; what is left out is not looked at.", gives),
    }
    return mapping(examples.KEYS, shapes, ("person", "as_of", "gives"))


def _operand(operator: Operator) -> Shape:
    if operator in LISTS:
        return listed(_GIVEN, 1)
    if operator is Operator.EXISTS:
        return {"type": "boolean"}
    if operator in {Operator.BEFORE, Operator.AFTER}:
        return {"type": ["string", "number"], "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"}
    if operator is Operator.MATCHES or operator in TEXTUAL:
        return dict(_GIVEN)
    return dict(_GIVEN)


def _paths(prefix: str, shape: person_shape.Shape) -> Iterator[str]:
    """Yield the paths of HelloID's model that have one value; contracts are looked at as `Contract.`."""
    if isinstance(shape, Mapping):
        for name, inner in shape.items():
            if name not in {"*", "Contracts", "PrimaryContract"}:
                yield from _paths(f"{prefix}.{name}", inner)
    elif shape is None or shape == person_shape.DATE:
        yield prefix
