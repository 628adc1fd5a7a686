"""The command line: arguments in, exit code out."""

import gc
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from typer._click.exceptions import (  # pyright: ignore[reportPrivateUsage] - Typer exports no name for a wrong command line
    ClickException,
    UsageError,
)

from reconciler import __version__
from reconciler.cli.later import LateGroup
from reconciler.cli.terminal import fail, open_streams, speak_utf8
from reconciler.cli.usage import usage_text
from reconciler.errors import ReconcilerError

WRONG_COMMAND_LINE = 64
INTERRUPTED = 130
NOBODY_LISTENS = 141
DEFAULT_CONFIG = Path("reconciler.yaml")
COLLECTED_AFTER = (50_000, 20, 10)
"""How many new values let the garbage collector look: a command keeps nearly all it makes until it ends."""

COMMANDS = {
    "init": "Write a project to start from",
    "validate": "Check settings, field mapping and desired state, offline",
    "plan": "Read the tenant, compare, show what apply would do",
    "diff": "Show who gains and loses what between two revisions of the files",
    "show": "Render a saved plan, or any other report saved as JSON",
    "apply": "Carry out a saved plan, or plan and ask",
    "audit": "Show every issue, since when, by whose doing, and its resolution",
    "import": "Write an existing tenant as desired state whose plan is empty",
    "resolve": "Decide on open issues, and write it into the desired files",
    "snapshot": "Save what the tenant holds now",
    "explain": "Say why a person has, lacks, gains or loses something",
    "expiring": "Show what is about to end",
    "rehearse": "Apply a plan to a copy of the tenant, report what would happen",
    "history": "Show what was applied, when, by whom, from which plan",
    "comment": "Put a plan, diff or audit on a pull request as one comment",
    "schema": "Show the JSON Schema of a file or a report",
    "sandbox": "The embedded tenant: HelloID's API without HelloID",
}
"""What there is, in the order of `--help`; each is `add_to` of the module of its name in `commands`."""


class _Commands(LateGroup):
    summaries = COMMANDS


app = typer.Typer(
    name="reconciler",
    cls=_Commands,
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
        Path,
        typer.Option(
            metavar="FILE", readable=False, help="The settings; their folder is the project."
        ),
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


def run() -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(*COLLECTED_AFTER)
    open_streams()
    speak_utf8()
    # A platform stops a job with it; the first process of a container would not even hear it.
    signal.signal(signal.SIGTERM, _interrupt)
    code = _run(sys.argv[1:])
    gc.freeze()  # all of it ends with the process: looking for cycles in it first takes a tenth of a second
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C would do now, also where Ctrl-C itself is ignored."""
    at_ctrl_c = signal.getsignal(signal.SIGINT)
    if not callable(at_ctrl_c):
        raise KeyboardInterrupt
    at_ctrl_c(number, frame)


def _run(arguments: list[str]) -> int:
    """Return the exit code that contract and pipelines rely on; never show a traceback."""
    given = _Given()
    try:
        code = app(args=arguments, prog_name="reconciler", standalone_mode=False, obj=given)
    except UsageError as error:
        sys.stderr.write(usage_text(error))
        return WRONG_COMMAND_LINE
    except ClickException as error:
        error.show()
        return 1
    except ReconcilerError as error:
        fail(error, given.config.parent)
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return NOBODY_LISTENS
    except OSError as error:
        fail(
            ReconcilerError(
                "The operating system refused",
                str(error),
                "See to the file or address that it names, then run the command again.",
            ),
            given.config.parent,
        )
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
    if code == INTERRUPTED:  # Typer makes an exit code of Ctrl-C, and says nothing
        sys.stderr.write("\nInterrupted.\n")
    return code if isinstance(code, int) else 0
