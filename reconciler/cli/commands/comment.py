"""`reconciler comment`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.commands.plan import Format, ShownAs
from reconciler.cli.options import Output
from reconciler.cli.running import run
from reconciler.cli.terminal import save, show

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.flows.commenting import Commented, Wish
    from reconciler.model.comment import PullRequest
    from reconciler.reports.remark import Remark

LABELS = "reconciler: removals,reconciler: refused"
LONGEST = 50
"""Characters that GitHub allows in a label's name."""


def _key(text: str) -> str:
    if not 0 < len(text) <= LONGEST or not text.isprintable():
        raise typer.BadParameter(f"{text!r} is no key: 1 to {LONGEST} characters that show.")
    return text


def _names(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or len(set(names)) != 2:
        raise typer.BadParameter(f"{text!r} is not two names with a comma between them.")
    if not all(
        0 < len(name) <= LONGEST and name.isprintable() and name.strip(".") for name in names
    ):
        raise typer.BadParameter(f"A label's name has 1 to {LONGEST} characters that show.")
    return ",".join(names)


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def comment(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        file: Annotated[
            Path,
            typer.Argument(
                metavar="FILE", readable=False, help="The JSON of a plan, a diff or an audit."
            ),
        ],
        pr: Annotated[
            int | None,
            typer.Option(
                "--pr", metavar="N", min=1, help="Which pull request; else the pipeline's own."
            ),
        ] = None,
        key: Annotated[
            str | None,
            typer.Option(
                parser=_key,
                metavar="NAME",
                help="Which comment is meant, where there are several; else plan, diff or audit.",
            ),
        ] = None,
        labels: Annotated[
            str,
            typer.Option(
                parser=_names, metavar="NAME,NAME", help="The labels for removals and for refusals."
            ),
        ] = LABELS,
        no_labels: Annotated[bool, typer.Option("--no-labels", help="Leave labels alone.")] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Write nothing; show what would be written.")
        ] = False,
        shape: ShownAs = Format.TEXT,
        output: Output = None,
    ) -> int:
        """Put a plan, diff or audit on a pull request as one comment, edited in place.

        GitHub needs GITHUB_TOKEN, GitLab GITLAB_TOKEN, Azure Repos SYSTEM_ACCESSTOKEN (or all of them
        RECONCILER_FORGE_TOKEN) in the environment.
        """
        from reconciler.reports.canonical import pretty
        from reconciler.reports.commented import commented_document, commented_text

        remark = _remark(file)
        at = _place(pr, dry_run=dry_run)
        wish = _wish(remark, at, key, None if no_labels else labels)
        done = _done(at, wish, dry_run=dry_run)
        document = commented_document(
            remark.kind,
            wish.key,
            at,
            done.doing,
            done.url,
            surplus=done.surplus,
            added=done.added,
            removed=done.removed,
            body=wish.body,
            dry_run=dry_run,
        )
        text = pretty(document) if shape is Format.JSON else commented_text(document)
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0


def _remark(file: Path) -> "Remark":
    from reconciler.flows.saved import document_bytes
    from reconciler.reports.reading import read_any
    from reconciler.reports.remark import remark_of

    _, document = read_any(document_bytes(file), str(file))
    return remark_of(document)


def _place(number: int | None, *, dry_run: bool) -> "PullRequest | None":
    """Return the pull request; None where a dry run has none to look at."""
    from reconciler.cli.wiring import find_pull_request, names_pull_request

    if dry_run and not names_pull_request(number):
        return None
    return find_pull_request(number)


def _wish(
    remark: "Remark", at: "PullRequest | None", key: str | None, labels: str | None
) -> "Wish":
    from reconciler.flows.commenting import Wish
    from reconciler.model.comment import Label
    from reconciler.reports.remark import signed

    text = signed(remark, at and at.commit, at and at.run)
    if labels is None:
        return Wish(key or remark.kind, text)
    removals, refused = labels.split(",")
    asked = (
        (Label(removals, "d93f0b", "Takes access or accounts away"), remark.removes),
        (Label(refused, "b60205", "A safeguard or policy refuses the plan"), remark.is_refused),
    )
    wanted = tuple(label for label, is_asked in asked if is_asked)
    return Wish(key or remark.kind, text, wanted, tuple(label for label, _ in asked))


def _done(at: "PullRequest | None", wish: "Wish", *, dry_run: bool) -> "Commented":
    from reconciler.cli.wiring import has_forge_token, open_forge
    from reconciler.flows.commenting import Commented, comment_on

    if at is None or (dry_run and not has_forge_token(at)):
        return Commented("unknown", added=tuple(label.name for label in wish.labels))

    async def go() -> Commented:
        async with open_forge(at) as forge:
            return await comment_on(forge, wish, dry_run=dry_run)

    return run(go())
