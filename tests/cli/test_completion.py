"""Completion in a real shell: the script is sourced, and the shell asked what may come next.

Where zsh or fish is not there, what their scripts ask for and are answered is looked at instead.
"""

import os
import re
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


WITH_EX = [each for each in COMMANDS if each.startswith("ex")]
ZSH, FISH = shutil.which("zsh"), shutil.which("fish")
ASK_ZSH = """
compdef() { print -r -- "compdef $*"; }
_arguments() { print -r -- "$2$1"; }
source <(_RECONCILER_COMPLETE=source_zsh reconciler)
words=("$@"); CURRENT=$#
_reconciler_completion
"""
ASK_FISH = """
source (env _RECONCILER_COMPLETE=source_fish reconciler | psub)
complete -C (string join " " -- $argv)
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


def told(path: str, how: str, words: str, **more: str) -> str:
    """Return what the command answers to the script of a shell."""
    ran = subprocess.run(
        ["reconciler"],  # noqa: S607 - found on the path of the test
        env={
            **os.environ,
            "PATH": path,
            "_RECONCILER_COMPLETE": how,
            "_TYPER_COMPLETE_ARGS": words,
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    return ran.stdout


def in_shell(path: str, *command: str) -> list[str]:
    ran = subprocess.run(
        command,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stderr == ""
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


# ---------------------------------------------------------------- zsh and fish


def test_zsh_is_answered_with_commands_and_what_they_do(path: str) -> None:
    script = told(path, "source_zsh", "")
    assert "#compdef reconciler\n" in script
    assert "_RECONCILER_COMPLETE=complete_zsh reconciler" in script
    said = told(path, "complete_zsh", "reconciler ex")
    assert re.findall(r'^(?:.*\(\()?"([a-z]+)":"[A-Z]', said, re.MULTILINE) == WITH_EX
    assert said.startswith("_arguments '*: :((")
    assert told(path, "complete_zsh", "reconciler apply pl").strip() == "_files"


def test_fish_is_answered_with_commands_and_what_they_do(path: str) -> None:
    script = told(path, "source_fish", "")
    assert script.startswith("complete --command reconciler ")
    assert script.count("_RECONCILER_COMPLETE=complete_fish") == 2
    asked = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    said = told(path, "complete_fish", "reconciler ex", **asked).splitlines()
    assert [line.split("\t")[0] for line in said] == WITH_EX
    assert all(line.split("\t")[1][0].isupper() for line in said)


@pytest.mark.skipif(ZSH is None, reason="there is no zsh; what it is answered is tested above")
def test_zsh_understands_the_answer(path: str) -> None:
    def offers(*words: str) -> str:
        first, *rest = in_shell(path, ZSH or "", "-f", "-c", ASK_ZSH, "zsh", *words)
        assert first == "compdef _reconciler_completion reconciler"
        return "\n".join(rest)

    names = re.findall(r'"([a-z]+)":"', offers("reconciler", ""))
    assert names == list(COMMANDS)
    assert re.findall(r'"([a-z-]+)":"', offers("reconciler", "plan", "--det")) == [
        "--detailed-exitcode"
    ]


@pytest.mark.skipif(FISH is None, reason="there is no fish; what it is answered is tested above")
def test_fish_understands_the_answer(path: str, tmp_path: Path) -> None:
    def offers(*words: str) -> list[str]:
        home = f"env HOME={tmp_path} XDG_CONFIG_HOME={tmp_path} XDG_DATA_HOME={tmp_path}".split()
        found = in_shell(path, *home, FISH or "", "--no-config", "-c", ASK_FISH, *words)
        return [line.split("\t")[0] for line in found]

    assert sorted(offers("reconciler", "ex")) == sorted(WITH_EX)
    assert offers("reconciler", "plan", "--det") == ["--detailed-exitcode"]
