"""`reconciler sandbox`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli.documented import DocumentedGroup, Shelf
from reconciler.cli.terminal import show

State = Annotated[
    Path, typer.Option("--state", metavar="FILE", help="The file that holds the tenant's state.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="How the tenant answers where HelloID's documentation is silent; kept in the state.",
    ),
]
DEFAULT_STATE = Path(".reconciler/tenant.db")


def add_to(app: typer.Typer) -> None:
    """Add the group of commands."""
    sandbox = Shelf(
        cls=DocumentedGroup,
        help="The embedded tenant: HelloID's API without HelloID.",
        no_args_is_help=True,
    )
    app.add_typer(sandbox, name="sandbox")

    @sandbox.command(short_help="Serve the embedded tenant over HTTP on 127.0.0.1")
    def serve(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        state: State = DEFAULT_STATE,
        seed: Annotated[
            Path | None,
            typer.Option(
                metavar="SNAPSHOT", readable=False, help="Replace the state by a snapshot first."
            ),
        ] = None,
        port: Annotated[
            int,
            typer.Option(
                metavar="N", min=0, max=65535, help="The port on loopback; 0 is any that is free."
            ),
        ] = 0,
        settings: Settings = None,
        fault: Annotated[
            list[str] | None,
            typer.Option(
                metavar="FAULT", help="Misbehave, such as status:every=5,status=429,retry_after=1"
            ),
        ] = None,
    ) -> int:
        """Serve the embedded tenant over HTTP on 127.0.0.1 until it is stopped.

        When ready it writes one line of JSON: base_url, api_key, api_secret.
        """
        from reconciler.cli.wiring import seed_sandbox, serve_sandbox

        if seed is not None:
            seed_sandbox(state, _read(seed), str(seed))
        serve_sandbox(
            state, port, named_values(settings), fault or [], lambda it: show(json.dumps(it))
        )
        return 0

    @sandbox.command("seed")
    def seed_tenant(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        snapshot: Annotated[
            Path,
            typer.Argument(
                metavar="SNAPSHOT", readable=False, help="As `reconciler snapshot` writes it."
            ),
        ],
        state: State = DEFAULT_STATE,
        settings: Settings = None,
    ) -> int:
        """Replace the state of an embedded tenant by a snapshot."""
        from reconciler.cli.wiring import seed_sandbox, set_sandbox

        seed_sandbox(state, _read(snapshot), str(snapshot))
        set_sandbox(state, named_values(settings))
        return 0


def _read(path: Path) -> bytes:
    from reconciler.errors import BadInput

    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            "Snapshot not readable",
            f"{path}: {error.strerror}.",
            "Give the path of a file that `reconciler snapshot -o FILE` wrote.",
        ) from error


def named_values(texts: list[str] | None) -> dict[str, Any] | None:
    """Return settings by name; a value is JSON where it can be, else text."""
    if not texts:
        return None
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE.")
        try:
            found[name] = json.loads(value)
        except json.JSONDecodeError:
            found[name] = value
    return found
