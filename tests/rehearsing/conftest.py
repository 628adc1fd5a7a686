from pathlib import Path

import pytest

from tests.cli.offices import Office


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.ready(tmp_path_factory.mktemp("rehearsing") / "project")


@pytest.fixture
def office(ready: Office, tmp_path: Path) -> Office:
    """An office of thirty, applied once."""
    return ready.copy(tmp_path / "project")
