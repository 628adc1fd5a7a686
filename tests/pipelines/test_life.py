"""Each pipeline from a pull request to the audit, every job in a fresh clone of what was pushed."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.forges.azure import REPOSITORY, Azure
from tests.forges.doubles import TOKEN, served
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab
from tests.pipelines.lives import Life, begin
from tests.pipelines.repositories import AZURE_SHELL, GITHUB_SHELL, GITLAB_SHELL, Ended, Repository
from tests.pipelines.steps import azure_step, gitlab_job, step_of

STALE = 4


@pytest.fixture
def life(tmp_path: Path, commands: Path) -> Life:
    return begin(tmp_path, commands)


# ---------------------------------------------------------------- GitHub


def at_github(life: Life, ref: str, sha: str, depth: int = 1) -> Repository:
    made = life.job(ref, depth)
    files = {name: life.below / f"{name}-{life.jobs}" for name in ("output", "summary")}
    for path in files.values():
        path.touch()
    made.environ = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_SHA": sha,
        "GITHUB_OUTPUT": str(files["output"]),
        "GITHUB_STEP_SUMMARY": str(files["summary"]),
    }
    return made


def step(made: Repository, life: Life, workflow: str, job: str, title: str, **more: str) -> Ended:
    kinds = {"HELLOID_BASE_URL": "vars"}
    filled = {f"{kinds.get(name, 'secrets')}.{name}": text for name, text in life.secrets.items()}
    needs = {f"needs.plan.outputs.{name}": text for name, text in more.items()}
    given = {**filled, **needs, "github.token": TOKEN}
    return made.run(step_of(workflow, job, title), GITHUB_SHELL, given)


def planned_at_github(life: Life, commit: str) -> tuple[Repository, dict[str, str]]:
    made = at_github(life, commit, commit)
    ended = step(made, life, "deliver", "plan", "Plan")
    assert ended.code == 0, ended.output
    lines = Path(made.environ["GITHUB_OUTPUT"]).read_text("utf-8").splitlines()
    return made, dict(line.split("=", 1) for line in lines)


def applied_at_github(life: Life, planned: Repository, outputs: dict[str, str]) -> Ended:
    made = at_github(life, "main", planned.environ["GITHUB_SHA"])
    life.artifact("plan.json", planned, made.folder)
    return step(made, life, "deliver", "apply", "Apply", sha256=outputs["sha256"])


def test_github_from_a_pull_request_to_the_audit(life: Life) -> None:
    first, outputs = planned_at_github(life, life.desk.git("rev-parse", "HEAD"))
    ended = applied_at_github(life, first, outputs)
    assert ended.code == 0, ended.output
    assert life.members() == 12

    life.propose(*range(1, 12))
    life.prepare()
    review = at_github(life, "refs/pull/5/merge", "0" * 40, depth=2)
    for title in ("Validate", "Compare"):
        ended = step(review, life, "review", "review", title)
        assert ended.code == 0, ended.output
    empty = life.below / "comment"
    empty.mkdir()
    life.artifact("diff.json", review, empty)
    double = GitHub()
    with served(double.app()) as base:
        pipeline = {"GITHUB_REPOSITORY": "example/staff", "GITHUB_REF": "refs/pull/5/merge"}
        review.environ |= {**pipeline, "GITHUB_API_URL": base}
        comment = step_of("review", "comment", "Comment")
        ended = review.run(comment, GITHUB_SHELL, {"github.token": TOKEN}, empty)
    assert ended.code == 0, ended.output
    assert "## Diff: 1 to revoke." in double.bodies[0]

    planned, outputs = planned_at_github(life, life.merge())
    assert life.members() == 12
    ended = applied_at_github(life, planned, outputs)
    assert ended.code == 0, ended.output
    assert life.members() == 11

    audit = at_github(life, "main", "0" * 40)
    ended = step(audit, life, "audit", "audit", "Audit")
    assert ended.code == 0, ended.output


def test_github_applies_no_plan_of_what_main_is_no_more(life: Life) -> None:
    planned, outputs = planned_at_github(life, life.desk.git("rev-parse", "HEAD"))
    life.desk.want(people=0)
    life.push("Nobody after all")
    ended = applied_at_github(life, planned, outputs)
    assert ended.code == STALE, ended.output
    assert "::error::main has moved on" in ended.output
    assert life.members() == 0


# ---------------------------------------------------------------- GitLab


def at_gitlab(life: Life, commit: str, **more: str) -> Repository:
    made = life.job(commit)
    made.environ = {
        "GITLAB_CI": "true",
        "CI_REPOSITORY_URL": life.origin,
        "CI_COMMIT_BRANCH": "main",
        "CI_COMMIT_SHA": commit,
        **more,
    }
    return made


def lines(made: Repository, name: str) -> Ended:
    return made.run(gitlab_job(name), GITLAB_SHELL)


def planned_at_gitlab(life: Life, commit: str) -> Repository:
    made = at_gitlab(life, commit, **life.secrets)
    ended = lines(made, "plan")
    assert ended.code == 0, ended.output
    return made


def applied_at_gitlab(life: Life, planned: Repository) -> Ended:
    made = at_gitlab(life, planned.environ["CI_COMMIT_SHA"], **life.secrets)
    life.artifact("plan.json", planned, made.folder)
    dotenv = planned.text("plan.env").splitlines()
    made.environ |= dict(line.split("=", 1) for line in dotenv)
    return lines(made, "apply")


def test_gitlab_from_a_merge_request_to_the_audit(life: Life) -> None:
    base = life.desk.git("rev-parse", "HEAD")
    ended = applied_at_gitlab(life, planned_at_gitlab(life, base))
    assert ended.code == 0, ended.output

    proposed = life.propose(*range(1, 12))
    review = at_gitlab(life, proposed, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    ended = lines(review, "review")
    assert ended.code == 0, ended.output
    comment = at_gitlab(life, proposed, CI_MERGE_REQUEST_IID="5", CI_PROJECT_ID="77")
    life.artifact("diff.json", review, comment.folder)
    double = GitLab()
    with served(double.app()) as at:
        comment.environ |= {"CI_API_V4_URL": f"{at}/api/v4", "GITLAB_TOKEN": TOKEN}
        ended = lines(comment, "comment")
    assert ended.code == 0, ended.output
    assert "## Diff: 1 to revoke." in double.bodies[0]

    planned = planned_at_gitlab(life, life.merge())
    assert life.members() == 12
    ended = applied_at_gitlab(life, planned)
    assert ended.code == 0, ended.output
    assert life.members() == 11
    ended = lines(at_gitlab(life, life.desk.git("rev-parse", "HEAD"), **life.secrets), "audit")
    assert ended.code == 0, ended.output


def test_gitlab_applies_no_plan_of_what_the_branch_is_no_more(life: Life) -> None:
    planned = planned_at_gitlab(life, life.desk.git("rev-parse", "HEAD"))
    life.desk.want(people=0)
    life.push("Nobody after all")
    ended = applied_at_gitlab(life, planned)
    assert ended.code == STALE, ended.output
    assert "main has moved on" in ended.output
    assert life.members() == 0


def test_gitlab_applies_nothing_where_nobody_says_what_the_branch_is(life: Life) -> None:
    planned = planned_at_gitlab(life, life.desk.git("rev-parse", "HEAD"))
    (life.below / "origin.git").rename(life.below / "gone.git")
    (life.below / "origin.git").mkdir()
    made = Repository(planned.project, planned.commands, dict(planned.environ))
    made.environ |= dict(line.split("=", 1) for line in planned.text("plan.env").splitlines())
    assert lines(made, "apply").code == STALE
    assert life.members() == 0


# ---------------------------------------------------------------- Azure


def at_azure(
    life: Life, ref: str, commit: str, secrets: Mapping[str, str] | None = None, depth: int = 1
) -> Repository:
    made = life.job(ref, depth)
    workspace = life.below / f"workspace-{life.jobs}"
    (workspace / "plan").mkdir(parents=True)
    known = {"BUILD_SOURCEVERSION": commit, "PIPELINE_WORKSPACE": str(workspace)}
    made.environ = {**known, **(secrets or {})}
    return made


def bash(made: Repository, stage: str, title: str) -> Ended:
    return made.run(azure_step(stage, title), AZURE_SHELL)


def planned_at_azure(life: Life, commit: str) -> Repository:
    made = at_azure(life, commit, commit, life.secrets)
    ended = bash(made, "Plan", "Plan")
    assert ended.code == 0, ended.output
    found = re.search(r"variable=sha256;isOutput=true\](\w{64})", ended.output)
    assert found
    made.environ["SHA256"] = found.group(1)
    return made


def applied_at_azure(life: Life, planned: Repository) -> Ended:
    commit = planned.environ["BUILD_SOURCEVERSION"]
    made = at_azure(life, commit, commit, life.secrets)
    made.environ["SHA256"] = planned.environ["SHA256"]
    life.artifact("plan.json", planned, Path(made.environ["PIPELINE_WORKSPACE"]) / "plan")
    return bash(made, "Apply", "Apply")


def test_azure_from_a_pull_request_to_the_audit(life: Life) -> None:
    first = planned_at_azure(life, life.desk.git("rev-parse", "HEAD"))
    ended = applied_at_azure(life, first)
    assert ended.code == 0, ended.output

    life.propose(*range(1, 12))
    life.prepare()
    review = at_azure(life, "refs/pull/5/merge", "0" * 40, depth=2)
    for title in ("Validate", "Compare"):
        ended = bash(review, "Review", title)
        assert ended.code == 0, ended.output
    assert "## Diff: 1 to revoke." in review.text("diff.md")
    diff = Path(review.environ["PIPELINE_WORKSPACE"]) / "diff"
    diff.mkdir()
    life.artifact("diff.json", review, diff)
    double = Azure()
    with served(double.app()) as base:
        review.environ |= {
            "TF_BUILD": "True",
            "BUILD_REPOSITORY_PROVIDER": "TfsGit",
            "BUILD_REPOSITORY_ID": REPOSITORY,
            "SYSTEM_COLLECTIONURI": f"{base}/org/",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
            "SYSTEM_ACCESSTOKEN": TOKEN,
        }
        empty = life.below / "comment"
        empty.mkdir()
        ended = review.run(azure_step("Review", "Comment"), AZURE_SHELL, folder=empty)
    assert ended.code == 0, ended.output
    assert "## Diff: 1 to revoke." in double.bodies[0]
    assert double.labels == ["reconciler: removals"]

    planned = planned_at_azure(life, life.merge())
    assert life.members() == 12
    ended = applied_at_azure(life, planned)
    assert ended.code == 0, ended.output
    assert life.members() == 11
    ended = bash(at_azure(life, "main", "0" * 40, life.secrets), "Audit", "Audit")
    assert ended.code == 0, ended.output


def test_azure_applies_no_plan_of_what_main_is_no_more(life: Life) -> None:
    planned = planned_at_azure(life, life.desk.git("rev-parse", "HEAD"))
    life.desk.want(people=0)
    life.push("Nobody after all")
    ended = applied_at_azure(life, planned)
    assert ended.code == STALE, ended.output
    assert "main has moved on" in ended.output
    assert life.members() == 0
