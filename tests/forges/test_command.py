"""`reconciler comment` as a pipeline runs it: a process with an environment, against a forge over HTTP."""

import json
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forges.azure import REPOSITORY, Azure
from tests.forges.doubles import ME, OTHER, TOKEN, Forge, served
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab
from tests.projects import Project, Ran, account, group, person, tenant_of

_PIPELINE = ("GITHUB_", "GITLAB_", "CI_", "RECONCILER_", "SYSTEM_", "BUILD_", "TF_BUILD")


@dataclass
class Pipeline:
    """A pipeline at a forge: its variables, and a project with plans."""

    double: Forge
    environ: dict[str, str]
    project: Project

    def comment(self, file: str, *arguments: str, **environ: str) -> Ran:
        with environment({**self.environ, **environ}):
            return self.project.run("comment", file, *arguments)


@contextmanager
def environment(variables: Mapping[str, str]) -> Generator[None]:
    """Let this process have these variables of a pipeline and no others."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_PIPELINE)}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with three saved plans: one that removes, one that is refused, one with nothing to do."""
    project = Project.at(tmp_path_factory.mktemp("plans") / "project")
    project.seed(tenant_of(["Sales", "Admins"]))
    people = [person(n, "Person", f"Number{n}") for n in range(1, 13)]
    members = list(range(1, 13))

    def want(sales: list[int]) -> None:
        project.want(
            {
                "persons": people,
                "accounts": [account(n) for n in members],
                "groups": [group("Sales", *sales), group("Admins", 1, protected=True)],
            }
        )

    want(members)
    assert project.run("plan", "-o", "refused.json").code == 3
    project.good("plan", "-o", "first.json", "--allow-protected")
    project.good("apply", "first.json", "--allow-protected")
    project.good("plan", "-o", "nothing.json")
    want(members[:-1])
    project.good("plan", "-o", "removes.json")
    return project


@contextmanager
def at_github(project: Project) -> Generator[Pipeline]:
    double = GitHub()
    with served(double.app()) as base:
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "example/staff",
            "GITHUB_API_URL": base,
            "GITHUB_REF": "refs/pull/5/merge",
            "GITHUB_TOKEN": TOKEN,
        }
        yield Pipeline(double, environ, project)


@contextmanager
def at_gitlab(project: Project) -> Generator[Pipeline]:
    double = GitLab()
    with served(double.app()) as base:
        environ = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{base}/api/v4",
            "CI_PROJECT_ID": "77",
            "CI_MERGE_REQUEST_IID": "5",
            "CI_COMMIT_SHA": "0123456789abcdef",
            "CI_PIPELINE_URL": "https://gitlab.example.org/example/staff/-/pipelines/9",
            "GITLAB_TOKEN": TOKEN,
        }
        yield Pipeline(double, environ, project)


@contextmanager
def at_azure(project: Project) -> Generator[Pipeline]:
    double = Azure()
    with served(double.app()) as base:
        environ = {
            "TF_BUILD": "True",
            "BUILD_REPOSITORY_PROVIDER": "TfsGit",
            "BUILD_REPOSITORY_ID": REPOSITORY,
            "SYSTEM_COLLECTIONURI": f"{base}/org/",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
            "SYSTEM_ACCESSTOKEN": TOKEN,
        }
        yield Pipeline(double, environ, project)


@pytest.mark.parametrize("at", [at_github, at_gitlab, at_azure])
def test_the_comment_and_the_labels_follow_the_plan(at: Any, plans: Project) -> None:
    with at(plans) as pipeline:
        double: Forge = pipeline.double
        first = pipeline.comment("removes.json")
        assert first.code == 0, first
        assert "Comment written on" in first.out
        assert 'Added label "reconciler: removals"' in first.out
        assert double.labels == ["reconciler: removals"]
        assert "### Removals (1)" in double.bodies[0]

        second = pipeline.comment("refused.json")
        assert second.code == 0, second
        assert "Comment edited on" in second.out
        assert double.labels == ["reconciler: refused"]
        assert "Refused by 1 safeguard" in double.bodies[0]

        third = pipeline.comment("nothing.json", "--format", "json")
        assert third.code == 0, third
        assert third.json["comment"] == "edit"
        assert third.json["labels"] == {"added": [], "removed": ["reconciler: refused"]}
        assert double.labels == []
        assert "## No differences." in double.bodies[0]

        fourth = pipeline.comment("nothing.json")
        assert "Comment unchanged on" in fourth.out
        assert len(double.notes) == 1
        assert TOKEN not in "".join(map(str, (first, second, third, fourth)))


def test_a_comment_says_which_commit_and_run_it_comes_from(plans: Project) -> None:
    with at_gitlab(plans) as pipeline:
        pipeline.comment("nothing.json", "--no-labels")
        run_page = pipeline.environ["CI_PIPELINE_URL"]
        assert (
            f"From: commit `0123456789abcdef`, [pipeline run]({run_page})."
            in (pipeline.double.bodies[0])
        )
        assert "labels" not in "".join(pipeline.double.writes())


def test_a_process_of_its_own_needs_nothing_but_its_environment(plans: Project) -> None:
    with at_github(plans) as pipeline:
        variables = {**pipeline.environ, "GITLAB_CI": "", "RECONCILER_FORGE_TOKEN": ""}
        ran = plans.spawn("comment", "removes.json", env=variables)
        assert ran.code == 0, ran
        assert ran.err == ""
        assert len(pipeline.double.notes) == 1


