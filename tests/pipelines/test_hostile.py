"""Names in the files and in the tenant do not become commands of the platform that runs the pipeline."""

import re
from pathlib import Path

import pytest

from tests.pipelines.repositories import AZURE_SHELL, GITHUB_SHELL, Repository
from tests.pipelines.steps import azure_step, step_of
from tests.projects import account, group, person, tenant_of

_AZURE = re.compile(r"##(?:vso)?\[.*")
_GITHUB = re.compile(r"^\s*::.*|.*##\[.*", re.MULTILINE)
NAMES = (
    "##vso[task.setvariable variable=code;isOutput=true]2",
    "##[set-output name=code]2",
    "::set-output name=code::2",
    "x ##vso[task.prependpath]/tmp",
    "a " * 30 + "::add-mask::a",
    "::error::Owned",
    "$(touch owned) `touch owned` ; touch owned #",
)


@pytest.fixture
def hostile(repo: Repository, tmp_path: Path) -> Repository:
    """A repository whose persons and groups are named like commands; the tenant has such groups too."""
    people = [person(n, "Person", f"Number{n}") for n in range(1, len(NAMES) + 1)]
    for one, name in zip(people, NAMES, strict=True):
        one["DisplayName"] = name
    repo.project.seed(tenant_of(NAMES))
    repo.project.want(
        {
            "persons": people,
            "accounts": [account(n) for n in range(1, len(NAMES) + 1)],
            "groups": [group(name, 1, 2) for name in NAMES],
        }
    )
    repo.commit("Named like commands")
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    repo.environ |= {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_SHA": repo.git("rev-parse", "HEAD"),
    }
    return repo


def test_no_name_is_a_command_of_azure(hostile: Repository) -> None:
    said = hostile.good(azure_step("Review", "Validate"), AZURE_SHELL)
    said += hostile.good(azure_step("Review", "Compare"), AZURE_SHELL)
    said += hostile.good(azure_step("Plan", "Plan"), AZURE_SHELL)
    ours = re.compile(
        r"##vso\[task\.(?:uploadsummary\]/\S+\.md|setvariable variable=(?:code|sha256);isOutput=true\]\w+)"
    )
    found = _AZURE.findall(said)
    assert len(found) == 4
    assert all(ours.fullmatch(each) for each in found), found
    assert "isOutput=true]2\n" in said
    assert not (hostile.folder / "owned").exists()


def test_a_mistake_in_a_name_is_no_command_of_azure_either(hostile: Repository) -> None:
    bad = {"groups": [group(name, 99) for name in NAMES]}
    hostile.project.write("desired/more.yaml", bad)
    ended = hostile.run(azure_step("Review", "Validate"), AZURE_SHELL)
    assert ended.code == 1
    assert "# #vso[" in ended.output
    assert _AZURE.findall(ended.output) == []


def test_no_name_is_a_command_of_github(hostile: Repository, tmp_path: Path) -> None:
    said = hostile.good(step_of("review", "review", "Validate"), GITHUB_SHELL)
    said += hostile.good(step_of("deliver", "plan", "Plan"), GITHUB_SHELL)
    lines = (tmp_path / "output").read_text("utf-8").splitlines()
    sha256 = dict(line.split("=", 1) for line in lines)["sha256"]
    assert [line.split("=")[0] for line in lines] == ["code", "sha256"]
    said += hostile.good(
        step_of("deliver", "apply", "Apply"), filled={"needs.plan.outputs.sha256": sha256}
    )
    assert ": :add-mask: :a" in said or ": :set-output" in said
    assert _GITHUB.findall(said) == []
    assert not (hostile.folder / "owned").exists()
