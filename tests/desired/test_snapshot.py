"""`validate --snapshot`: names held against a saved snapshot, offline."""

from pathlib import Path

from tests.projects import Project, group, tenant_of


def _project(folder: Path, *groups: str) -> Project:
    project = Project.at(folder)
    project.want({"groups": [group("Salse")]})
    project.seed(tenant_of(groups))
    project.good("snapshot", "-o", "tenant.json")
    return project


def test_a_misspelled_group_is_an_error_with_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    project = _project(tmp_path, "Sales", "Finance")
    project.good("validate")
    ran = project.run("validate", "--snapshot", "tenant.json", "--format", "json")
    assert ran.code == 1
    (problem,) = ran.json["problems"]
    assert problem["code"] == "unknown-in-tenant"
    assert problem["fix"] == "Did you mean `Sales`?"
    assert problem["file"].startswith("desired/")


def test_names_that_the_tenant_has_are_no_problem(tmp_path: Path) -> None:
    project = _project(tmp_path, "salse")
    assert "No problems" in project.good("validate", "--snapshot", "tenant.json").out


def test_a_snapshot_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    project = _project(tmp_path, "Salse")
    project.write("other.json", {"format_version": "1.0"})
    for name in ("missing.json", "other.json"):
        ran = project.run("validate", "--snapshot", name)
        assert ran.code == 1
        assert name in ran.err
        assert "Traceback" not in ran.err
