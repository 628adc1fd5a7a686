"""YAML as an editor's language server sees it: YAML 1.2's core schema, and a validator of draft 7."""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

import yaml
from jsonschema import Draft7Validator


class Core(yaml.CSafeLoader):
    """Reads plain scalars as YAML 1.2's core schema does: no dates, no `yes`, no sexagesimals."""


Core.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), None)  # pyright: ignore[reportUnknownMemberType] - PyYAML's stubs leave it open


def _int(loader: yaml.CSafeLoader, node: Any) -> int:
    text = loader.construct_scalar(node)
    assert isinstance(text, str)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)


def _float(loader: yaml.CSafeLoader, node: Any) -> float:
    text = loader.construct_scalar(node)
    assert isinstance(text, str)
    lower = text.lower()
    return float(lower.replace(".inf", "inf").replace(".nan", "nan"))


Core.add_constructor("tag:yaml.org,2002:int", _int)
Core.add_constructor("tag:yaml.org,2002:float", _float)


@dataclass(frozen=True)
class Plain:
    """A scalar without quotes."""

    text: str


def written(value: Any) -> str:
    """Return a value as YAML in flow style, its texts in quotes unless they are Plain."""
    if isinstance(value, Plain):
        return value.text
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return "{" + ", ".join(f"{json.dumps(k)}: {written(v)}" for k, v in found.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in cast("list[Any]", value)) + "]"
    return json.dumps(value)


def read(text: str) -> Any:
    """Return what an editor makes of a YAML file."""
    return yaml.load(text, Core)  # noqa: S506 - Core is a CSafeLoader


class Checker:
    """Judges values by a schema, which is checked to be one of draft 7."""

    def __init__(self, schema: Any) -> None:
        Draft7Validator.check_schema(schema)
        self._judge = Draft7Validator(schema)

    def misfits(self, value: Any) -> list[str]:
        """Return where a value does not fit, and why."""
        found = self._judge.iter_errors(value)  # pyright: ignore[reportUnknownMemberType] - jsonschema has no types
        return [f"{each.json_path}: {each.message}" for each in found]
