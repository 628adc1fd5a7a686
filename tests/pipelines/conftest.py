import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.pipelines.repositories import Repository, commands_in, repository


@pytest.fixture(scope="session")
def commands() -> Generator[Path]:
    # The path of a socket has to be short.
    with tempfile.TemporaryDirectory() as folder, commands_in(Path(folder) / "bin") as found:
        yield found


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Repository:
    return repository(tmp_path_factory.mktemp("made") / "repo", commands)


@pytest.fixture
def repo(made: Repository, tmp_path: Path) -> Repository:
    """A repository with twelve persons, who are all in Sales, and an empty tenant."""
    return Repository(made.project.copy(tmp_path / "repo"), made.commands)
