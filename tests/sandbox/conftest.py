from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import TenantSettings, seed
from tests.sandbox.tenants import Tenant, inside, outside


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Tenant]:
    with outside(tmp_path_factory.mktemp("served") / "tenant.db") as opened:
        yield opened


@pytest.fixture(params=["inside", "outside"])
def tenant(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Tenant]:
    """An empty tenant with the default answers: each test runs inside the process and over HTTP."""
    if request.param == "inside":
        with inside(tmp_path / "tenant.db") as opened:
            yield opened
    else:
        opened = request.getfixturevalue("served")
        seed(opened.state, {"format_version": "1.0"})
        yield opened


class Made:
    """Makes tenants with other answers than the default ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[Any] = []

    def __call__(self, **settings: Any) -> Tenant:
        way = inside(self._folder / f"tenant-{len(self._open)}.db", TenantSettings(**settings))
        self._open.append(way)
        return way.__enter__()

    def close(self) -> None:
        for way in self._open:
            way.__exit__(None, None, None)


@pytest.fixture
def made(tmp_path: Path) -> Generator[Made]:
    maker = Made(tmp_path)
    yield maker
    maker.close()
