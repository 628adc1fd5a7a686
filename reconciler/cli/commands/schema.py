"""`reconciler schema`."""

from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.options import Output
from reconciler.cli.terminal import save, show


class Document(StrEnum):
    """What has a schema."""

    PLAN = "plan"
    SNAPSHOT = "snapshot"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: reconciler schema plan -o plan.schema.json")
    def schema(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        document: Annotated[Document, typer.Argument(help="Which file it describes.")],
        output: Output = None,
    ) -> int:
        """Show the JSON Schema (2020-12) of a file, for editors and readers."""
        from reconciler.reports.canonical import pretty
        from reconciler.reports.schema import schema_document

        text = pretty(schema_document(document))
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0
