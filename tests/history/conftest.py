from pathlib import Path

import pytest

from tests.cli.offices import Office


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office of thirty after its first apply, and a second from a saved plan at a known commit."""
    office = Office.ready(tmp_path_factory.mktemp("history") / "project")
    office.accounts("disabled", 20)
    office.members("Sales", *range(1, 16))
    office.project.good("plan", "-o", "plan.json", "-q")
    env = {"RECONCILER_BY": "Anna", "GITHUB_SHA": "0123456789abcdef0123"}
    ran = office.project.spawn("apply", "plan.json", "-q", env=env)
    assert ran.code == 0, ran
    return office


@pytest.fixture
def office(ready: Office, tmp_path: Path) -> Office:
    return ready.copy(tmp_path / "project")
