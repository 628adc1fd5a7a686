"""A generated password is sent once, and kept and shown nowhere."""

from pathlib import Path

import pytest

from reconciler.sandbox import credentials
from tests.killing.box import Box, open_box
from tests.projects import Project, account, person, tenant_of


def everything_in(folder: Path, but: Path) -> bytes:
    """Return the bytes of every file below a folder, the tenant's own left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return b"\n".join(path.read_bytes() for path in files if not path.name.startswith(but.name))


@pytest.mark.parametrize("level", [[], ["--format", "json"]], ids=["text", "json"])
def test_no_password_is_in_plan_ledger_or_output(level: list[str], tmp_path: Path) -> None:
    state = tmp_path / "project/state.db"
    project = Project.at(tmp_path / "project")
    project.want(
        {
            "persons": [person(n, "Anna", f"Visser{n}") for n in (1, 2, 3)],
            "accounts": [account(n) for n in (1, 2, 3)],
        }
    )
    with open_box() as box:
        passwords, said = applied(box, project, state, level)
    assert len(set(passwords)) == 3
    kept = everything_in(project.folder, state) + said.encode()
    for password in passwords:
        assert len(password) >= 16
        assert password.encode() not in kept
    assert credentials(state)[1] not in said
    plan = project.read("plan.json")
    shown = [
        change["after"]
        for action in plan["actions"]
        for change in action.get("changes", ())
        if change["field"] == "password"
    ]
    assert shown == ["(generated when applied)"] * 3


def applied(box: Box, project: Project, state: Path, level: list[str]) -> tuple[list[str], str]:
    """Plan and apply; return the passwords that the tenant got, and all that was said."""
    box.load(state)
    key, secret = credentials(state)
    project.set({"target": {"api_key": key, "api_secret": secret}}, box.base_url)
    ran = [
        project.good("plan", "-o", "plan.json", *level),
        project.good("show", "plan.json", *level),
        project.good("apply", "plan.json", *level),
        project.good("plan", *level),
        project.good("snapshot", "-o", "snapshot.json"),
    ]
    made = [call.body for call in box.calls if (call.method, call.path) == ("POST", "/users")]
    box.unload()
    return [str(body["password"]) for body in made], "".join(each.out + each.err for each in ran)


def test_a_password_the_tenant_repeats_in_a_refusal_is_not_shown(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "project")
    project.want({"persons": [person(1, "Anna", "Visser")], "accounts": [account(1)]})
    project.seed(tenant_of(), password_max_length=8)
    ran = project.run("apply", "--auto-approve")
    assert ran.code == 5, ran
    assert "Traceback" not in ran.err
