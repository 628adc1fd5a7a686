from collections.abc import Generator
from pathlib import Path

import pytest

from tests.connector.stand import WAYS, Stand, inside


@pytest.fixture(params=list(WAYS))
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Stand]:
    """A project and an empty tenant: each test runs in the process and over HTTP."""
    with WAYS[request.param](tmp_path / "project") as ready:
        yield ready


@pytest.fixture
def near(tmp_path: Path) -> Generator[Stand]:
    """The same in the process only, with every request recorded."""
    with inside(tmp_path / "project") as ready:
        yield ready
