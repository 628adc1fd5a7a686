import shlex
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer._click.exceptions import (  # pyright: ignore[reportPrivateUsage] - Typer exports no name for a wrong command line
    UsageError,
)

from reconciler.cli.later import Later
from tests.docs.blocks import PAGES, ROOT, Shell, blocks, shells
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


_SHOWN = [
    (block.place, line.removeprefix("$ "))
    for page in PAGES
    for block in blocks(page)
    if block.language == "text"
    for line in block.lines
    if line.removeprefix("$ ").startswith("reconciler ") and "[OPTIONS]" not in line
]


def test_what_is_only_shown_is_what_the_command_line_takes() -> None:
    assert len(_SHOWN) > 20
    for place, line in _SHOWN:
        for words in _commands_of(line):
            name = " ".join(words[:2]) if words[0] == "sandbox" else words[0]
            command: Any = Later(words[0], "").load()
            command = (
                getattr(command, "commands", {}).get(words[1], command) if words[1:] else command
            )
            rest = words[len(name.split()) :]
            try:
                command.make_context(name, rest)
            except UsageError as error:
                pytest.fail(f"{place}: {line}\n{error.format_message()}")


def _commands_of(line: str) -> Iterator[list[str]]:
    """Yield the words of each of our commands in a line, without what comes before the command."""
    found = list[str]()
    for word in [*shlex.split(line, comments=True), "&&"]:
        if word not in ("&&", "||", "|"):
            found.append(word)
            continue
        yield found[3:] if found[1] == "--config" else found[1:]
        found = []
