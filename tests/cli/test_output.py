"""What goes where: data to standard output, words about it to standard error, in any locale, to any reader."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.cli.offices import Office, desired
from tests.cli.terminals import on_terminal
from tests.projects import Project, group, person, tenant_of

WRONG_COMMAND_LINE = 64
ESCAPE = "\x1b["
BASH = shutil.which("bash") or "bash"


@pytest.fixture
def strange(office: Office) -> Office:
    """An office whose plan holds names that ASCII does not have."""
    office.want(
        persons=[*desired()["persons"], person(99, "Zoë", "Łukasiewicz-東京")],
        accounts=[*desired()["accounts"], {"person": "99", "state": "enabled"}],
        groups=[*desired()["groups"], group("Café “naïve” №7", 99, create=True)],
    )
    return office


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["plan", "--no-such-option"],
        ["plan", "--format", "xml"],
        ["plan", "surplus"],
        ["show"],
        ["snapshot"],
        ["sandbox", "serve", "--port", "70000"],
        ["sandbox", "nothing"],
        ["--config"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_64_and_says_what_is_wrong(
    arguments: list[str], office: Office
) -> None:
    ran = office.refused(*arguments)
    assert ran.code == WRONG_COMMAND_LINE
    assert ran.err
    assert ran.out == ""


def test_no_arguments_show_what_there_is(office: Office) -> None:
    ran = office.project.spawn()
    said = ran.out + ran.err
    assert ran.code == WRONG_COMMAND_LINE
    for command in ("validate", "plan", "show", "apply", "snapshot", "sandbox"):
        assert command in said


@pytest.mark.parametrize("command", ["validate", "plan", "show", "apply", "snapshot"])
def test_every_command_has_help_with_an_example(command: str, office: Office) -> None:
    ran = office.project.run(command, "--help")
    assert ran.code == 0
    assert f"\nExamples:\n  reconciler {command}" in ran.out


def test_quiet_is_quiet(office: Office) -> None:
    office.accounts("disabled", 20)
    for arguments in (["plan", "-q", "-o", "p.json"], ["apply", "p.json", "-q"]):
        assert office.project.good(*arguments).err == ""
    assert office.project.good("snapshot", "-q", "-o", "s.json").out == ""


def test_progress_goes_to_standard_error_and_data_to_standard_output(office: Office) -> None:
    office.accounts("disabled", 20)
    plan = office.project.good("plan", "-o", "p.json", "--format", "text")
    assert "The plan is in p.json" in plan.err
    assert "The plan is in" not in plan.out
    ran = office.project.good("apply", "p.json", "--format", "json")
    assert "done: disable_account" in ran.err
    assert ran.json["summary"] == {"done": 1}


def test_without_a_terminal_there_is_no_colour(strange: Office) -> None:
    ran = strange.project.good("plan")
    assert ESCAPE not in ran.out + ran.err


def test_a_terminal_gets_colour_unless_it_is_told_otherwise(strange: Office) -> None:
    assert ESCAPE in on_terminal(strange.project, ["plan"]).out
    plain = on_terminal(strange.project, ["plan", "--quiet"], env={"NO_COLOR": "1"}).out
    assert ESCAPE not in plain
    assert "Łukasiewicz" in plain


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "LANG": "", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        pytest.param({"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, marks=pytest.mark.long),
        pytest.param({"PYTHONIOENCODING": "latin-1"}, marks=pytest.mark.long),
    ],
    ids=["locale C", "ascii", "latin-1"],
)
def test_a_locale_without_these_letters_breaks_nothing(
    env: dict[str, str], strange: Office
) -> None:
    plan = strange.project.spawn("plan", "--format", "json", env=env)
    assert plan.code == 0, plan
    assert "Traceback" not in plan.err
    assert [each["person"] for each in plan.json["actions"]].count("99") == 3
    assert "Café “naïve” №7" in plan.out
    applied = strange.project.spawn("apply", "--auto-approve", env=env)
    assert applied.code == 0, applied
    assert "zoë" in applied.out.lower()


@pytest.mark.parametrize(
    "command",
    [
        "plan",
        pytest.param("plan --format json", marks=pytest.mark.long),
        pytest.param("validate", marks=pytest.mark.long),
        pytest.param("apply --auto-approve", marks=pytest.mark.long),
    ],
)
def test_a_reader_that_goes_away_is_no_error_to_speak_of(command: str, strange: Office) -> None:
    ran = subprocess.run(
        piped(f"{command} -q", "true"),
        cwd=strange.project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_an_apply_whose_reader_goes_away_is_done_all_the_same(strange: Office) -> None:
    ran = subprocess.run(
        piped("apply --auto-approve 2>&1", "head -1"),
        cwd=strange.project.folder,
        check=False,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    assert ran.returncode == 0
    assert strange.project.run("plan", "--detailed-exitcode").code == 0


def piped(command: str, reader: str) -> list[str]:
    """Return a command line that gives the command's exit code, not the reader's."""
    line = f"{sys.executable} -m reconciler {command} | {reader}; exit ${{PIPESTATUS[0]}}"
    return [BASH, "-c", line]


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "-o", "no/such/folder/plan.json"],
        ["plan", "-o", "desired"],
        ["snapshot", "-o", "no/such/folder/s.json"],
        ["validate", "-o", "desired"],
        ["show", "no-such-file.json"],
        ["show", "desired"],
        ["show", "reconciler.yaml"],
        ["apply", "no-such-file.json"],
        ["apply", "desired"],
        ["apply", "fieldMapping.json"],
        ["plan", "--snapshot", "no-such-file.json"],
        ["plan", "--snapshot", "desired"],
        ["plan", "--snapshot", "fieldMapping.json"],
        ["sandbox", "seed", "no-such-file.json"],
        ["sandbox", "seed", "desired"],
        ["sandbox", "seed", "fieldMapping.json"],
        ["--config", "no-such-file.yaml", "plan"],
        ["--config", "desired", "plan"],
        ["--config", "fieldMapping.json", "validate"],
    ],
    ids=" ".join,
)
def test_a_file_that_is_missing_or_none_is_1_and_named(
    arguments: list[str], office: Office
) -> None:
    ran = office.refused(*arguments)
    assert ran.code == 1, ran
    name = next(word for word in reversed(arguments) if "." in word or word == "desired")
    assert name.rpartition("/")[2] in ran.err + ran.out, ran


def test_a_ledger_that_cannot_be_opened_is_1(office: Office) -> None:
    office.project.ledger.write_bytes(b"no database")
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (office.project.ledger.parent / name).unlink(missing_ok=True)
    before = office.project.held()
    for arguments in (["plan"], ["apply", "--auto-approve"]):
        ran = office.project.run(*arguments)
        assert ran.code == 1, ran
        assert "Traceback" not in ran.err
    assert office.project.held() == before


def test_json_is_one_document_on_standard_output(strange: Office) -> None:
    for arguments in (["plan", "--format", "json"], ["validate", "--format", "json"]):
        ran = strange.project.run(*arguments)
        assert isinstance(ran.json, dict)
        assert ran.out.endswith("}\n")


def test_a_project_elsewhere_is_named_by_its_settings(office: Office) -> None:
    elsewhere = Project.at(office.project.folder.parent / "elsewhere")
    config = str(office.project.folder / "reconciler.yaml")
    assert elsewhere.run("--config", config, "plan", "--detailed-exitcode").code == 0
    shown = elsewhere.run("--config", config, "plan", "--format", "json")
    assert json.loads(shown.out)["actions"] == []


def test_a_seeded_tenant_is_the_one_that_is_planned_against(office: Office) -> None:
    office.project.write("tenant.json", tenant_of(["Staff", "Sales", "Admins"], ["CRM", "Laptop"]))
    office.project.good("sandbox", "seed", "tenant.json", "--state", ".reconciler/new.db")
    office.project.set({}, "sandbox:.reconciler/new.db")
    plan = office.project.run("plan", "--format", "json", "--allow-protected")
    assert plan.json["summary"]["create_account"] == 30
