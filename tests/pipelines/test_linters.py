"""Each file holds to what its own platform's linter asks."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.templates import Platform, pipelines_for
from tests.pipelines.steps import (
    ACTION,
    AZURE,
    AZURE_INSTALL,
    CONTAINER,
    GITLAB,
    GITLAB_PROJECT,
    TEMPLATES,
    WORKFLOWS,
    Step,
    documents,
    every_step,
)
from tests.projects import ROOT

_BIN = Path(sys.executable).parent


def lint(tool: str, *arguments: str | Path, text: str | None = None) -> None:
    ended = subprocess.run(
        [_BIN / tool, *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", [ACTION]),
        ("azure-pipelines", [AZURE, AZURE_INSTALL]),
    ],
)
def test_a_pipeline_fits_the_schema_of_its_platform(schema: str, files: list[Path]) -> None:
    # The schema of Azure has expressions that are none in Unicode mode.
    variant = ["--regex-variant", "nonunicode"]
    lint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *variant, *files)


def test_both_halves_of_the_template_of_gitlab_fit_its_schema(tmp_path: Path) -> None:
    # The linter reads one document a file; the header with the inputs is one of its own.
    parts = [GITLAB_PROJECT]
    for number, document in enumerate(documents(GITLAB)):
        part = tmp_path / f"{number}.yml"
        part.write_text(yaml.safe_dump(document), "utf-8")
        parts.append(part)
    assert len(parts) == 3
    lint("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *parts)


def test_the_workflows_and_the_action_have_no_finding_of_security() -> None:
    lint("zizmor", "--offline", "--no-progress", "--persona=pedantic", ACTION, *WORKFLOWS)


def test_the_container_file_has_no_finding() -> None:
    lint("hadolint", CONTAINER)


def test_the_shell_lines_have_no_finding(tmp_path: Path) -> None:
    steps = list(every_step())
    assert len(steps) > 15
    files = [_script(tmp_path / f"{number}.sh", step) for number, step in enumerate(steps)]
    lint("shellcheck", "--shell=bash", *files)


def _script(path: Path, step: Step) -> Path:
    path.write_text(f"#!/usr/bin/env bash\n# {step.place}\n{step.text}", "utf-8")
    return path


def test_no_expression_of_the_platform_stands_in_a_shell_line() -> None:
    # What a platform fills in becomes code; it goes through the environment instead.
    for step in every_step():
        assert "${{" not in step.text, step.place
        assert "$(" not in re.sub(r"\$\((?:sha256sum|cut)\b", "", step.text), step.place


# ---------------------------------------------------------------- what no linter knows


def test_what_runs_on_a_pull_request_has_no_secret_and_may_write_only_comments() -> None:
    path = next(each for each in WORKFLOWS if each.stem == "review")
    review: Any = documents(path)[0]
    assert "secrets." not in path.read_text("utf-8")
    assert list(review[True]) == ["pull_request"]  # YAML 1.1 takes `on` for true
    assert review["permissions"] == {}
    assert review["jobs"]["review"]["permissions"] == {"contents": "read"}
    assert review["jobs"]["comment"]["permissions"] == {"pull-requests": "write"}
    assert "head.repo.full_name == github.repository" in review["jobs"]["comment"]["if"]


def test_the_shell_of_every_workflow_stops_at_a_failure_within_a_pipe() -> None:
    for path in WORKFLOWS:
        workflow = documents(path)[0]
        assert workflow["defaults"]["run"]["shell"] == "bash", path.name
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        assert all("shell" not in step for step in steps), path.name
    for step in every_step():
        if "##vso" in step.text or step.place.startswith("azure"):
            assert step.text.startswith("set -euo pipefail\n"), step.place


def test_the_job_that_may_write_comments_runs_nothing_of_the_pull_request() -> None:
    comment: Any = documents(next(each for each in WORKFLOWS if each.stem == "review"))[0]["jobs"][
        "comment"
    ]
    assert all("checkout" not in each.get("uses", "") for each in comment["steps"])


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda each: each.name)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_what_has_to_be_filled_in_cannot_be_forgotten() -> None:
    nobody = "ORGANISATION/helloid-reconciler"
    for path in WORKFLOWS:
        text = path.read_text("utf-8")
        assert f"{nobody}@{'0' * 40}" in text
        assert "To fill in" in text
    assert nobody in GITLAB_PROJECT.read_text("utf-8")
    assert "To fill in" in AZURE.read_text("utf-8")


def test_secrets_stand_only_where_an_environment_guards_them() -> None:
    for path in WORKFLOWS:
        for name, job in documents(path)[0]["jobs"].items():
            if "secrets." in yaml.safe_dump(job):
                assert job.get("environment", "").startswith("helloid"), f"{path.name}, {name}"


@pytest.mark.parametrize("platform", list(Platform))
def test_the_templates_are_read_with_their_places_in_a_project(platform: Platform) -> None:
    found = pipelines_for(platform)
    folder = TEMPLATES / platform.value
    assert found == {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    assert found


def test_the_image_gets_what_it_copies_and_nothing_else() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINER.read_text("utf-8"), re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    assert all((ROOT / source).exists() for source in sources)
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    assert {source.split("/")[0] for source in sources} == let_in


def test_the_image_runs_as_nobody_special_and_from_a_base_that_cannot_change() -> None:
    lines = CONTAINER.read_text("utf-8").splitlines()
    bases = [line for line in lines if line.startswith("FROM")]
    assert len({each.split(" AS ")[0] for each in bases}) == 1
    assert all(re.search(r":3\.\d+-slim@sha256:[0-9a-f]{64}", each) for each in bases)
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001:10001"


def test_all_that_is_installed_from_elsewhere_is_pinned_by_hash() -> None:
    for name in ("runtime.txt", "build.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if re.match(r"^[a-z0-9]", line)]
        assert pins
        assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
    for step in every_step():
        for line in step.text.replace("\\\n", " ").splitlines():
            if "pip install" in line:
                assert ("--require-hashes" in line) != ("--no-index" in line), step.place
