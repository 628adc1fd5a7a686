"""The one place that names concrete adapters: tenant, ledger, mapping, sandbox, clock."""

import getpass
import json
import os
import socket
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from reconciler.errors import BadInput
from reconciler.flows.world import Books, Copy, PersonMapping, ReadableTenant, World
from reconciler.model.comment import PullRequest
from reconciler.model.difference import Revision
from reconciler.model.problem import Problem, Severity
from reconciler.model.report import Audited
from reconciler.model.settings import Settings
from reconciler.model.state import Actual
from reconciler.model.value import JSON

if TYPE_CHECKING:
    from reconciler.flows.commenting import Forge
    from reconciler.helloid import ASGIApp  # the client is loaded only where it is used
    from reconciler.sandbox import TenantSettings

SANDBOX = "sandbox:"
WHO = ("RECONCILER_BY", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR")
COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION")


def make_world(config: Path) -> World:
    """Return the world of a project, given the path of its settings."""
    root = config.parent

    @asynccontextmanager
    async def open_tenant(settings: Settings) -> AsyncGenerator[ReadableTenant]:
        from reconciler.helloid import open_tenant as connect

        app, credentials = _embedded(root, settings)
        tenant = connect(
            settings.target, settings.scope, settings.product_comment, app, credentials
        )
        async with tenant as connected:
            yield connected

    def open_ledger(settings: Settings) -> Books:
        from reconciler.ledger.opening import ledger_when_needed

        return ledger_when_needed(settings.ledger, settings.target.base_url, root)

    return World(
        config=config,
        environ=os.environ,
        read_mapping=_read_mapping,
        open_tenant=open_tenant,
        open_ledger=open_ledger,
        read_snapshot=_read_snapshot,
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid4().hex,
        by=_by(),
        commit=lambda: _commit(root),
        revisions=_Revisions(config),
    )


@dataclass(frozen=True, slots=True)
class _Revisions:
    """The project of a path at other revisions, with git."""

    config: Path

    def span(self, base: str, head: str | None) -> tuple[str, str | None]:
        from reconciler.revisions import span_of

        return span_of(self.config.parent, base, head)

    def place(self) -> str:
        from reconciler.revisions import place_of

        return place_of(self.config.parent)

    @contextmanager
    def at(self, revision: str, *, whole: bool) -> Generator[tuple[World | None, Revision]]:
        from reconciler.revisions import checked_out

        with checked_out(self.config, revision, whole=whole) as (path, found):
            yield (None if path is None else make_world(path)), found


def _embedded(root: Path, settings: Settings) -> tuple["ASGIApp | None", tuple[str, str] | None]:
    """Return the embedded tenant and its credentials, where the target is one."""
    url = settings.target.base_url
    if not url.startswith(SANDBOX):
        return None, None
    from reconciler.sandbox import SandboxError, create_app, credentials

    path = root / url.removeprefix(SANDBOX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return create_app(path), credentials(path)
    except (SandboxError, OSError) as error:
        raise BadInput(
            "The embedded tenant cannot be opened",
            f"{error}",
            "See that this user may write the file and its folder; or name another file, or move this one"
            " aside to start with an empty tenant.",
        ) from error


def _read_mapping(
    data: bytes, file: str, settings: Settings, now: datetime
) -> tuple[PersonMapping | None, tuple[Problem, ...]]:
    from reconciler.mapping import open_mapper, read_mapping

    mapping, problems = read_mapping(data, file)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    return open_mapper(mapping, settings.time_zone, now), problems


def _read_snapshot(data: bytes, file: str, settings: Settings) -> Actual:
    from reconciler.helloid import read_snapshot

    return read_snapshot(data, file, settings.scope)


def _by() -> str:
    """Return who applies: the pipeline's user, else the login name, with the host."""
    name = next((os.environ[key] for key in WHO if os.environ.get(key)), "")
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):
            name = "somebody"
    return f"{name}@{socket.gethostname()}"


def _commit(root: Path) -> str | None:
    """Return the commit the project is at: the pipeline's, else git's, else None."""
    known = next((os.environ[key] for key in COMMITS if os.environ.get(key)), None)
    if known:
        return known
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - git is looked up as the user has it
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def seed_sandbox(state: Path, data: bytes, file: str) -> None:
    """Replace an embedded tenant's state by a snapshot's; `file` is its name. Raises BadInput."""
    from reconciler.sandbox import SandboxError, seed

    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        seed(state, json.loads(data))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            "Not a snapshot",
            f"{file} is no JSON: {error}.",
            "Take a snapshot with `reconciler snapshot -o FILE`.",
        ) from error
    except (SandboxError, OSError) as error:
        raise BadInput(
            "The embedded tenant cannot be seeded",
            f"From {file}: {error}",
            "Correct the snapshot, or take a new one: reconciler snapshot -o FILE",
        ) from error


