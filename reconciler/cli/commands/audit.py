"""`reconciler audit`."""

from enum import StrEnum
from typing import Annotated

import typer

from reconciler.cli.commands.plan import warn_of
from reconciler.cli.dresses import Look, dressed
from reconciler.cli.options import AsOf, NoColor, Output, Quiet, SnapshotFile
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, save, show
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.reports.kinds import Kind


class Format(StrEnum):
    """How a report is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    HTML = "html"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def audit(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        shape: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
        output: Output = None,
        of_type: Annotated[
            list[IssueType] | None,
            typer.Option(
                "--type",
                metavar="TYPE",
                help="Only issues of this type, such as permission_unmanaged; may be repeated.",
            ),
        ] = None,
        status: Annotated[
            list[IssueStatus] | None,
            typer.Option(
                "--status",
                metavar="STATUS",
                help="Only open, resolved, postponed or excluded ones; may be repeated.",
            ),
        ] = None,
        person: Annotated[
            list[str] | None,
            typer.Option("--person", metavar="ID", help="Only this person's; may be repeated."),
        ] = None,
        group: Annotated[
            list[str] | None,
            typer.Option("--group", metavar="NAME", help="Only this group's; may be repeated."),
        ] = None,
        product: Annotated[
            list[str] | None,
            typer.Option("--product", metavar="NAME", help="Only this product's; may be repeated."),
        ] = None,
        as_of: AsOf = None,
        snapshot: SnapshotFile = None,
        no_record: Annotated[
            bool, typer.Option("--no-record", help="Only look: remember nothing of this report.")
        ] = False,
        detailed_exitcode: Annotated[
            bool,
            typer.Option("--detailed-exitcode", help="End with 2 where open issues are shown."),
        ] = False,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Show the reconciliation report: every issue, with its resolution; reads only.

        The ledger remembers when each issue was first seen.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.auditing import AuditOptions, make_audit
        from reconciler.model.address import PersonId
        from reconciler.model.finding import Shown
        from reconciler.reports.audit import audit_document

        screen = Screen.of(no_color=no_color, quiet=quiet)
        shown = Shown(
            types=tuple(of_type or ()),
            statuses=tuple(status or ()),
            persons=tuple(PersonId(each) for each in person or ()),
            groups=tuple(group or ()),
            products=tuple(product or ()),
        )
        options = AuditOptions(as_of, snapshot, shown, record=not no_record)
        with screen.busy("Reading the tenant"):
            made = run(make_audit(make_world(context.obj), options))
        warn_of(screen, len(made.project.warnings))
        text = dressed(Kind.AUDIT, audit_document(made.audit), shape, Look.on(screen, output))
        if output is not None:
            save(output, text)
            screen.say(f"The report is in {output}")
        else:
            show(text)
        statuses = {finding.issue.status for finding in made.audit.findings}
        return 2 if detailed_exitcode and IssueStatus.OPEN in statuses else 0
