"""What goes wrong before anything begins, and what a person at the keyboard does."""

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.offices import Office
from tests.cli.terminals import read_until
from tests.cli.test_help import ALL
from tests.cli.test_output import BASH

INTERRUPTED = 130
WRONG_COMMAND_LINE = 64
_READ = ("file", "snapshot", "seed", "persons_from")
"""Parameters that name what is read, and not where something is written."""


@pytest.mark.parametrize("place", ["no/such/folder/report.json", "desired", "reconciler.yaml/r"])
def test_an_apply_whose_report_cannot_be_written_does_not_begin(place: str, office: Office) -> None:
    office.accounts("disabled", 20)
    ran = office.refused("apply", "--auto-approve", "-o", place)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith(f"Error: File not writable\n{place}: ")


def test_ctrl_c_at_the_question_ends_it_at_once_and_changes_nothing(office: Office) -> None:
    office.accounts("disabled", 20)
    before = office.state()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply"],
        cwd=office.project.folder,
        env={**os.environ, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        read_until(ours, b"[no]: ")
        while not _waits(process.pid):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        if not select.select([ours], [], [], 20)[0]:
            process.kill()
            pytest.fail("it goes on asking")
    assert process.returncode == INTERRUPTED
    os.close(ours)
    assert office.state() == before


def _waits(process: int) -> bool:
    """Tell whether the process sleeps until somebody types: a signal that comes earlier is not seen."""
    return "State:\tS" in Path(f"/proc/{process}/status").read_text(encoding="utf-8")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_an_output_that_is_closed_takes_no_file_s_place(closed: str, office: Office) -> None:
    office.accounts("disabled", 20)
    ran = subprocess.run(
        [BASH, "-c", f"{sys.executable} -m reconciler apply --auto-approve {closed}"],
        cwd=office.project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran
    assert "bug" not in ran.stderr
    assert office.project.good("plan", "--detailed-exitcode").code == 0


def test_a_link_to_a_file_elsewhere_shows_nothing_of_it(office: Office) -> None:
    secret = office.project.folder.parent / "secret.txt"
    secret.write_text("hunter2\n", encoding="utf-8")
    (office.project.folder / "desired/link.yaml").symlink_to(secret)
    for arguments in (["validate"], ["plan"], ["validate", "--format", "json"]):
        ran = office.project.run(*arguments)
        assert ran.code == 1
        assert "Path cannot be used" in ran.out + ran.err
        assert "hunter2" not in ran.out + ran.err


def test_what_is_no_file_and_never_ends_is_a_mistake_with_a_fix(office: Office) -> None:
    os.mkfifo(office.project.folder / "desired/pipe.yaml")
    ran = office.project.run("validate")
    assert ran.code == 1
    assert "desired/pipe.yaml:1:1: error: File cannot be read" in ran.out
    assert "fix: " in ran.out


def test_without_a_project_the_message_says_how_to_get_one(office: Office) -> None:
    ran = office.project.run("--config", "elsewhere/reconciler.yaml", "plan")
    assert ran.code == 1
    assert "elsewhere/reconciler.yaml" in ran.err
    assert "reconciler init" in ran.err


@pytest.mark.parametrize("name", ALL)
def test_what_may_not_be_read_is_for_the_command_to_say_not_for_the_parser(name: str) -> None:
    kinds = {each.name: each.type_descriptor for each in ALL[name].params if each.name in _READ}
    assert [
        name for name, kind in kinds.items() if kind.is_path and kind.parameter_info.readable
    ] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("plna", "No such command 'plna'. Did you mean 'plan'?"),
        ("plan --fromat json", "No such option: --fromat. Did you mean --format?"),
        ("plan extra", "Nothing more is expected: extra"),
        (
            "schema nothing",
            "Invalid value for 'DOCUMENT': 'nothing' is not one of 'desired', 'settings', ",
        ),
        ("history --limit 0", "Invalid value for '--limit': it must be 1 or more."),
        ("history --limit x", "Invalid value for '--limit': it must be a whole number."),
        ("sandbox serve --port 70000", "Invalid value for '--port': it must be 65535 or less."),
        ("explain", "Name a person, a --group or a --product."),
        ("apply p.json --additive", "--as-of, --person, --additive and --auto-approve go with "),
    ],
)
def test_a_wrong_command_line_is_told_in_plain_words(
    arguments: str, said: str, office: Office
) -> None:
    ran = office.project.run(*arguments.split())
    usage, hint, blank, *rest = ran.err.splitlines()
    assert ran.code == WRONG_COMMAND_LINE
    assert usage.startswith("Usage: reconciler ")
    assert hint.endswith(" --help' for help.")
    assert blank == ""
    assert " ".join(rest).startswith(f"Error: {said}")


@pytest.mark.parametrize(
    ("file", "text", "fix"),
    [
        (
            "desired/more.yaml",
            'groups:\n  - name: More\n    create: true\n    members: ["Bram Visser1"]\n',
            'fix: Did you mean "1" (Bram Visser1)?',
        ),
        (
            "reconciler.yaml",
            "target: {base_url: ${HELLOID_BASE_URL}}\n",
            "fix: Put a text with `${…}` in quotes: ",
        ),
        ("desired/more.yaml", "persons_from: [vault.json]\n", "fix: Put the file there, or "),
    ],
    ids=["a name instead of the ExternalId", "a reference within braces", "no such file"],
)
def test_a_mistake_of_the_first_hour_comes_with_what_would_be_right(
    file: str, text: str, fix: str, office: Office
) -> None:
    office.project.write(file, text)
    assert fix in office.project.run("validate").out