@contextmanager
def copied(
    world: World, held: Mapping[str, JSON], settings: Mapping[str, object] | None = None
) -> Generator[Copy]:
    """Give a world whose tenant and ledger are new ones in a temporary folder, the tenant with `held`.

    `settings` say how it answers; otherwise as the tenant does, where that is an embedded one. What
    earlier reports found is that of the real ledger.
    """
    from reconciler.sandbox import SandboxError, create_app, credentials, seed

    with TemporaryDirectory(prefix="reconciler-") as name:
        state = Path(name, "tenant.db")
        try:
            seed(state, held)
            app = create_app(state, _answers(world.root, str(held.get("base_url")), settings))
        except (SandboxError, OSError) as error:
            raise BadInput("The tenant cannot be copied", str(error)) from error

        @asynccontextmanager
        async def open_tenant(found: Settings) -> AsyncGenerator[ReadableTenant]:
            from reconciler.helloid import open_tenant as connect

            at_once = replace(found.target, requests_per_second=None)
            tenant = connect(at_once, found.scope, found.product_comment, app, credentials(state))
            async with tenant as connected:
                yield connected

        def open_ledger(found: Settings) -> Books:
            return _copied_ledger(world.open_ledger(found), found, Path(name))

        try:
            yield Copy(replace(world, open_tenant=open_tenant, open_ledger=open_ledger), Path(name))
        finally:
            app.state.close()


def _answers(root: Path, base_url: str, settings: Mapping[str, object] | None) -> "TenantSettings":
    from reconciler.sandbox import TenantSettings, settings_of

    real = root / base_url.removeprefix(SANDBOX)
    if not base_url.startswith(SANDBOX) or not real.is_file():
        return TenantSettings.read(settings or {})
    known = asdict(settings_of(real))
    return TenantSettings.read({**known, **(settings or {})})


def _copied_ledger(real: Books, settings: Settings, folder: Path) -> Books:
    """Return an empty ledger in a folder, which tells the reports of the real one."""
    from reconciler.ledger.opening import open_ledger as connect
    from reconciler.ledger.sql import SqlLedger

    class Copied(SqlLedger):
        def audited(self) -> Audited:
            return real.audited()

    url = "none" if settings.ledger == "none" else "sqlite:///ledger.db"
    found = connect(url, settings.target.base_url, folder)
    return Copied(found.database, found.tenant) if isinstance(found, SqlLedger) else found


def set_sandbox(state: Path, settings: Mapping[str, object] | None) -> None:
    """Keep settings in an embedded tenant's state. Raises BadInput."""
    if settings is None:
        return
    from reconciler.sandbox import SandboxError, TenantSettings, create_app

    try:
        create_app(state, TenantSettings.read(settings)).state.close()
    except SandboxError as error:
        raise BadInput("The embedded tenant's settings cannot be used", str(error)) from error


def serve_sandbox(
    state: Path,
    port: int,
    settings: Mapping[str, object] | None,
    faults: Sequence[str],
    announce: Callable[[dict[str, str]], None],
) -> None:
    """Serve an embedded tenant on loopback until it is stopped. Raises BadInput."""
    from reconciler.sandbox import Faults, SandboxError, TenantSettings, serve

    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        chosen = TenantSettings.read(settings) if settings is not None else None
        serve(state, port, chosen, Faults.parse(faults), announce)
    except (SandboxError, OSError) as error:
        raise BadInput("The embedded tenant cannot be served", str(error)) from error


def find_pull_request(number: int | None) -> PullRequest:
    """Return the pull request of this pipeline, or that of a number. Raises BadInput."""
    from reconciler.forges import find_pull_request as find

    return find(os.environ, number)


def names_pull_request(number: int | None) -> bool:
    """Tell whether the environment says where a comment goes, or for a number, in which repository."""
    from reconciler.forges import names_pull_request as names

    return names(os.environ, number)


def has_forge_token(at: PullRequest) -> bool:
    """Tell whether the environment has a token for a pull request's forge."""
    from reconciler.forges import has_token

    return has_token(os.environ, at.forge)


@asynccontextmanager
async def open_forge(at: PullRequest) -> "AsyncGenerator[Forge]":
    """Give a pull request's forge, with the token of the environment. Raises BadInput."""
    from reconciler.forges import find_token
    from reconciler.forges import open_forge as connect

    async with connect(at, find_token(os.environ, at.forge)) as forge:
        yield forge
