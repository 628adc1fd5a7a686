"""Pieces of JSON Schema for what the readers of `page` and `values` take; draft 7, which editors know best.

What a schema refuses the reader refuses. The reader sees more: quotes, days that do not exist, who
contradicts whom.
"""

from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from reconciler.model.value import JSON

Shape: TypeAlias = dict[str, JSON]

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_INNER = r"[^\u0000-\u001f\u007f-\u009f]*"
NAME: Final[Shape] = {"type": "string", "pattern": rf"^{_INNER}\S{_INNER}$"}
"""`Page.name`: a text that identifies something; in quotes where it looks like a number."""
PROSE: Final[Shape] = {"type": ["string", "number", "boolean"]}
"""`Page.prose`: a text for people, with or without quotes."""
FLAG: Final[Shape] = {"type": "boolean"}
DAY: Final[Shape] = {
    "type": "string",
    "format": "date",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}


def said(text: str, shape: Mapping[str, JSON]) -> Shape:
    """Return a shape with what it means."""
    return {"description": text, **shape}


def or_nothing(shape: Mapping[str, JSON]) -> Shape:
    """Return the shape of something that may also stand empty, as if it were left out."""
    kinds = shape.get("type")
    found: Shape = dict(shape)
    if kinds is not None:
        found["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    if isinstance(words := shape.get("enum"), list):
        found["enum"] = [*words, None]
    if isinstance(choices := shape.get("anyOf"), list):
        found["anyOf"] = [*choices, {"type": "null"}]
    return found


def one_of(words: Collection[str]) -> Shape:
    """Return the shape of one of a few words."""
    return {"type": "string", "enum": list(words)}


def listed(item: Mapping[str, JSON], least: int = 0) -> Shape:
    """Return the shape of a list."""
    return {"type": "array", "items": dict(item), **({"minItems": least} if least else {})}


def refer(name: str, **more: JSON) -> Shape:
    """Return a reference to a definition; in draft 7 nothing beside a `$ref` counts."""
    return {**more, "allOf": [{"$ref": f"#/definitions/{name}"}]}


def mapping(
    keys: Collection[str], shapes: Mapping[str, Shape], required: Collection[str] = ()
) -> Shape:
    """Return the shape of a mapping with a reader's keys and no others; the others may stand empty.

    Raises ValueError where the reader's keys and the shapes are not of the same names.
    """
    if set(keys) != set(shapes):
        raise ValueError(f"shapes of other keys than the reader's: {set(keys) ^ set(shapes)}")
    properties: Shape = {
        key: shapes[key] if key in required else or_nothing(shapes[key]) for key in keys
    }
    found: Shape = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": list(required)} if required else found
