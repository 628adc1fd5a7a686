"""What was saved as JSON is shown as its own command would have shown it, in every format that this has."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.commands.schema import Document
from reconciler.cli.dresses import OFFERED, Dress
from reconciler.reports.kinds import Kind, kind_of
from reconciler.reports.schema import SHAPES, schema_document
from tests.cli.offices import desired, tenant
from tests.diff.repository import Repository
from tests.projects import Project, Ran
from tests.reports.validator import misfits

COMMANDS: dict[Kind, tuple[str, ...]] = {
    Kind.DIFF: ("diff", "HEAD", "--as-of", "2026-11-23"),
    Kind.HISTORY: ("history",),
    Kind.EXPIRING: ("expiring", "--within", "30d", "--as-of", "2026-11-23"),
    Kind.FORECAST: ("plan", "--as-of", "2026-11-23", "--until", "2026-12-31"),
    Kind.EXPLANATION: ("explain", "1", "--offline", "--as-of", "2026-11-23"),
    Kind.PROBLEMS: ("validate",),
    Kind.IMPORT: ("import", "--update", "--dry-run"),
}
"""What says the same when it is asked twice."""
SAVED = {
    Kind.PLAN: ("plan", "--allow-protected", "-o", "FILE"),
    Kind.AUDIT: ("audit", "--no-record", "--format", "json", "-o", "FILE"),
    Kind.REHEARSAL: ("rehearse", "plan.json", "--format", "json", "-o", "FILE"),
    Kind.APPLY: ("apply", "plan.json", "-o", "FILE"),
    Kind.SNAPSHOT: ("snapshot", "-o", "FILE"),
    Kind.COMMENT: ("comment", "plan.json", "--dry-run", "--format", "json", "-o", "FILE"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in a repository, with one document of every kind, named for its kind."""
    repository = Repository.at(tmp_path_factory.mktemp("showing") / "project")
    project = repository.project
    project.want(desired())
    project.seed(tenant())
    repository.commit()
    wanted = desired()
    wanted["groups"][1]["members"] = [{"person": "1", "until": "2026-12-01"}, "2", "30"]
    wanted["accounts"][4]["state"] = "absent"
    project.want(wanted)
    for kind, (*command, file) in ((kind, SAVED[kind]) for kind in SAVED):
        named = [*command, f"{kind}.json" if file == "FILE" else file]
        assert project.run(*named).code in {0, 1}, (kind, project.run(*named))
    for kind, command in COMMANDS.items():
        project.write(f"{kind}.json", project.good(*command, "--format", "json").out)
    return project


def shown(project: Project, kind: Kind, *options: str) -> Ran:
    return project.run("show", f"{kind}.json", *options)


@pytest.mark.parametrize("kind", Kind)
def test_a_document_is_known_for_what_it_is(project: Project, kind: Kind) -> None:
    assert kind_of(project.read(f"{kind}.json")) is kind
    again = shown(project, kind, "--format", "json")
    assert again.out == (project.folder / f"{kind}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", COMMANDS)
def test_it_is_shown_as_its_own_command_shows_it(project: Project, kind: Kind) -> None:
    for dress in OFFERED[kind]:
        own = project.good(*COMMANDS[kind], "--format", dress)
        assert shown(project, kind, "--format", dress).out == own.out, dress
        assert own.out


@pytest.mark.parametrize("kind", SAVED)
def test_it_is_shown_in_every_format_that_its_command_has(project: Project, kind: Kind) -> None:
    begins = {
        "html": "<!doctype html>",
        "markdown": "## ",
        "junit": "<?xml",
        "csv": '\ufeff"System",',
    }
    texts = [shown(project, kind, "--format", dress).out for dress in OFFERED[kind]]
    assert all(texts)
    assert len(set(texts)) == len(texts)
    for dress, text in zip(OFFERED[kind], texts, strict=True):
        assert text.startswith(begins.get(dress, "")), dress


@pytest.mark.parametrize("kind", Kind)
def test_a_format_that_it_has_not_is_a_wrong_command_line(project: Project, kind: Kind) -> None:
    for dress in set(Dress) - set(OFFERED[kind]):
        ran = shown(project, kind, "--format", dress)
        assert ran.code == 64, ran
        assert f"--format {dress} does not fit" in ran.err
        assert ran.out == ""


@pytest.mark.parametrize("kind", Kind)
def test_what_the_commands_wrote_fits_the_published_schema(project: Project, kind: Kind) -> None:
    schema = project.good("schema", kind).json
    assert schema == schema_document(kind)
    assert list(misfits(project.read(f"{kind}.json"), schema, schema)) == []


def test_every_schema_that_there_is_can_be_asked_for(project: Project) -> None:
    assert SHAPES.keys() == {*Document} - {"desired", "settings"}
    listed = project.good("schema").out.split("\n")[:-1]
    assert [line.split()[0] for line in listed] == list(Document)


NEWER: dict[str, Any] = {"format_version": "2.0", "base": "a", "head": "b", "changes": []}
NO_REPORTS: list[tuple[Any, str]] = [
    ("no JSON", "It is no JSON"),
    ([], "no JSON object"),
    ({}, "the members of none of them"),
    ({"persons": []}, "the members of none of them"),
    ({**NEWER, "format_version": "new"}, "is no version such as 1.0"),
    (NEWER, "this version reads 1.x"),
    ({**NEWER, "format_version": "1.0"}, "This document cannot be shown"),
    ({"runs": 7}, "This document cannot be shown"),
    ({"actions": [], "digest": "", "seal": "", "format_version": "1.0"}, "This file is no plan"),
    ('{"runs": [], "runs": []}', "twice in one object"),
]


@pytest.mark.parametrize(("content", "said"), NO_REPORTS)
def test_anything_else_is_refused_with_the_reason(tmp_path: Path, content: Any, said: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    ran = Project.at(tmp_path).run("show", "x.json")
    assert ran.code == 1, ran
    assert said in ran.err
    assert ran.out == ""


def test_a_plan_that_was_altered_is_not_shown(project: Project) -> None:
    project.write("altered.json", {**project.read("plan.json"), "warnings": ["none"]})
    assert project.run("show", "altered.json").code == 4


def test_a_long_history_is_listed_whole_where_asked(project: Project) -> None:
    assert "+ create account" not in shown(project, Kind.HISTORY).out
    assert shown(project, Kind.HISTORY, "--full").out.count("+ create account") == 29


def test_an_apply_shows_its_outcome_as_asked_and_saves_it_as_json(
    project: Project, tmp_path: Path
) -> None:
    copied = project.copy(tmp_path / "copy")
    ran = copied.good("apply", "--auto-approve", "--format", "markdown", "-o", "again.json")
    assert ran.out.startswith("## Applied: ")
    assert copied.good("show", "again.json", "--format", "markdown").out == ran.out
