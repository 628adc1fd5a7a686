"""`reconciler schema`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import Output
from reconciler.cli.terminal import save, show

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.model.value import JSON


class Document(StrEnum):
    """What has a schema."""

    DESIRED = "desired"
    SETTINGS = "settings"
    PLAN = "plan"
    DIFF = "diff"
    AUDIT = "audit"
    APPLY = "apply"
    REHEARSAL = "rehearsal"
    HISTORY = "history"
    EXPIRING = "expiring"
    FORECAST = "forecast"
    EXPLANATION = "explanation"
    PROBLEMS = "problems"
    IMPORT = "import"
    COMMENT = "comment"
    SNAPSHOT = "snapshot"


WHAT = {
    Document.DESIRED: "a file of the desired state (draft 7, for editors)",
    Document.SETTINGS: "reconciler.yaml (draft 7, for editors)",
    Document.PLAN: "a saved plan (2020-12)",
    Document.DIFF: "the JSON of diff (2020-12)",
    Document.AUDIT: "the JSON of audit (2020-12)",
    Document.APPLY: "the JSON of apply (2020-12)",
    Document.REHEARSAL: "the JSON of rehearse (2020-12)",
    Document.HISTORY: "the JSON of history (2020-12)",
    Document.EXPIRING: "the JSON of expiring (2020-12)",
    Document.FORECAST: "the JSON of plan --until (2020-12)",
    Document.EXPLANATION: "the JSON of explain (2020-12)",
    Document.PROBLEMS: "the JSON of validate (2020-12)",
    Document.IMPORT: "the JSON of import (2020-12)",
    Document.COMMENT: "the JSON of comment (2020-12)",
    Document.SNAPSHOT: "a snapshot (2020-12)",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def schema(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        document: Annotated[
            Document | None,
            typer.Argument(
                metavar="DOCUMENT", help="Which file it describes; left out: what there is."
            ),
        ] = None,
        output: Output = None,
    ) -> int:
        """Show the JSON Schema of a file, for editors and for programs that read it."""
        from reconciler.reports.canonical import pretty

        if document is None:
            text = "".join(f"{name:<13}{says}\n" for name, says in WHAT.items())
        else:
            text = pretty(schema_of(document))
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0


def schema_of(document: Document) -> "Mapping[str, JSON]":
    """Return the JSON Schema of a file."""
    match document:
        case Document.DESIRED:
            from reconciler.desired.shape import desired_schema

            return desired_schema()
        case Document.SETTINGS:
            from reconciler.desired.shape_settings import settings_schema

            return settings_schema()
        case _:
            from reconciler.reports.schema import schema_document

            return schema_document(document)
