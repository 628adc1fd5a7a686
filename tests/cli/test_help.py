"""Help: there at once, with an example that is right, and no command is forgotten."""

import contextlib
import io
import json
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest

from reconciler.cli.app import (
    COMMANDS,
    _run,  # pyright: ignore[reportPrivateUsage] - the command line without ending this process
)
from reconciler.cli.later import Later
from reconciler.cli.manual import EXITS, MANUALS
from reconciler.cli.manual import ROOT as FIRST
from tests.docs.blocks import ROOT
from tests.docs.reference import PAGE, reference

WIDTH = 80
HEAVY = "asyncio deepdiff httpx msgspec quickjs rich ruamel sqlalchemy starlette tenacity uvicorn yaml".split()  # noqa: SIM905 - a list of names reads best as a line
LOADED = """
import contextlib, io, json, sys
from reconciler.cli.app import _run
with contextlib.redirect_stdout(io.StringIO()) as said:
    codes = [_run(line.split()) for line in sys.argv[1:]]
print(json.dumps({"codes": codes, "said": said.getvalue(), "modules": sorted(sys.modules)}))
"""


def commands() -> dict[str, Any]:
    """Return every command that can be run, by how it is called."""
    found: dict[str, Any] = {}
    for name, says in COMMANDS.items():
        command: Any = Later(name, says).load()
        inner = getattr(command, "commands", None)
        found |= {f"{name} {below}": each for below, each in inner.items()} if inner else {}
        found |= {} if inner else {name: command}
    return found


ALL = commands()


def loaded(*lines: str) -> Any:
    """Run command lines in one new process; return their exit codes, what they said, and what was loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *lines], capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout)
    assert set(found["codes"]) == {0}, found["said"]
    return found


def test_help_loads_no_command_and_nothing_of_what_commands_do() -> None:
    found = loaded("--help", "-h", "--version")
    ours = [name for name in found["modules"] if name.startswith("reconciler.")]

    assert [name for name in ours if name.startswith("reconciler.cli.commands.")] == []
    assert {name.split(".")[1] for name in ours} <= {"cli", "errors", "model"}
    assert {name.split(".")[0] for name in found["modules"]} & {*HEAVY, "pydantic"} == set()


def test_a_command_s_help_loads_nothing_of_what_it_does() -> None:
    found = loaded(*(f"{name} --help" for name in ALL), *(f"{name} -h" for name in ALL))

    assert {name.split(".")[0] for name in found["modules"]} & set(HEAVY) == set()


def test_every_command_that_exists_is_listed() -> None:
    files = (ROOT / "reconciler/cli/commands").glob("[a-z]*.py")
    assert {file.stem.rstrip("_") for file in files} == set(COMMANDS)


def test_the_list_says_of_each_in_one_line_what_it_does() -> None:
    listed = loaded("--help")["said"].partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert [line.split(maxsplit=1)[1] for line in listed] == list(COMMANDS.values())
    assert max(map(len, listed)) <= WIDTH


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_examples_that_its_parser_takes(name: str) -> None:
    command = ALL[name]
    for example in MANUALS[name].examples:
        start, words = ["reconciler", *name.split()], shlex.split(example.line)
        assert words[: len(start)] == start
        assert example.does.endswith((".", "?"))
        context = command.make_context(name, words[len(start) :])
        assert context.command is command


def test_the_manual_knows_every_command_and_no_other() -> None:
    assert set(MANUALS) == {*ALL, "sandbox"}
    assert all(manual.examples for manual in MANUALS.values())


@pytest.mark.parametrize("name", ["", *MANUALS])
def test_help_ends_with_examples_and_exit_codes_within_eighty_columns(name: str) -> None:
    manual = MANUALS[name] if name else FIRST
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        _run([*name.split(), "--help"])
    said = shown.getvalue()

    for example in manual.examples:
        assert f"\n  {example.line}\n      {example.does}\n" in said
    if name in ALL:
        for code in manual.exits:
            assert re.search(rf"^  {code} +\w", said.partition("\nExit codes:")[2], re.MULTILINE)
    lines = {line for line in said.splitlines() if "example" not in line}
    commands = {f"  {example.line}" for example in manual.examples}
    assert [line for line in lines - commands if len(line) > WIDTH] == []
    assert not re.search(r"<(?:str|path|int|list)|[{}]", said)


def test_what_a_code_means_is_said_for_every_code_there_is() -> None:
    assert {code for manual in MANUALS.values() for code in manual.exits} == {*EXITS, 2}


def test_the_manual_leads_to_pages_that_are_there() -> None:
    named = {page for manual in (FIRST, *MANUALS.values()) for page in manual.see}
    assert [page for page in named if not (ROOT / f"docs/{page}.md").is_file()] == []


@pytest.mark.parametrize("name", ALL)
def test_every_option_and_argument_says_what_it_is_for(name: str) -> None:
    unsaid = [each.name for each in ALL[name].params if not (each.help or "").strip()]
    assert unsaid == []


def test_the_reference_is_current() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference(), "the command line has changed: python -m tests.docs.reference"


def test_the_reference_names_the_exit_codes_of_the_readme() -> None:
    def codes(text: str) -> list[str]:
        return re.findall(r"^\| (\d+) \|", text, re.MULTILINE)

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert codes(reference().partition("## Exit codes")[2]) == codes(
        readme.partition("xit codes")[2]
    )
