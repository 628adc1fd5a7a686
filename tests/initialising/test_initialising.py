"""A new project validates, plans and applies at once, and nothing that was there is touched."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.commands.schema import Document, schema_of
from reconciler.templates import Platform, pipelines_for
from tests.projects import MAPPING, Project, Ran
from tests.schemas.editor import Checker, read

ADDRESS = "https://tenant.helloid.com/api/v1"


def made(tmp_path: Path, *options: str) -> Project:
    home = Project(tmp_path)
    home.good("init", "access", *options)
    return Project(tmp_path / "access")


def files(project: Project) -> dict[str, bytes]:
    """Return every file but local state, by path."""
    found = sorted(path for path in project.folder.rglob("*") if path.is_file())
    names = {path.relative_to(project.folder).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in names.items() if ".reconciler" not in name}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return made(tmp_path_factory.mktemp("init"))


@pytest.fixture
def project(fresh: Project, tmp_path: Path) -> Project:
    return fresh.copy(tmp_path / "access")


def test_a_new_project_validates_plans_and_applies_at_once(project: Project) -> None:
    assert project.good("validate").out == "No problems found.\n"
    plan = project.run("plan", "--format", "json", "-o", "plan.json", "--detailed-exitcode")
    assert plan.code == 2
    found = project.read("plan.json")
    assert {"create_account", "update_account", "grant_group", "grant_product"} <= set(
        found["summary"]
    )
    assert found["errors"] == found["warnings"] == []
    assert {issue["type"] for issue in found["issues"]} == {
        "account_unmanaged",
        "permission_unmanaged",
    }
    project.good("apply", "plan.json", "-q")
    assert project.run("plan", "--detailed-exitcode").code == 0


def test_it_lists_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    said = Project(tmp_path).good("init", "an access").out
    project = Project(tmp_path / "an access")
    listed = re.findall(r"^  (\S+)$", said.partition("Next:")[0], re.MULTILINE)

    assert listed == sorted(files(project))
    assert said.endswith("Next:\n  cd 'an access'\n  reconciler validate\n  reconciler plan\n")
    assert Project(tmp_path).good("init", "other", "-q").out == ""


def test_it_goes_into_the_folder_at_hand(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert "cd " not in project.good("init").out
    project.good("validate")


# ---------------------------------------------------------------- what helps to work on it


def test_editors_find_the_schema_of_every_file_and_every_file_fits(project: Project) -> None:
    desired = sorted((project.folder / "desired").rglob("*.yaml"))
    for file in (project.folder / "reconciler.yaml", *desired):
        text = file.read_text(encoding="utf-8")
        named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
        assert named, file
        schema = json.loads((file.parent / named.group(1)).read_text(encoding="utf-8"))
        assert Checker(schema).misfits(read(text)) == []
    assert project.read("schemas/desired.schema.json") == schema_of(Document.DESIRED)
    assert project.read("schemas/settings.schema.json") == schema_of(Document.SETTINGS)
    wired = project.read(".vscode/settings.json")["yaml.schemas"]
    assert {(project.folder / name).is_file() for name in wired} == {True}


def test_the_hook_lets_a_commit_through_only_where_the_files_are_right(
    project: Project, tmp_path: Path
) -> None:
    text = (project.folder / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    hook: Any = read(text)["repos"][0]["hooks"][0]
    assert (hook["language"], hook["pass_filenames"], hook["always_run"]) == ("system", False, True)
    command = shlex.split(hook["entry"])
    assert command[0] == "reconciler"

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        named = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
        return subprocess.run(
            ["git", *named, *words],  # noqa: S607 - git is looked up as the user has it
            cwd=project.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def commits(*words: str) -> int:
        return git("commit", "--quiet", "--message", "Change", *words).returncode

    git("init", "--quiet")
    # What pre-commit does with such a hook, and nothing more.
    script = shlex.join([sys.executable, "-m", "reconciler", *command[1:]])
    installed = project.folder / ".git/hooks/pre-commit"
    installed.write_text(f"#!/bin/sh\nexec {script}\n")
    installed.chmod(0o755)
    git("add", ".")
    assert commits() == 0
    git("rm", "--quiet", "desired/persons.yaml")
    assert commits() == 1
    assert git("log", "--oneline").stdout.count("\n") == 1
    git("reset", "--quiet", "--hard")
    project.write("desired/broken.yaml", "groups: [{name: }]")
    git("add", ".")
    refused = git("commit", "--message", "Broken")
    assert refused.returncode == 1
    assert "desired/broken.yaml:1:" in refused.stderr


def test_git_ignores_local_state_plans_and_snapshots_and_nothing_else(project: Project) -> None:
    def git(*arguments: str) -> str:
        ran = subprocess.run(
            ["git", *arguments],  # noqa: S607 - git is looked up as the user has it
            cwd=project.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    wanted = set(files(project))
    git("init", "-q")
    for name in ("plan.json", "plan-2.json", "snapshot.json", ".env"):
        project.write(name, "{}")
    project.good("plan", "-q")
    git("add", "-A")
    assert set(git("ls-files").splitlines()) == wanted


def test_every_owner_s_pattern_fits_a_file(project: Project) -> None:
    lines = (project.folder / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    names = [f"/{name}" for name in files(project)]
    for pattern, *owners in rules:
        assert all(re.fullmatch(r"@ORGANISATION/[a-z-]+", owner) for owner in owners)
        form = re.escape(pattern).replace(r"\*", ".*")
        assert any(re.match(form, name) for name in names), pattern


@pytest.mark.parametrize("platform", Platform)
def test_it_brings_the_pipelines_of_a_platform(platform: Platform, tmp_path: Path) -> None:
    found = files(made(tmp_path, "--pipelines", platform))
    for name, text in pipelines_for(platform).items():
        assert found[name].decode() == text
    others = {name for other in Platform if other is not platform for name in pipelines_for(other)}
    assert not others & set(found)


def test_or_none(tmp_path: Path) -> None:
    found = files(made(tmp_path, "--pipelines", "none"))
    assert not {name for each in Platform for name in pipelines_for(each)} & set(found)


def test_the_field_mapping_is_the_connector_s(project: Project) -> None:
    assert files(project)["fieldMapping.json"] == MAPPING.read_bytes()


def test_the_embedded_tenant_can_be_filled_again_after_a_clone(project: Project) -> None:
    first = project.held()
    project.good("apply", "--auto-approve", "-q")
    assert project.held() != first
    project.good("sandbox", "seed", "tenant.json")
    assert project.held() == first


# ---------------------------------------------------------------- a real tenant


def test_for_a_real_tenant_it_asks_for_nothing_and_names_no_secret(tmp_path: Path) -> None:
    project = made(tmp_path, "--target", f"{ADDRESS}/", "--pipelines", "none")
    found = files(project)
    settings = read(found["reconciler.yaml"].decode())

    assert settings["target"] == {
        "base_url": ADDRESS,
        "api_key": "${HELLOID_API_KEY}",
        "api_secret": "${HELLOID_API_SECRET}",
    }
    assert "tenant.json" not in found
    assert not project.tenant.exists()
    assert read(found["desired/access.yaml"].decode()) is None
    assert project.good("validate").out == "No problems found.\n"
    refused = project.run("plan")
    assert refused.code == 1
    assert "HELLOID_API_KEY" in refused.err


def test_what_it_shows_of_desired_state_there_would_be_right(tmp_path: Path) -> None:
    project = made(tmp_path, "--target", ADDRESS)
    text = files(project)["desired/access.yaml"].decode()
    shown = "\n".join(line.removeprefix("# ") for line in text.splitlines()[3:])
    project.write("desired/access.yaml", shown.replace("#\n", "\n"))
    assert project.good("validate").out == "No problems found.\n"


@pytest.mark.parametrize(
    "address",
    [
        "http://tenant.helloid.com/api/v1",
        "tenant.helloid.com",
        "sandbox:tenant.db",
        "",
        "https://a b/",
        "https://user:secret@tenant.helloid.com/api/v1",
        "https://tenant.helloid.com/api/v1?x=1",
        'https://tenant.helloid.com/"',
        "https://tenant.helloid.com/${HOME}",
        "https://tenant.helloid.com/x #y",
    ],
)
def test_what_is_no_address_of_a_tenant_is_refused(address: str, tmp_path: Path) -> None:
    ran = Project(tmp_path).run("init", "access", "--target", address)
    assert ran.code == 1
    assert "This is no tenant's address" in ran.err
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- nothing that is there is touched


def test_a_project_is_not_written_over(project: Project) -> None:
    before = files(project), project.held()
    ran = project.run("init")
    assert ran.code == 1
    assert "There is a project already" in ran.err
    assert "reconciler init . --add-missing" in ran.err
    assert (files(project), project.held()) == before


def test_a_folder_with_desired_state_is_a_project(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("desired/mine.yaml", "groups: []\n")
    assert project.run("init").code == 1
    assert set(files(project)) == {"desired/mine.yaml"}


def test_what_is_no_part_of_a_project_stays_as_it_is(tmp_path: Path) -> None:
    project = Project(tmp_path)
    mine = {"README.md": "mine", ".gitignore": "mine", "fieldMapping.json": MAPPING.read_text()}
    for name, text in mine.items():
        project.write(name, text)
    said = project.good("init").out
    for name, text in mine.items():
        assert (tmp_path / name).read_text() == text
        assert f"\n  {name}\n" in said.partition("left as it is:")[2]
    project.good("plan")


def test_a_project_gets_what_it_lacks_and_nobody_more_access(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "old")
    project.write("README.md", "mine")
    before = files(project)
    ran: Ran = project.good("init", "--add-missing", "--pipelines", "gitlab")
    after = files(project)

    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {
        ".gitignore",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        ".vscode/extensions.json",
        ".vscode/settings.json",
        "CODEOWNERS",
        "schemas/desired.schema.json",
        "schemas/settings.schema.json",
    }
    assert "Next:" not in ran.out
    assert not project.tenant.exists()
    assert project.good("init", "--add-missing", "--pipelines", "gitlab").out.startswith(
        "Written below .: 0 files."
    )


def test_desired_state_without_settings_gets_them_but_no_invented_persons(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("desired/mine.yaml", "groups: []\n")
    project.good("init", "--add-missing")
    assert [name for name in files(project) if name.startswith("desired/")] == ["desired/mine.yaml"]
    assert (tmp_path / "reconciler.yaml").exists()
    assert not project.tenant.exists()
    project.good("validate")


def test_a_state_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.seed({})
    project.good("init")
    assert project.held()["accounts"] == []


def test_a_link_is_left_alone_also_where_it_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "README.md").symlink_to("nowhere.md")
    Project(tmp_path).good("init")
    assert not (tmp_path / "nowhere.md").exists()


def test_where_something_stands_in_the_way_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "schemas").write_text("a file, and no folder")
    ran = Project(tmp_path).run("init", "access")
    assert ran.code == 1
    assert "The project cannot be written" in ran.err
    assert [path.name for path in folder.iterdir()] == ["schemas"]
    (tmp_path / "file").write_text("")
    assert Project(tmp_path).run("init", "file").code == 1
    assert Project(tmp_path).run("init", "file/below").code == 1
