from collections.abc import Callable
from pathlib import Path

import pytest

from tests.auditing.drifting import ready
from tests.projects import Project


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return ready(tmp_path_factory.mktemp("auditing") / "project")


@pytest.fixture
def project(applied: Project, tmp_path: Path) -> Project:
    """A project that was applied once, and whose tenant is as the files ask."""
    return applied.copy(tmp_path / "project")


@pytest.fixture
def another(applied: Project, tmp_path: Path) -> Callable[[], Project]:
    """Return what makes one more copy of the project."""
    made: list[Project] = []

    def copy() -> Project:
        made.append(applied.copy(tmp_path / f"copy{len(made)}"))
        return made[-1]

    return copy
