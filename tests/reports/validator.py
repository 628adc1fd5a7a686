"""A JSON Schema validator for the keywords that our schemas use; any other keyword fails."""

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
FORMATS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
}
WORDS = {"$schema", "type", "title", "description", "$defs", "default"}


def misfits(value: Any, schema: Any, root: Any, place: str = "$") -> Iterator[str]:
    """Yield where a value does not fit a schema."""
    if schema is False:
        yield f"{place}: nothing is allowed here"
        return
    wanted = schema.get("type")
    if wanted and (
        not isinstance(value, TYPES[wanted]) or (wanted == "integer" and isinstance(value, bool))
    ):
        yield f"{place}: {value!r} is no {wanted}"
        return
    for keyword in schema.keys() - WORDS:
        yield from _KEYWORDS[keyword](value, schema, root, place)


def _ref(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    yield from misfits(value, target, root, place)


def _enum(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    if value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"


def _any_of(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    if not any(not list(misfits(value, each, root, place)) for each in schema["anyOf"]):
        yield f"{place}: {value!r} fits none"


def _required(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    yield from (f"{place}.{key} is missing" for key in schema["required"] if key not in value)


def _properties(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for key, inner in schema["properties"].items():
        if key in value:
            yield from misfits(value[key], inner, root, f"{place}.{key}")


def _additional(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for key in value.keys() - schema.get("properties", {}).keys():
        yield from misfits(value[key], schema["additionalProperties"], root, f"{place}.{key}")


def _items(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for at, item in enumerate(value[len(schema.get("prefixItems", ())) :]):
        yield from misfits(item, schema["items"], root, f"{place}[{at}]")


def _prefix(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for at, (item, inner) in enumerate(zip(value, schema["prefixItems"], strict=False)):
        yield from misfits(item, inner, root, f"{place}[{at}]")


def _min_items(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    if len(value) < schema["minItems"]:
        yield f"{place} is too short"


def _max_items(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    if len(value) > schema["maxItems"]:
        yield f"{place} is too long"


def _minimum(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    if value < schema["minimum"]:
        yield f"{place}: {value} is too small"


def _format(value: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    del root
    if not FORMATS[schema["format"]].fullmatch(value):
        yield f"{place}: {value!r} is no {schema['format']}"


_KEYWORDS = {
    "$ref": _ref,
    "enum": _enum,
    "anyOf": _any_of,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _prefix,
    "minItems": _min_items,
    "maxItems": _max_items,
    "minimum": _minimum,
    "format": _format,
}