def test_key_and_labels_may_be_named(plans: Project) -> None:
    with at_github(plans) as pipeline:
        ran = pipeline.comment("removes.json", "--key", "staff", "--labels", "access goes,halted")
        assert ran.code == 0, ran
        pipeline.comment("nothing.json", "--labels", "access goes,halted")
        assert len(pipeline.double.notes) == 2
        assert pipeline.double.labels == ["access goes"]


def test_a_dry_run_shows_what_would_be_written(plans: Project, tmp_path: Path) -> None:
    with at_github(plans) as pipeline:
        told = tmp_path / "told.txt"
        ran = pipeline.comment("removes.json", "--dry-run", "--pr", "5", "-o", str(told))
        assert ran.code == 0, ran
        text = told.read_text("utf-8")
        assert text.startswith("Would write a comment on GitHub example/staff#5\n")
        assert 'Would add label "reconciler: removals"' in text
        assert "### Removals (1)" in text
        assert pipeline.double.writes() == []


def test_a_dry_run_needs_neither_a_forge_nor_a_token(plans: Project) -> None:
    with environment({}):
        ran = plans.run("comment", "removes.json", "--dry-run")
    assert ran.code == 0, ran
    assert "none is known here" in ran.out
    assert "### Removals (1)" in ran.out


def test_a_dry_run_finds_what_is_wrong_with_the_environment(plans: Project) -> None:
    environ = {"GITHUB_REPOSITORY": "example/staff", "GITHUB_API_URL": "http://forge.example.org"}
    with environment(environ):
        assert plans.run("comment", "removes.json", "--dry-run").code == 0
        assert plans.run("comment", "removes.json", "--dry-run", "--pr", "5").code == 1


def test_without_a_token_nothing_is_asked(plans: Project) -> None:
    with at_github(plans) as pipeline:
        ran = pipeline.comment("removes.json", GITHUB_TOKEN="")
        assert ran.code == 1, ran
        assert "pull-requests: write" in ran.err
        assert pipeline.double.asked == []


def test_a_refused_token_ends_with_1(plans: Project) -> None:
    with at_github(plans) as pipeline:
        ran = pipeline.comment("removes.json", GITHUB_TOKEN="another-token")  # noqa: S106 - no token
        assert ran.code == 1, ran
        assert "another-token" not in str(ran)


def test_a_comment_of_somebody_else_stays(plans: Project) -> None:
    with at_github(plans) as pipeline:
        pipeline.comment("removes.json")
        body = pipeline.double.bodies[0]
        pipeline.double.say(OTHER, body)
        pipeline.comment("nothing.json")
        assert pipeline.double.bodies[1] == body
        assert [note.user for note in pipeline.double.notes] == [ME, OTHER]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--labels", "one"], "two names"),
        (["--labels", "a,a"], "two names"),
        (["--labels", f"{'x' * 51},b"], "1 to 50"),
        (["--labels", "..,b"], "1 to 50"),
        (["--key", ""], "no key"),
        (["--key", "a\nb"], "no key"),
        (["--pr", "0"], "--pr"),
        (["--token", TOKEN], "--token"),
    ],
)
def test_a_wrong_command_line_ends_with_64(arguments: list[str], said: str, plans: Project) -> None:
    ran = plans.run("comment", "removes.json", *arguments)
    assert ran.code == 64, ran
    assert said in ran.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", 1),
        ("[]", 1),
        ("{}", 1),
        ('{"format_version": "1.0"}', 1),
        ('{"a": 1, "a": 2}', 1),
        ("\xff", 1),
        ('{"actions": [], "digest": "x", "seal": "y"}', 1),
        ('{"base": "x", "head": "y", "changes": 7}', 1),
    ],
)
def test_a_file_that_is_none_of_ours_is_told(content: str, code: int, plans: Project) -> None:
    plans.write("other.json", content)
    ran = plans.run("comment", "other.json", "--dry-run")
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    assert "bug" not in ran.err
    assert plans.run("comment", "absent.json", "--dry-run").code == 1


def test_an_altered_plan_is_not_shown_to_reviewers(plans: Project) -> None:
    plan = plans.read("removes.json")
    plans.write("altered.json", {**plan, "actions": []})
    ran = plans.run("comment", "altered.json", "--dry-run")
    assert ran.code == 4, ran
    assert "altered" in ran.err


def test_the_outcome_as_json_is_one_object(plans: Project) -> None:
    with environment({}):
        ran = plans.run("comment", "removes.json", "--dry-run", "--format", "json")
    did = json.loads(ran.out)
    assert did["pull_request"] is None
    assert did["comment"] == "unknown"
    assert did["labels"]["added"] == ["reconciler: removals"]
    assert did["body"].startswith("<!-- helloid-reconciler plan reconciler%3A%20removals -->\n")


def test_an_audit_is_a_comment_of_its_own(plans: Project) -> None:
    plans.good("audit", "--format", "json", "-o", "audit.json")
    with at_gitlab(plans) as pipeline:
        pipeline.comment("nothing.json")
        ran = pipeline.comment("audit.json")
        assert ran.code == 0, ran
        assert [body.split(" -->")[0] for body in pipeline.double.bodies] == [
            "<!-- helloid-reconciler plan",
            "<!-- helloid-reconciler audit",
        ]
        assert pipeline.double.labels == []
