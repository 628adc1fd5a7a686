"""The command line: arguments in, exit code out."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from typer._click.exceptions import (  # pyright: ignore[reportPrivateUsage] - Typer exports no name for a wrong command line
    ClickException,
    UsageError,
)

from reconciler import __version__
from reconciler.cli.commands import (
    apply,
    expiring,
    explain,
    plan,
    sandbox,
    schema,
    show,
    snapshot,
    validate,
)
from reconciler.cli.terminal import fail, speak_utf8
from reconciler.errors import ReconcilerError

WRONG_COMMAND_LINE = 64
INTERRUPTED = 130
NOBODY_LISTENS = 141
DEFAULT_CONFIG = Path("reconciler.yaml")

app = typer.Typer(
    name="reconciler",
    help="Plan and apply for HelloID entitlements: who should have an account, which groups and products.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(slots=True)
class _Given:
    """What the command line gave, for when it has failed."""

    config: Path = DEFAULT_CONFIG


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"reconciler {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option(metavar="FILE", help="The settings; their folder is the project.")
    ] = DEFAULT_CONFIG,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Keep the settings' path for the command that follows, and for showing its problems."""
    del version
    if isinstance(context.obj, _Given):
        context.obj.config = config
    context.obj = config


validate.add_to(app)
plan.add_to(app)
show.add_to(app)
apply.add_to(app)
snapshot.add_to(app)
explain.add_to(app)
expiring.add_to(app)
schema.add_to(app)
sandbox.add_to(app)


def run() -> None:
    """Run the command line and end the process with its exit code."""
    speak_utf8()
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    """Return the exit code that contract and pipelines rely on; never show a traceback."""
    given = _Given()
    try:
        code = app(args=arguments, standalone_mode=False, obj=given)
    except UsageError as error:
        error.show()
        return WRONG_COMMAND_LINE
    except ClickException as error:
        error.show()
        return 1
    except ReconcilerError as error:
        fail(error, given.config.parent)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("\nInterrupted.\n")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return NOBODY_LISTENS
    except OSError as error:
        fail(ReconcilerError("The system refused", str(error)), given.config.parent)
        return 1
    except Exception as error:
        if os.environ.get("RECONCILER_TRACEBACK"):
            raise
        fail(
            ReconcilerError(
                "This is a bug in reconciler",
                f"{type(error).__name__}: {error}",
                "Please report it, with what RECONCILER_TRACEBACK=1 shows when you run it again.",
            ),
            given.config.parent,
        )
        return 1
    return code if isinstance(code, int) else 0
