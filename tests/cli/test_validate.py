"""What is wrong in the files is said with its place, all at once, and ends with 1; no tenant is needed."""

import subprocess
import xml.etree.ElementTree as ET

import pytest

from tests.cli.offices import Office
from tests.projects import Project

BROKEN = """\
persons:
  - ExternalId: "1"
    DisplayName: Anna
  - ExternalId: "1"
    DisplayName: Bram
groups:
  - nmae: Sales
    members: ["7"]
"""


@pytest.fixture
def broken(office: Office) -> Office:
    office.project.want({})
    office.project.write("desired/all.yaml", BROKEN)
    return office


@pytest.mark.parametrize(
    "command",
    [
        ["plan"],
        ["plan", "-o", "new.json"],
        ["apply", "--auto-approve"],
        ["plan", "--format", "json"],
    ],
    ids=" ".join,
)
def test_every_problem_is_on_standard_error_with_its_place_and_nothing_is_planned(
    command: list[str], broken: Office
) -> None:
    ran = broken.refused(*command)
    assert ran.code == 1
    assert ran.out == ""
    assert "desired/all.yaml:4:" in ran.err
    assert "desired/all.yaml:7:5: error:" in ran.err
    assert "name" in ran.err
    assert not (broken.project.folder / "new.json").exists()


def test_a_saved_plan_is_not_applied_while_the_files_are_broken(office: Office) -> None:
    office.accounts("disabled", 20)
    office.project.good("plan", "-o", "plan.json")
    office.project.write("desired/more.yaml", BROKEN)
    assert office.refused("apply", "plan.json").code == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("groups: [", "desired/bad.yaml:"),
        ("groups:\n\t- name: x", "desired/bad.yaml:2:1"),
        ("persons:\n  - !!python/object:os.system {}", "desired/bad.yaml:2:"),
        ("a: &a [x]\nb: *a", "desired/bad.yaml:1:1"),
        ("--- {}\n--- {}", "desired/bad.yaml:2:1"),
        ("groups:\n  - {name: A, name: B}", "desired/bad.yaml:2:"),
        ("groups: 7", "desired/bad.yaml:1:9"),
        ("gruops: []", "desired/bad.yaml:1:1"),
    ],
)
def test_broken_yaml_is_1_with_file_line_and_column(text: str, place: str, office: Office) -> None:
    office.project.write("desired/bad.yaml", text)
    ran = office.refused("plan")
    assert ran.code == 1, ran
    assert place in ran.err, ran


@pytest.mark.parametrize("data", [b"\xff\xfe\x00x", b"\x00", b"persons: \x80"])
def test_bytes_that_are_no_text_are_1(data: bytes, office: Office) -> None:
    (office.project.folder / "desired/bad.yaml").write_bytes(data)
    ran = office.refused("plan")
    assert ran.code == 1
    assert "desired/bad.yaml" in ran.err


def test_validate_needs_neither_tenant_nor_ledger_nor_credentials(office: Office) -> None:
    office.project.set({}, "https://tenant.example.org/api/v1")
    assert office.refused("validate").code == 0


def test_validate_finds_what_plan_finds_and_ends_with_1(broken: Office) -> None:
    ran = broken.refused("validate")
    assert ran.code == 1
    assert broken.refused("plan").err in ran.out


def test_validate_speaks_to_pipelines(broken: Office) -> None:
    found = broken.project.run("validate", "--format", "json")
    assert found.code == 1
    errors = found.json["summary"]["errors"]
    assert errors >= 2
    github = broken.project.run("validate", "--format", "github")
    assert github.out.count("::error ") == errors
    assert "file=desired/all.yaml,line=4" in github.out
    sarif = broken.project.run("validate", "--format", "sarif").json
    assert sarif["version"] == "2.1.0"
    assert len(sarif["runs"][0]["results"]) == len(found.json["problems"])
    gitlab = broken.project.run("validate", "--format", "gitlab").json
    assert len(gitlab) == len(found.json["problems"])
    assert {each["location"]["path"] for each in gitlab} == {"desired/all.yaml"}
    junit = broken.project.run("validate", "--format", "junit")
    assert ET.fromstring(junit.out).tag == "testsuites"  # noqa: S314 - written by ourselves


def test_pipelines_are_told_the_path_in_the_repository(broken: Office) -> None:
    folder = broken.project.folder
    subprocess.run(["git", "init", "--quiet", folder.parent], check=True)  # noqa: S607 - the git of the user
    ran = broken.project.run("validate", "--format", "github")
    assert f"file={folder.name}/desired/all.yaml,line=4" in ran.out


def test_validate_writes_a_file_instead_of_standard_output(broken: Office) -> None:
    ran = broken.project.run("validate", "--format", "json", "-o", "found.json")
    assert (ran.code, ran.out) == (1, "")
    assert broken.project.read("found.json")["summary"]["errors"] >= 2


def test_warnings_alone_are_0(office: Office) -> None:
    office.set(delete_after_days=3, account_not_desired="keep")
    ran = office.project.run("validate", "--format", "json")
    assert ran.code == 0
    assert ran.json["summary"] == {"errors": 0, "warnings": 1}
    assert "The files have 1 warning: reconciler validate" in office.project.run("plan").err


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("{", "fieldMapping.json:1:"),
        ("[]", "fieldMapping.json"),
        ('{"Version": "v1"}', "fieldMapping.json"),
    ],
)
def test_a_broken_field_mapping_is_1(mapping: str, said: str, office: Office) -> None:
    office.project.write("fieldMapping.json", mapping)
    ran = office.refused("plan")
    assert ran.code == 1, ran
    assert said in ran.err


def test_a_setting_that_does_not_exist_is_named_with_the_nearest(office: Office) -> None:
    office.project.write("reconciler.yaml", 'target:\n  base_url: "sandbox:x"\nsafegaurds: {}\n')
    ran = office.refused("plan")
    assert ran.code == 1
    assert "reconciler.yaml:3:1: error:" in ran.err
    assert "safeguards" in ran.err


def test_problems_of_a_project_elsewhere_show_their_line(broken: Office) -> None:
    elsewhere = broken.project.folder.parent / "elsewhere"
    elsewhere.mkdir()
    config = broken.project.folder / "reconciler.yaml"
    there = Project(elsewhere)
    for command in ("validate", "plan"):
        ran = there.run("--config", str(config), command)
        assert ran.code == 1
        assert "- nmae: Sales" in ran.out + ran.err


def test_mistakes_in_settings_hide_none_in_the_files(broken: Office) -> None:
    broken.project.write("reconciler.yaml", "target: {base_url: 'sandbox:t.db'}\nscop: {}\n")
    ran = broken.refused("validate")
    assert ran.code == 1
    assert "reconciler.yaml:2:1" in ran.out
    assert "desired/all.yaml:7:5" in ran.out
    assert broken.refused("plan").err in ran.out


def test_a_pipeline_without_variables_validates_with_a_warning(office: Office) -> None:
    office.project.set({}, "${NOT_SET_ANYWHERE}")
    ran = office.project.run("validate", "--format", "json")
    assert (ran.code, ran.json["summary"]) == (0, {"errors": 0, "warnings": 1})
    assert ran.json["problems"][0]["code"] == "unset-variable"
    assert office.refused("plan").code == 1
