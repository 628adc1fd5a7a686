"""The files of this repository and of its documentation fit the schemas that the command line shows."""

from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.cli.commands.schema import Document, schema_of
from tests.docs.blocks import PAGES, ROOT, blocks
from tests.projects import Project
from tests.schemas.editor import Checker, read

DESIRED = Checker(schema_of(Document.DESIRED))
SETTINGS = Checker(schema_of(Document.SETTINGS))
FILES = sorted(ROOT.glob("desired/**/*.yaml"))
BLOCKS = [
    pytest.param(block.text, id=block.place)
    for page in PAGES
    for block in blocks(page)
    if block.language == "yaml"
]


def of(text: str) -> Checker:
    """Return the schema of a page's YAML, which is settings or desired state."""
    return SETTINGS if text.startswith("target:") else DESIRED


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_the_sample_organisation_fits(file: Path) -> None:
    assert DESIRED.misfits(read(file.read_text(encoding="utf-8"))) == []


def test_the_settings_of_this_checkout_fit() -> None:
    text = (ROOT / "reconciler.yaml").read_text(encoding="utf-8")
    assert SETTINGS.misfits(read(text)) == []


@pytest.mark.parametrize("text", BLOCKS)
def test_the_yaml_of_the_documentation_fits(text: str) -> None:
    assert of(text).misfits(read(text)) == []


def test_the_defaults_of_the_settings_page_are_those_of_the_schema() -> None:
    page = next(b for b in blocks(ROOT / "docs/settings.md") if b.language == "yaml")
    schema: Any = schema_of(Document.SETTINGS)
    assert dict(defaults(schema, read(page.text))) == dict(given(read(page.text), schema))


def defaults(schema: Any, values: Any, place: str = "") -> Any:
    """Yield each default that a schema tells, of the keys that the values have."""
    for key, inner in schema["properties"].items():
        if "default" in inner:
            yield f"{place}{key}", inner["default"]
        elif "properties" in inner and key in values:
            yield from defaults(inner, values[key], f"{place}{key}.")


def given(values: Any, schema: Any, place: str = "") -> Any:
    """Yield each value for which a schema tells a default; what a limit does not say is empty."""
    for key, inner in schema["properties"].items():
        if "default" in inner:
            yield f"{place}{key}", values.get(key)
        elif "properties" in inner and key in values:
            yield from given(values[key], inner, f"{place}{key}.")


@pytest.mark.parametrize("document", [Document.DESIRED, Document.SETTINGS])
def test_every_key_says_what_it_means(document: Document) -> None:
    unsaid = sorted(place for place, inner in keys(schema_of(document)) if not said(inner))
    assert unsaid == []


def keys(schema: Any, place: str = "$") -> Any:
    """Yield every key that a schema has, with its own schema; not the names within HelloID's persons."""
    if isinstance(schema, dict):
        found = cast("dict[str, Any]", schema)
        for key, inner in found.get("properties", {}).items():
            yield f"{place}.{key}", inner
        for word, inner in found.items():
            if word not in {"oneOf", "allOf", "default"}:
                yield from keys(inner, f"{place}.{word}")


def said(inner: Any) -> bool:
    if inner is False or "$ref" in inner:
        return True
    return bool(inner.get("description")) or set(inner) <= {"properties"}


def test_the_command_line_shows_each_and_lists_them_where_none_is_named(tmp_path: Path) -> None:
    project = Project.at(tmp_path)
    for document in Document:
        shown = project.good("schema", document).json
        assert shown == schema_of(document)
        assert shown["$schema"].startswith(("http://json-schema.org/", "https://json-schema.org/"))
    listed = project.good("schema").out
    assert [line.split()[0] for line in listed.splitlines()] == [each.value for each in Document]
    project.good("schema", "settings", "-o", "settings.json")
    assert project.read("settings.json") == schema_of(Document.SETTINGS)
