"""A tenant that cannot be read in full is 6, wrong credentials are 1, and nothing is concluded."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from reconciler.sandbox import Faults, credentials, export, serving
from tests.projects import Project, Ran, account, group, person, tenant_of

UNREADABLE = 6
PEOPLE = [person(n, "Anna", f"Visser{n}") for n in range(1, 4)]
COMMANDS = [["plan", "-o", "new.json"], ["apply", "--auto-approve"], ["snapshot", "-o", "new.json"]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.at(tmp_path / "project")
    project.want(
        {
            "persons": PEOPLE,
            "accounts": [account(n) for n in (1, 2, 3)],
            "groups": [group("Staff", 1, 2, 3)],
            "products": [group("CRM", 1, 2, 3)],
        }
    )
    project.seed(tenant_of(["Staff", "Other"], ["CRM", "Laptop"]))
    project.good("apply", "--auto-approve", "-q")
    return project


def through(project: Project, *faults: str, command: list[str]) -> Ran:
    """Run a command against the project's tenant over HTTP, with faults."""
    before = export(project.tenant)
    with serving(project.tenant, faults=Faults.parse(faults)) as address:
        target = {"api_key": address["api_key"], "api_secret": address["api_secret"]}
        project.set({"target": target}, address["base_url"])
        ran = project.run(*command)
    assert export(project.tenant) == before
    assert "Traceback" not in ran.err
    return ran


LOSING = [
    "short_page:method=GET,path=/users,every=1",
    "repeat_page:method=GET,path=/users,every=1",
    "short_page:method=GET,path=/groups,every=1",
    "short_page:method=GET,path=/products,every=1",
    "short_page:method=GET,path=/product-assignment*,every=1",
]


@pytest.mark.parametrize("fault", LOSING)
def test_a_list_that_is_never_whole_is_6_and_changes_nothing(fault: str, project: Project) -> None:
    ran = through(project, fault, command=["plan", "-o", "new.json"])
    assert ran.code == UNREADABLE, ran
    assert "could not be read in full" in ran.err
    assert not (project.folder / "new.json").exists()


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda words: words[0])
def test_neither_apply_nor_snapshot_goes_by_a_list_that_is_not_whole(
    command: list[str], project: Project
) -> None:
    ran = through(project, LOSING[0], command=command)
    assert ran.code == UNREADABLE, ran
    assert not (project.folder / "new.json").exists()


def test_a_list_that_was_once_not_whole_is_read_again(project: Project) -> None:
    fault = "short_page:method=GET,path=/users,at=1"
    ran = through(project, fault, command=["plan", "--detailed-exitcode"])
    assert ran.code == 0, ran


@pytest.mark.parametrize(
    "command",
    [COMMANDS[0], *(pytest.param(each, marks=pytest.mark.long) for each in COMMANDS[1:])],
    ids=lambda words: words[0],
)
def test_a_tenant_out_of_reach_is_6(command: list[str], project: Project) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        target = {"api_key": "k", "api_secret": "s"}
        project.set({"target": target}, f"http://127.0.0.1:{port}/api/v1")
        ran = project.run(*command)
    assert ran.code == UNREADABLE, ran
    assert "Traceback" not in ran.err
    assert not (project.folder / "new.json").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_wrong_credentials_are_1_and_never_shown(command: list[str], project: Project) -> None:
    with serving(project.tenant) as address:
        target = {"api_key": address["api_key"], "api_secret": "hunter-two"}
        project.set({"target": target}, address["base_url"])
        ran = project.run(*command)
    assert ran.code == 1
    assert "refuses the credentials" in ran.err
    assert "hunter-two" not in ran.out + ran.err
    assert credentials(project.tenant)[0] not in ran.out + ran.err


def test_credentials_that_are_missing_are_1_and_named(project: Project) -> None:
    target = {"api_key": "${NO_SUCH_KEY}", "api_secret": "${file:no-such-file}"}
    project.set({"target": target}, "https://tenant.example.org/api/v1")
    ran = project.run("plan")
    assert ran.code == 1
    assert "NO_SUCH_KEY" in ran.err
    assert "no-such-file" in ran.err
    assert project.run("validate").code == 0


def test_plain_http_to_another_machine_is_refused(project: Project) -> None:
    project.set({"target": {"api_key": "k", "api_secret": "s"}}, "http://tenant.example.org/api/v1")
    ran = project.run("plan")
    assert ran.code == 1
    assert "reconciler.yaml:1:" in ran.err


def test_an_embedded_tenant_that_is_none_is_1_and_is_left_alone(project: Project) -> None:
    notes = project.write("notes.txt", "no database")
    project.set({}, "sandbox:notes.txt")
    ran = project.run("plan")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert notes.read_text() == "no database"
