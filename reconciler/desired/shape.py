"""The JSON Schema of a desired file, from the keys that the readers of its sections take."""

from typing import Final

from reconciler.desired import accounts, permissions, sections
from reconciler.desired.shape_governance import permission_shape, policy_shape, resolution_shape
from reconciler.desired.shape_parts import (
    DAY,
    DIALECT,
    FLAG,
    NAME,
    PROSE,
    Shape,
    listed,
    mapping,
    one_of,
    said,
)
from reconciler.desired.shape_person import person_shapes
from reconciler.desired.shape_rules import (
    condition_shapes,
    example_shape,
    resource_shape,
    rule_shape,
)
from reconciler.model.value import JSON

_PASSWORD: Final = r"^\s*([\s\S]*\.)?[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]\s*$"  # noqa: S105 - the name of a field
_FROM: Final = said("The first day; before it the entry does not exist.", DAY)
_UNTIL: Final = said("The first day without it.", DAY)


def desired_schema() -> Shape:
    """Return the JSON Schema (draft 7) of a file below the desired folder."""
    items: dict[str, tuple[str, JSON]] = {
        "persons": ("Persons of HelloID's model.", {"$ref": "#/definitions/person"}),
        "persons_from": (
            "Vault exports with more persons; paths relative to this file.",
            dict(NAME),
        ),
        "accounts": ("Who has an account, and in which state.", _account()),
        "groups": ("Groups and who is in them.", _permission(permissions.GROUP_KEYS, "group")),
        "products": (
            "Products and who has them.",
            _permission(permissions.PRODUCT_KEYS, "product"),
        ),
        "rules": ("Business rules: who gets what by attributes.", rule_shape()),
        "resources": ("Groups that must exist because of person data.", resource_shape()),
        "examples": ("What the rules must give, judged by `validate`.", example_shape()),
        "policies": ("What must hold of who gets what.", policy_shape()),
        "resolutions": ("What was decided about issues.", resolution_shape()),
    }
    shapes = {
        key: said(means, {"type": "array", "items": item}) for key, (means, item) in items.items()
    }
    whole = mapping(sections.KEYS, shapes)
    return {
        "$schema": DIALECT,
        "title": "reconciler desired state",
        "description": "A file below the desired folder: who should have which accounts, groups and products.",
        **whole,
        "type": ["object", "null"],
        "definitions": {
            **condition_shapes(),
            **person_shapes(),
            "permission": permission_shape(),
        },
    }


def _account() -> Shape:
    value: Shape = {"type": ["string", "number", "boolean", "null", "array"], "items": _SCALAR}
    fields: Shape = {
        "type": "object",
        "propertyNames": {"not": {"pattern": _PASSWORD}},
        "additionalProperties": value,
    }
    shapes = {
        "person": said("The person's ExternalId.", NAME),
        "state": said(
            "`enabled`: may sign in; `disabled`: has an account and may not; `absent`: the account is deleted.",
            one_of(accounts.STATES),
        ),
        "from": _FROM,
        "until": _UNTIL,
        "fields": said("Overrides of mapped fields, by the mapping's names.", fields),
    }
    return mapping(accounts.KEYS, shapes, ("person", "state"))


_SCALAR: Final[Shape] = {"type": ["string", "number", "boolean", "null"]}


def _permission(keys: tuple[str, ...], kind: str) -> Shape:
    shapes = {
        "name": said(f"The {kind}'s name in the tenant, without regard to case.", NAME),
        "previously": said(f"Earlier names: a renamed {kind} keeps its members.", listed(NAME)),
        "authoritative": said("Members that are not listed are revoked, not only reported.", FLAG),
        "protected": said("No grant or revoke here without --allow-protected.", FLAG),
        "description": said("For the readers of the file.", PROSE),
        "members": said(
            "Who is in it; left out: membership is left alone, `[]`: nobody.", listed(_member())
        ),
        "create": said("Create it where it does not exist; else its absence is an error.", FLAG),
    }
    found = mapping(keys, {key: shapes[key] for key in keys}, ("name", "members"))
    return {**found, "required": ["name"]}


def _member() -> Shape:
    shapes = {
        "person": said("The person's ExternalId.", NAME),
        "from": _FROM,
        "until": _UNTIL,
        "reason": said("Why; plans and explanations show it.", PROSE),
        "ticket": said("Where it was asked for.", PROSE),
    }
    entry = mapping(permissions.MEMBER_KEYS, shapes, ("person",))
    return {
        **entry,
        "type": ["string", "object"],
        "pattern": NAME["pattern"],
        "description": "A person's ExternalId, or a mapping with `person`.",
    }
