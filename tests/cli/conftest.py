from pathlib import Path

import pytest

from tests.cli.offices import Office


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.ready(tmp_path_factory.mktemp("applied") / "project")


@pytest.fixture
def office(applied: Office, tmp_path: Path) -> Office:
    """An office of thirty, applied once."""
    return applied.copy(tmp_path / "project")
