"""The pipelines as the files they are: their documents, and the shell lines in them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.projects import ROOT

TEMPLATES = ROOT / "reconciler/templates"
WORKFLOWS = sorted((TEMPLATES / "github/.github/workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
GITLAB = TEMPLATES / "shared/gitlab.yml"
GITLAB_PROJECT = TEMPLATES / "gitlab/.gitlab-ci.yml"
AZURE = TEMPLATES / "azure/azure-pipelines.yml"
AZURE_INSTALL = TEMPLATES / "shared/azure-install.yml"
CONTAINER = ROOT / "Containerfile"


@dataclass(frozen=True)
class Step:
    """Shell lines of one step, and the variables that it is given."""

    place: str
    text: str
    env: Mapping[str, str] = field(default_factory=dict[str, str])


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def workflow(name: str) -> dict[str, Any]:
    path = next(each for each in WORKFLOWS if each.stem == name)
    return documents(path)[0]


def job_of(name: str, job: str) -> dict[str, Any]:
    return workflow(name)["jobs"][job]


def step_of(name: str, job: str, title: str) -> Step:
    """Return a step of a workflow of GitHub by its name."""
    found = job_of(name, job)
    return next(
        Step(
            f"{name}.yml, {job}, {title}",
            each["run"],
            {**found.get("env", {}), **each.get("env", {})},
        )
        for each in found["steps"]
        if each.get("name") == title
    )


def action_step(title: str) -> Step:
    steps = documents(ACTION)[0]["runs"]["steps"]
    return next(
        Step(f"action.yml, {title}", each["run"], each.get("env", {}))
        for each in steps
        if each.get("name") == title
    )


def gitlab_job(name: str, **inputs: str) -> Step:
    """Return a job of the template, its inputs filled in: what comes before, and the script."""
    header, template = documents(GITLAB)
    defaults = {key: each.get("default", "") for key, each in header["spec"]["inputs"].items()}
    job = template[f"reconciler:{name}"]
    lines = [*template[job["extends"]]["before_script"], *job["script"]]
    text = "\n".join(lines) + "\n"
    for key, value in {**defaults, **inputs}.items():
        text = text.replace(f"$[[ inputs.{key} ]]", value)
    return Step(f"gitlab.yml, {name}", text, job.get("variables", {}))


def azure_stage(name: str) -> dict[str, Any]:
    stages = documents(AZURE)[0]["stages"]
    return next(each for each in stages if each["stage"] == name)


def azure_step(stage: str, title: str) -> Step:
    # The stages with secrets name a group, which is a list; these are given step by step.
    variables: Any = azure_stage(stage)["variables"]
    given: dict[str, str] = variables if stage == "Review" else {}
    return next(
        Step(f"azure-pipelines.yml, {stage}, {title}", each["bash"], given)
        for each in _azure_steps(azure_stage(stage))
        if each.get("displayName") == title
    )


def _azure_steps(stage: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for job in stage["jobs"]:
        yield from job.get("steps") or job["strategy"]["runOnce"]["deploy"]["steps"]


def every_step() -> Iterator[Step]:
    """Yield the shell lines of every file."""
    for path in WORKFLOWS:
        for name, job in documents(path)[0]["jobs"].items():
            yield from _lines(f"{path.name}, {name}", job["steps"], "run", "name")
    yield from _lines("action.yml", documents(ACTION)[0]["runs"]["steps"], "run", "name")
    for name, job in documents(GITLAB)[1].items():
        if isinstance(job, dict) and "script" in job:
            yield gitlab_job(name.removeprefix("reconciler:"))
    for stage in documents(AZURE)[0]["stages"]:
        yield from _lines(stage["stage"], _azure_steps(stage), "bash", "displayName")
    yield from _lines("install", documents(AZURE_INSTALL)[0]["steps"], "bash", "displayName")


def _lines(place: str, steps: Iterable[dict[str, Any]], lines: str, title: str) -> Iterator[Step]:
    for each in steps:
        if lines in each:
            yield Step(f"{place}, {each[title]}", each[lines])
