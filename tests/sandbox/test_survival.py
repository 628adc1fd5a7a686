"""The state file is whole at any moment, and the server ends when it is told to."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

import httpx
import pytest

from reconciler.sandbox import (
    ServeError,
    StateError,
    create_app,
    credentials,
    export,
    seed,
    serve,
    serving,
)
from tests.sandbox.tenants import inside

SERVER = """
import json, sys
from reconciler.sandbox import serve
serve(sys.argv[1], 0, None, None, lambda address: print(json.dumps(address), flush=True))
"""


def start(state: Path) -> tuple[subprocess.Popen[str], dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(state)], stdout=subprocess.PIPE, text=True
    )
    return process, json.loads(cast("IO[str]", process.stdout).readline())


def client_of(address: dict[str, str]) -> httpx.Client:
    auth = (address["api_key"], address["api_secret"])
    return httpx.Client(base_url=address["base_url"], auth=auth, trust_env=False)


def end(process: subprocess.Popen[str], number: int) -> int:
    process.send_signal(number)
    code = process.wait(timeout=20)
    cast("IO[str]", process.stdout).close()
    return code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_clean_end(tmp_path: Path, number: int) -> None:
    process, address = start(tmp_path / "t.db")
    with client_of(address) as client:
        assert client.get("/users").json() == []
        assert end(process, number) == 0
    assert address["base_url"].startswith("http://127.0.0.1:")
    assert credentials(tmp_path / "t.db") == (address["api_key"], address["api_secret"])


async def make_batches_until_killed(process: subprocess.Popen[str], address: Any) -> list[int]:
    made: list[int] = []

    async def make(client: httpx.AsyncClient, number: int) -> None:
        batch = [{"name": f"{number}/{part}"} for part in range(50)]
        try:
            answer = await client.post("/groups/batch", json=batch)
        except httpx.TransportError:
            return
        assert answer.status_code == httpx.codes.OK
        made.append(number)
        if len(made) == 7:
            process.kill()

    auth = (address["api_key"], address["api_secret"])
    async with httpx.AsyncClient(
        base_url=address["base_url"], auth=auth, trust_env=False
    ) as client:
        await asyncio.gather(*(make(client, number) for number in range(40)))
    return made


def test_after_a_kill_every_request_is_there_in_full_or_not_at_all(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    process, address = start(state)
    made = asyncio.run(make_batches_until_killed(process, address))
    assert end(process, signal.SIGKILL) == -signal.SIGKILL
    assert 7 <= len(made) < 40

    groups = cast("list[dict[str, str]]", export(state)["groups"])
    found = Counter(int(group["name"].partition("/")[0]) for group in groups)
    assert set(made) <= set(found)
    assert set(found.values()) == {50}
    with inside(state) as tenant:
        assert len(tenant.get("/groups", take=1000)) == min(1000, len(groups))


def test_a_request_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    with inside(state) as tenant:
        tenant.call("POST", "/groups/batch", [{"name": "A"}, {"name": "A"}])
        tenant.user("a")
        both = {"isSoftDeleted": True, "managedByUserGUID": "x"}
        assert tenant.call("PUT", "/users/a", both).status_code == 400
        assert tenant.get("/users/a")["isDeleted"] is False
    assert export(state)["groups"] == []


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with serving(tmp_path / "a.db") as address:
        port = int(address["base_url"].split(":")[2].split("/")[0])
        with pytest.raises(ServeError, match=str(port)):
            serve(tmp_path / "b.db", port, None, None, lambda _: None)
    with pytest.raises(ServeError, match="70000"):
        serve(tmp_path / "b.db", 70000, None, None, lambda _: None)


def test_two_processes_may_share_a_file(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    with inside(state) as first, inside(state) as second:
        guid = first.user("a")
        assert second.get("/users/a")["userGUID"] == guid
        seed(state, {"format_version": "1.0"})
        assert first.get("/users") == second.get("/users") == []


def test_a_file_that_cannot_be_used_is_an_answer_that_nothing_happened(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    with inside(state) as tenant:
        with closing(sqlite3.connect(state)) as db:
            db.execute("DROP TABLE members")
            db.commit()
        answer = tenant.call("POST", "/users", {"userName": "a"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert tenant.get("/users") == []


def test_a_state_that_may_not_be_written_is_not_called_another_file(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    create_app(path).state.close()
    for name in ("t.db-wal", "t.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).mkdir()  # SQLite can write nothing beside the state

    with pytest.raises(StateError, match=r"cannot be opened: unable to open database file"):
        create_app(path)
