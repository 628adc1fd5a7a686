"""JSON Schemas of our documents, drawn from the shapes that write and read them."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from reconciler.model.value import JSON
from reconciler.reports.audit_shape import AuditShape
from reconciler.reports.commented import CommentedShape
from reconciler.reports.expiring import ExpiringShape
from reconciler.reports.explanation_shape import ExplanationShape
from reconciler.reports.forecast import ForecastShape
from reconciler.reports.history import HistoryShape
from reconciler.reports.imported import ImportedShape
from reconciler.reports.meanings import MEANINGS
from reconciler.reports.rehearsal import RehearsalShape
from reconciler.reports.shape import AppliedShape, DiffShape, PlanShape, ProblemsShape, Shape
from reconciler.reports.snapshot_shape import SnapshotShape

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SHAPES: Final[Mapping[str, type[Shape]]] = {
    "plan": PlanShape,
    "diff": DiffShape,
    "audit": AuditShape,
    "apply": AppliedShape,
    "rehearsal": RehearsalShape,
    "history": HistoryShape,
    "expiring": ExpiringShape,
    "forecast": ForecastShape,
    "explanation": ExplanationShape,
    "problems": ProblemsShape,
    "import": ImportedShape,
    "comment": CommentedShape,
    "snapshot": SnapshotShape,
}
"""The documents that have a schema, by the name that asks for it."""


def schema_document(document: str) -> dict[str, JSON]:
    """Return the JSON Schema (2020-12) of a document that SHAPES names, every member described.

    Members it does not name are allowed: a newer minor version may add some.
    """
    shape = SHAPES[document]
    (_,), components = msgspec.json.schema_components([shape])
    found = cast("dict[str, dict[str, JSON]]", _renamed(cast("JSON", components)))
    for owner, definition in found.items():
        _describe(owner, definition)
    main = found.pop(_short(shape.__name__))
    title = f"reconciler {document}"
    return {
        "$schema": DIALECT,
        **main,
        "title": title,
        "$defs": {key: found[key] for key in sorted(found)},
    }


def _renamed(value: JSON) -> JSON:
    """Return the components under the names of their things instead of those of our classes."""
    match value:
        case str():
            return _short(value)
        case Mapping():
            return {_short(key): _renamed(member) for key, member in value.items()}
        case list():
            return [_renamed(item) for item in value]
        case _:
            return value


def _short(name: str) -> str:
    return name.removesuffix("Shape")


def _describe(owner: str, definition: dict[str, JSON]) -> None:
    properties = cast("dict[str, dict[str, JSON]]", definition.get("properties", {}))
    for member, described in properties.items():
        described["description"] = MEANINGS[f"{owner}.{member}"]
