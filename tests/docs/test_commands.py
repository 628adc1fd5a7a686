from collections.abc import Generator
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, Shell, shells
from tests.docs.project import Project, copied

_RUNNING = [page for page in PAGES if shells(page)]


@pytest.fixture
def project(tmp_path: Path) -> Generator[Project]:
    with copied(tmp_path) as project:
        yield project


@pytest.mark.parametrize("page", _RUNNING, ids=[str(p.relative_to(ROOT)) for p in _RUNNING])
def test_what_a_page_asks_to_run_ends_as_it_says(page: Path, project: Project) -> None:
    for shell in shells(page):
        run = project.script if shell.is_script else project.command
        ended = run(shell.text)
        where = f"{shell.place}\n$ {shell.text}\n{ended.output}"
        assert ended.code == shell.code, where
        assert "Traceback" not in ended.output, where
        assert _unseen(shell, ended.output) == [], where


def _unseen(shell: Shell, output: str) -> list[str]:
    """Return the lines shown in the page that the output does not have, in order; `…` stands for any."""
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    wanted = [" ".join(line.split()) for line in shell.shown if line.strip() != "…"]
    return [line for line in wanted if line not in lines]
