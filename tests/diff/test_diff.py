import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.diff.repository import Repository, git
from tests.projects import Project, account, group, person

ANNA, BRAM, CARLA = (
    person(10001, "Anna", "Visser"),
    person(10002, "Bram", "Bakker", department="Legal"),
    person(10003, "Carla", "Smit"),
)
START: dict[str, Any] = {
    "persons": [ANNA, BRAM, CARLA],
    "accounts": [account(10001), account(10002), account(10003)],
    "groups": [group("Sales", 10001, 10002)],
    "products": [group("CRM", 10001)],
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.at(tmp_path / "repository")
    made.project.want(START)
    made.commit()
    return made


def told(document: dict[str, Any]) -> list[str]:
    """Each change as kind, person and permission."""
    return [
        " ".join(filter(None, [each["kind"], each["person"], _permission(each)]))
        for each in document["changes" if "changes" in document else "actions"]
    ]


def _permission(change: dict[str, Any]) -> str:
    return change["permission"]["name"] if "permission" in change else ""


def diff(project: Project, *arguments: str) -> dict[str, Any]:
    return project.good("diff", *arguments, "--format", "json").json


def test_nothing_changed_is_no_difference(repository: Repository) -> None:
    ran = repository.project.run("diff", "main", "--detailed-exitcode")

    assert ran.code == 0
    assert ran.out.endswith("No differences.\n")


def test_who_comes_goes_and_moves_is_told_with_causes(repository: Repository) -> None:
    repository.project.want(
        {
            "persons": [
                ANNA,
                person(10003, "Carla", "Smit", title="Lead"),
                person(10004, "Dora", "Kok"),
            ],
            "accounts": [account(10001), account(10003, "disabled"), account(10004)],
            "groups": [group("Sales", 10001, 10004)],
        }
    )
    document = diff(repository.project, "main")

    assert told(document) == [
        "revoke_group 10002 Sales",
        "revoke_product 10001 CRM",
        "disable_account 10002",
        "disable_account 10003",
        "create_account 10004",
        "update_account 10003",
        "grant_group 10004 Sales",
    ]
    causes = {
        name: each["cause"] for name, each in zip(told(document), document["changes"], strict=True)
    }
    assert causes["revoke_group 10002 Sales"]["detail"] == "the person left the files"
    assert causes["revoke_group 10002 Sales"]["source"].startswith("main:desired/persons.yaml:")
    assert causes["revoke_product 10001 CRM"] == {
        "kind": "removed",
        "detail": "the product left the files",
        "source": "main:desired/products.yaml:1",
    }
    assert causes["disable_account 10003"]["detail"] == "account entry"
    assert causes["grant_group 10004 Sales"]["source"] == "desired/groups.yaml:1"
    assert document["summary"] == {
        "revoke_group": 1,
        "revoke_product": 1,
        "disable_account": 2,
        "create_account": 1,
        "update_account": 1,
        "grant_group": 1,
    }
    assert document["persons"]["10002"] == {"name": "Bram Bakker", "department": "Legal"}
    assert list(document["persons"]) == ["10001", "10002", "10003", "10004"]
    created = next(each for each in document["changes"] if each["kind"] == "create_account")
    fields = {each["field"]: each["after"] for each in created["changes"]}
    assert fields["userName"] == "dora.kok@example.org"
    assert fields["isEnabled"] is True


def test_a_rule_that_moves_many_says_so_once(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    people = [person(20000 + n, f"Given{n}", "Name") for n in range(300)]
    rule = {"name": "sales", "when": {"Contract.Department.ExternalId": "SALES"}}
    desired = {
        "persons": people,
        "rules": [{**rule, "grant": {"account": "enabled", "groups": ["CRM users"]}}],
    }
    repository.project.want(desired)
    repository.commit()
    changed = {**rule, "grant": {"account": "enabled", "groups": ["Legal"]}}
    repository.project.want({**desired, "rules": [changed]})
    document = diff(repository.project, "main")
    text = repository.project.good("diff", "main").out
    markdown = repository.project.good("diff", "main", "--format", "markdown").out

    assert len(document["changes"]) == 600
    assert [(each["kind"], each["persons"], each["cause"]) for each in document["causes"]] == [
        (
            "revoke_group",
            300,
            {
                "kind": "removed",
                "detail": "rule sales no longer gives it",
                "source": "desired/rules.yaml:1",
            },
        ),
        (
            "grant_group",
            300,
            {"kind": "desired", "detail": "rule sales", "source": "desired/rules.yaml:1"},
        ),
    ]
    assert text.count("rule sales") == 2
    assert "- revoke group CRM users: 300 persons" in text
    assert "and 290 more" in text
    assert markdown.count("`rule sales") == 2
    assert "**300 persons**" in markdown


def test_a_person_who_moves_is_told_apart_from_a_rule_that_moves(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    rules = [
        {
            "name": "sales",
            "when": {"Contract.Department.ExternalId": "SALES"},
            "grant": {"account": "enabled", "groups": ["Sales"]},
        }
    ]
    desired = {"persons": [ANNA, CARLA], "groups": [{"name": "Sales"}], "rules": rules}
    repository.project.want(desired)
    repository.commit()
    moved = person(10001, "Anna", "Visser", department="Legal")
    repository.project.want({**desired, "persons": [moved, CARLA]})
    document = diff(repository.project, "main")

    assert told(document) == ["revoke_group 10001 Sales", "disable_account 10001"]
    details = [each["cause"]["detail"] for each in document["changes"]]
    assert details == [
        "nothing asks for the account any more",
        "the person no longer meets rule sales",
    ]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (
            "disable",
            ["revoke_group 10001 Sales", "revoke_product 10001 CRM", "disable_account 10001"],
        ),
        ("delete", ["delete_account 10001"]),
        ("keep", ["revoke_group 10001 Sales", "revoke_product 10001 CRM"]),
    ],
)
def test_an_account_that_nothing_asks_for_follows_the_settings_of_the_head(
    repository: Repository, what: str, expected: list[str]
) -> None:
    repository.project.set({"account_not_desired": what})
    repository.project.want({**START, "accounts": [account(10002), account(10003)]})

    assert told(diff(repository.project, "main")) == expected


def test_a_dated_change_is_seen_on_its_day(repository: Repository) -> None:
    line = {"person": "10003", "from": "2041-01-01", "until": "2042-01-01"}
    groups = [{"name": "Sales", "members": ["10001", "10002", line]}]
    repository.project.want({**START, "groups": groups})

    assert told(diff(repository.project, "main", "--as-of", "2040-12-31")) == []
    assert told(diff(repository.project, "main", "--as-of", "2041-01-01")) == [
        "grant_group 10003 Sales"
    ]
    assert told(diff(repository.project, "main", "--as-of", "2042-01-01")) == []


def test_a_renamed_group_keeps_its_members(repository: Repository) -> None:
    groups = [group("Verkoop", 10001, 10003, previously=["Sales"])]
    repository.project.want({**START, "groups": groups})

    assert told(diff(repository.project, "main")) == [
        "revoke_group 10002 Verkoop",
        "grant_group 10003 Verkoop",
    ]


def test_a_new_group_is_created_and_an_edited_mapping_updates_everybody(
    repository: Repository,
) -> None:
    project = repository.project
    project.want({**START, "groups": [*START["groups"], group("New", create=True)]})
    mapping = project.read("fieldMapping.json")
    title = next(
        each for each in mapping["MappingFields"] if each["Name"] == "userAttributes.title"
    )
    for actions in title["MappingActions"]:
        actions.update(MappingMode="Fixed", Value='"Everybody"')
    project.write("fieldMapping.json", mapping)
    document = diff(project, "main")

    assert told(document)[0] == "create_group New"
    updates = [each for each in document["changes"] if each["kind"] == "update_account"]
    assert {each["cause"]["source"] for each in updates} <= {"fieldMapping.json"}
    assert len(document["causes"]) <= 2


def test_what_no_change_can_say_is_a_warning(repository: Repository) -> None:
    groups = [{"name": "Sales", "authoritative": True, "members": ["10001", "10002"]}]
    repository.project.want({**START, "groups": groups, "products": [{"name": "CRM"}]})
    warnings = diff(repository.project, "main")["warnings"]

    assert [warning.split(":")[0] for warning in warnings] == [
        "The group Sales is authoritative now",
        "The members of the product CRM are no longer managed; nobody loses it (desired/products.yaml",
    ]


def test_two_revisions_and_where_they_parted(repository: Repository) -> None:
    project = repository.project
    git(repository.root, "switch", "--quiet", "--create", "feature")
    project.want({**START, "products": []})
    repository.commit()
    git(repository.root, "switch", "--quiet", "main")
    project.want({**START, "groups": []})
    repository.commit()

    revoked = [f"revoke_group {who} Sales" for who in ("10001", "10002")]
    assert told(diff(project, "main~1", "main")) == revoked
    assert told(diff(project, "main...feature")) == ["revoke_product 10001 CRM"]
    assert told(diff(project, "main..feature")) == [
        "revoke_product 10001 CRM",
        "grant_group 10001 Sales",
        "grant_group 10002 Sales",
    ]
    document = diff(project, "main~1", "feature")
    assert document["base"] == "main~1"
    assert document["head_commit"] == git(repository.root, "rev-parse", "feature")
    assert document["changes"][0]["cause"]["source"] == "main~1:desired/products.yaml:1"


def test_it_leaves_the_repository_as_it_is(repository: Repository) -> None:
    repository.project.write("desired/more.yaml", {"groups": [group("Extra", 10001)]})
    git(repository.root, "add", "--intent-to-add", "desired/more.yaml")
    before = git(repository.root, "status", "--porcelain=v2", "--branch")

    assert told(diff(repository.project, "HEAD")) == ["grant_group 10001 Extra"]
    assert git(repository.root, "status", "--porcelain=v2", "--branch") == before
    assert not repository.project.tenant.exists()
    assert not repository.project.ledger.exists()


def test_credentials_and_variables_may_be_missing(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    url = "${NOBODY_SETS_THIS}"
    repository.project.set({"target": {"api_key": "${NOR_THIS}"}}, url)
    repository.project.want(START)
    repository.commit()
    repository.project.want({**START, "products": []})

    assert told(diff(repository.project, "main")) == ["revoke_product 10001 CRM"]


def test_a_project_in_a_folder_that_was_renamed(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path, "old/place")
    repository.project.want(START)
    other = Project.at(tmp_path / "other")
    other.want({"groups": []})
    repository.commit()
    git(tmp_path, "mv", "old/place", "renamed")
    project = Project(tmp_path / "renamed")
    project.want({**START, "products": []})
    git(tmp_path, "add", "--all")

    assert told(diff(project, "main")) == ["revoke_product 10001 CRM"]
    assert told(diff(project, "main:old/place")) == ["revoke_product 10001 CRM"]
    assert "old" not in diff(project, "main")["changes"][0]["cause"]["source"]


def test_which_project_is_meant_is_asked_where_several_could_be(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path, "one")
    Project.at(tmp_path / "two")
    repository.commit()
    shutil.copytree(tmp_path / "one", tmp_path / "three")
    ran = Project(tmp_path / "three").run("diff", "main")

    assert ran.code == 1
    assert "It is not clear which project is meant" in ran.err
    assert ":one/reconciler.yaml" in ran.err


def test_at_a_revision_without_a_project_everything_is_new(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / "README").write_text("Nothing yet\n")
    git(tmp_path, "add", "README")
    git(tmp_path, "commit", "--quiet", "--message", "Nothing")
    project = Project.at(tmp_path / "project")
    project.want(START)
    document = diff(project, "main")

    assert document["summary"] == {"create_account": 3, "grant_group": 2, "grant_product": 1}
    assert document["warnings"] == ["At main there is no project: everything is new."]


def test_links_lead_where_they_lead_in_a_checkout(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path, "project")
    project = repository.project
    project.want(START)
    shared = tmp_path / "shared"
    shared.mkdir()
    (project.folder / "fieldMapping.json").rename(shared / "mapping.json")
    (project.folder / "fieldMapping.json").symlink_to("../shared/mapping.json")
    (project.folder / "desired/link.yaml").symlink_to("../hidden/products.yaml")
    (project.folder / "hidden").mkdir()
    (project.folder / "desired/products.yaml").rename(project.folder / "hidden/products.yaml")
    repository.commit()
    project.write("hidden/products.yaml", {"products": []})

    assert told(diff(project, "main")) == ["revoke_product 10001 CRM"]


def test_a_link_out_of_the_repository_is_an_error_with_its_revision(repository: Repository) -> None:
    outside = repository.root.parent / "outside.yaml"
    outside.write_text("groups: []\n")
    link = repository.project.folder / "desired/out.yaml"
    link.symlink_to(outside)
    repository.commit()
    link.unlink()
    ran = repository.project.run("diff", "main")

    assert ran.code == 1
    assert "main:desired/out.yaml:1:1" in ran.err


def test_errors_at_the_base_have_its_name_before_the_file(repository: Repository) -> None:
    repository.project.write("desired/groups.yaml", "groups:\n  - nme: Sales\n")
    repository.commit()
    repository.project.want(START)
    ran = repository.project.run("diff", "HEAD")

    assert ran.code == 1
    assert "HEAD:desired/groups.yaml:2:5" in ran.err


def test_persons_of_an_export_are_read_at_the_revision(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    project = repository.project
    rule = {
        "name": "all",
        "when": {"Person.ExternalId": {"exists": True}},
        "grant": {"account": "enabled"},
    }
    project.want({"persons_from": ["../vault.json"], "rules": [rule]})
    project.write("vault.json", {"Persons": [ANNA, BRAM]})
    repository.commit()
    project.write("vault.json", {"Persons": [ANNA]})

    assert told(diff(project, "main")) == ["disable_account 10002"]
    source = diff(project, "main")["changes"][0]["cause"]["source"]
    assert source == "main:vault.json:1"


def test_one_person_can_be_asked_for(repository: Repository) -> None:
    repository.project.want({**START, "groups": [], "products": []})

    assert told(diff(repository.project, "main", "--person", "10002")) == [
        "revoke_group 10002 Sales"
    ]
    ran = repository.project.run("diff", "main", "--person", "1002")
    assert ran.code == 1
    assert "Did you mean 10002?" in ran.err


def test_it_ends_with_2_where_asked_and_writes_a_file(repository: Repository) -> None:
    repository.project.want({**START, "products": []})
    ran = repository.project.run(
        "diff", "main", "--detailed-exitcode", "--format", "json", "-o", "diff.json"
    )

    assert (ran.code, ran.out) == (2, "")
    assert told(repository.project.read("diff.json")) == ["revoke_product 10001 CRM"]


@pytest.mark.parametrize(
    "revision", ["no-such", "--upload-pack=touch x", "main:nowhere", "", "@{99}"]
)
def test_what_is_no_revision_is_an_error(repository: Repository, revision: str) -> None:
    ran = repository.project.run("diff", "--", revision)

    assert ran.code == 1
    assert "No such" in ran.err
    assert not (repository.root / "x").exists()


def test_outside_a_repository_it_says_so(tmp_path: Path) -> None:
    project = Project.at(tmp_path)
    ran = project.run("diff", "main")

    assert ran.code == 1
    assert "The project is not in a git repository" in ran.err


def test_in_a_shallow_clone_it_says_how_to_fetch(repository: Repository, tmp_path: Path) -> None:
    repository.project.want({**START, "products": []})
    first = git(repository.root, "rev-parse", "HEAD")
    repository.commit()
    clone = tmp_path / "clone"
    url = repository.root.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth", "1", url, str(clone))
    ran = Project(clone).run("diff", first)

    assert ran.code == 1
    assert "This clone is shallow" in ran.err
    assert "  git fetch --unshallow\n" in ran.err


def test_line_endings_are_those_of_a_checkout(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    (tmp_path / ".gitattributes").write_text("*.yaml text eol=crlf\n")
    repository.project.want(START)
    repository.commit()

    assert told(diff(repository.project, "main")) == []


def test_a_new_error_is_told_and_its_person_moves_nothing(repository: Repository) -> None:
    rule = {
        "name": "departments",
        "when": {"Contract.Department.ExternalId": "LEGAL"},
        "grant": {"group_per_contract": "department_{Contract.CostCenter.Code}"},
    }
    repository.project.want({**START, "rules": [rule], "groups": []})
    document = diff(repository.project, "main")

    assert told(document) == ["revoke_group 10001 Sales"]
    assert [error["person"] for error in document["errors"]] == ["10002"]


def test_the_same_files_give_the_same_bytes(repository: Repository) -> None:
    repository.project.want({**START, "groups": [], "products": []})
    one = repository.project.good("diff", "main", "--format", "json").out
    files = sorted((repository.project.folder / "desired").iterdir())
    whole = {key: value for file in files for key, value in json.loads(file.read_text()).items()}
    for file in files:
        file.unlink()
    for key in reversed(whole):
        repository.project.write(f"desired/{key}.yaml", {key: list(reversed(whole[key]))})
    other = repository.project.good("diff", "main", "--format", "json").out

    assert one == other


def test_git_missing_is_said(repository: Repository, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    ran = repository.project.spawn("diff", "main", env={"PATH": str(empty)})

    assert ran.code == 1
    assert "Git is not installed" in ran.err


def test_a_large_file_comes_whole(repository: Repository) -> None:
    text = "# " + "x" * 3_000_000 + "\n" + json.dumps({"groups": [group("Big", 10001)]}) + "\n"
    repository.project.write("desired/big.yaml", text)
    repository.commit()
    (repository.project.folder / "desired/big.yaml").unlink()

    assert told(diff(repository.project, "main")) == ["revoke_group 10001 Big"]
    assert subprocess.run(["git", "fsck"], cwd=repository.root, check=False).returncode == 0  # noqa: S607 - the test's own


def test_true_is_another_value_than_one(repository: Repository) -> None:
    def wanted(value: object) -> dict[str, Any]:
        entry = {**account(10001), "fields": {"userAttributes.flag": value}}
        other = {**BRAM, "Custom": {"flag": value}}
        by_flag = {
            "name": "flagged",
            "when": {"Person.Custom.flag": True},
            "grant": {"groups": ["Flagged"]},
        }
        return {
            **START,
            "persons": [ANNA, other, CARLA],
            "accounts": [entry, account(10002), account(10003)],
            "rules": [by_flag],
        }

    repository.project.want(wanted(1))
    repository.commit()
    repository.project.want(wanted(True))

    assert told(diff(repository.project, "main")) == [
        "update_account 10001",
        "grant_group 10002 Flagged",
    ]
