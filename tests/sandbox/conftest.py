from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import TenantSettings
from tests.sandbox.tenants import Tenant, inside, outside


@pytest.fixture(params=["inside", "outside"])
def tenant(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Tenant]:
    """A tenant with the default answers; each test runs inside the process and over HTTP."""
    way = {"inside": inside, "outside": outside}[request.param]
    with way(tmp_path / "tenant.db") as opened:
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
