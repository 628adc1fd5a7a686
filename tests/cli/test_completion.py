"""Completion in a real shell: the script is sourced, and the shell asked what may come next."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.app import COMMANDS

BASH = shutil.which("bash") or "bash"
TRY = """
complete -p reconciler
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_reconciler_completion reconciler
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which `reconciler` is."""
    command = tmp_path / "bin/reconciler"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


def bash(path: str, script: str, *words: str) -> list[str]:
    ran = subprocess.run(
        [BASH, "-eu", "-c", script, "bash", *words],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()


def offered(path: str, *words: str) -> list[str]:
    """Return what bash offers for the last of the words, which may be empty."""
    script = "source <(_RECONCILER_COMPLETE=source_bash reconciler)\n" + TRY
    first, *rest = bash(path, script, *words)
    assert first == "complete -o default -F _reconciler_completion reconciler"
    return [each for each in rest if each]


def test_bash_completes_commands(path: str) -> None:
    assert offered(path, "reconciler", "") == list(COMMANDS)
    assert offered(path, "reconciler", "ex") == [each for each in COMMANDS if each.startswith("ex")]


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["sandbox", ""], ["serve", "seed"]),
        (["plan", "--det"], ["--detailed-exitcode"]),
        (["--config", "other.yaml", "schema", "sn"], ["snapshot"]),
        (["apply", "--format", "j"], ["json"]),
        (["import", "--split", "g"], ["group"]),
        # A file is the shell's to complete: `-o default`.
        (["apply", "pl"], []),
    ],
    ids=lambda it: " ".join(it) or "nothing",
)
def test_bash_completes_what_belongs_to_a_command(
    words: list[str], wanted: list[str], path: str
) -> None:
    assert offered(path, "reconciler", *words) == wanted


def test_the_shell_at_hand_is_shown_its_script(path: str) -> None:
    # The second command keeps bash from becoming the first one itself.
    shown = bash(path, "reconciler --show-completion; true")
    assert shown[0] == "_reconciler_completion() {"
    assert shown[-1] == "complete -o default -F _reconciler_completion reconciler"


@pytest.mark.long
def test_it_is_installed_where_bash_finds_it(path: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    script = f"HOME={home} reconciler --install-completion; true"
    said = bash(path, script)
    assert said[0].startswith("bash completion installed in")
    assert "reconciler" in (home / ".bashrc").read_text()
