from collections.abc import Generator
from pathlib import Path

import pytest

from tests.killing.box import Box, open_box
from tests.killing.matrix import End, Office
from tests.ledger.postgres import postgres

__all__ = ["postgres"]


@pytest.fixture(scope="session")
def box() -> Generator[Box]:
    with open_box() as opened:
        yield opened


@pytest.fixture(scope="session")
def template(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.ready(tmp_path_factory.mktemp("template"), box)


@pytest.fixture(scope="session")
def whole(template: Office, tmp_path_factory: pytest.TempPathFactory) -> End:
    """What an apply leaves that nobody killed."""
    office = template.copy(tmp_path_factory.mktemp("whole"))
    ran = office.apply()
    assert ran.code == 0, ran
    left = office.project.run("plan", "--detailed-exitcode")
    assert left.code == 0, left
    return office.end()


@pytest.fixture
def office(template: Office, tmp_path: Path) -> Office:
    return template.copy(tmp_path / "office")
