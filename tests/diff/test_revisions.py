"""What is read of a revision: the files of a project, whatever else the repository holds."""

import json
from pathlib import Path

import pytest

from reconciler.revisions import checked_out
from tests.diff.repository import Repository, git
from tests.diff.test_diff import ANNA, BRAM, START, diff, told
from tests.projects import MAPPING, group

EVERYBODY = {
    "name": "all",
    "when": {"Person.ExternalId": {"exists": True}},
    "grant": {"account": "enabled"},
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository.at(tmp_path / "repository")
    made.project.want(START)
    return made


def written(repository: Repository, *, whole: bool) -> set[str]:
    config = repository.project.folder / "reconciler.yaml"
    with checked_out(config, "main", whole=whole) as (path, _):
        assert path is not None
        return {each.relative_to(path.parent).as_posix() for each in path.parent.rglob("*")}


def test_what_projects_are_not_made_of_is_not_written(repository: Repository) -> None:
    repository.project.write("docs/film.bin", "x" * 1_000_000)
    repository.project.write("desired/README.md", "Everything.")
    repository.commit()

    assert written(repository, whole=False) == {
        *("desired", "reconciler.yaml", "fieldMapping.json"),
        *(f"desired/{name}.yaml" for name in START),
    }
    assert written(repository, whole=True) >= {"docs/film.bin", "desired/README.md"}


def test_settings_of_any_name_are_written(repository: Repository) -> None:
    folder = repository.project.folder
    (folder / "reconciler.yaml").rename(folder / "access.conf")
    repository.commit()
    repository.project.want({**START, "products": []})
    document = repository.project.good(
        "--config", "access.conf", "diff", "main", "--format", "json"
    ).json

    assert told(document) == ["revoke_product 10001 CRM"]


def test_an_export_of_any_name_is_read(repository: Repository) -> None:
    repository.project.want({"persons_from": ["../vault.txt"], "rules": [EVERYBODY]})
    repository.project.write("vault.txt", {"Persons": [ANNA, BRAM]})
    repository.commit()
    repository.project.write("vault.txt", {"Persons": [ANNA]})

    assert told(diff(repository.project, "main")) == ["disable_account 10002"]


def test_a_field_mapping_that_a_file_names_is_that_of_the_revision(repository: Repository) -> None:
    mapping = json.loads(MAPPING.read_text())
    first = next(each for each in mapping["MappingFields"] if each["Name"] == "firstName")
    for action in first["MappingActions"]:
        action.update(MappingMode="Fixed", Value=json.dumps("Anybody"))
    repository.project.write("other.json", mapping)
    repository.project.write("mapping.name", "other.json")
    repository.project.set({"field_mapping": "${file:mapping.name}"})
    repository.commit()
    repository.project.write("mapping.name", "fieldMapping.json")
    document = diff(repository.project, "main")

    assert told(document) == [f"update_account {number}" for number in (10001, 10002, 10003)]
    assert document["changes"][0]["changes"] == [
        {"field": "firstName", "before": "Anybody", "after": "Anna"}
    ]


def test_a_desired_folder_that_is_a_link_is_read(repository: Repository) -> None:
    folder = repository.project.folder
    (folder / "desired").rename(folder / "access")
    (folder / "desired").symlink_to("access")
    (folder / "access/products.yaml").rename(folder / "crm.txt")
    (folder / "access/products.yaml").symlink_to("../crm.txt")
    repository.commit()
    repository.project.write("crm.txt", {"products": []})

    assert told(diff(repository.project, "main")) == ["revoke_product 10001 CRM"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("desired/sub", "HEAD:desired/sub (a submodule).yaml:1:1: error: File cannot be read"),
        ("desired", "At HEAD: There is no folder `desired`"),
    ],
)
def test_a_submodule_among_the_desired_files_is_refused_not_left_out(
    repository: Repository, place: str, said: str
) -> None:
    commit = repository.commit()
    if place == "desired":
        git(repository.root, "rm", "-r", "--quiet", "--cached", "desired")
    git(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{commit},{place}")
    git(repository.root, "commit", "--quiet", "--message", "A submodule")
    ran = repository.project.run("diff", "HEAD")

    assert ran.code == 1
    assert said in ran.err


def test_a_submodule_elsewhere_does_not_matter(repository: Repository) -> None:
    commit = repository.commit()
    git(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{commit},library")
    git(repository.root, "commit", "--quiet", "--message", "A submodule")
    repository.project.want({**START, "groups": [group("Sales", 10001)]})

    assert told(diff(repository.project, "HEAD")) == ["revoke_group 10002 Sales"]
