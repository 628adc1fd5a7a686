"""The sample of Azure Pipelines, its steps run as Azure runs them."""

import json
import re
from pathlib import Path

import pytest

from reconciler.sandbox import seed
from tests.pipelines.repositories import AZURE_SHELL, Ended, Repository
from tests.pipelines.steps import azure_stage, azure_step
from tests.projects import guid

_SET = re.compile(r"##vso\[task\.setvariable variable=(\w+);isOutput=true\](.*)")


def step(repo: Repository, stage: str, title: str) -> Ended:
    return repo.run(azure_step(stage, title), AZURE_SHELL)


def good(repo: Repository, stage: str, title: str) -> str:
    ended = step(repo, stage, title)
    assert ended.code == 0, ended.output
    return ended.output


@pytest.fixture
def repo(repo: Repository, tmp_path: Path) -> Repository:
    repo.environ["PIPELINE_WORKSPACE"] = str(tmp_path / "workspace")
    (tmp_path / "workspace/plan").mkdir(parents=True)
    repo.git("remote", "add", "origin", str(repo.folder))
    repo.environ["BUILD_SOURCEVERSION"] = repo.git("rev-parse", "HEAD")
    return repo


def hand_over(repo: Repository, said: str) -> dict[str, str]:
    """Do as Azure does between the stages: pass the variables on, and the artifact."""
    variables = dict(_SET.findall(said))
    repo.environ["SHA256"] = variables["sha256"]
    workspace = Path(repo.environ["PIPELINE_WORKSPACE"])
    (workspace / "plan/plan.json").write_text(repo.text("plan.json"), "utf-8")
    (repo.folder / "plan.json").unlink()
    return variables


def test_a_pull_request_is_checked_and_compared(repo: Repository) -> None:
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.want(*range(1, 12))
    repo.commit("One sells no more")
    repo.merge("feature")
    good(repo, "Review", "Validate")
    said = good(repo, "Review", "Compare")
    assert f"##vso[task.uploadsummary]{repo.folder}/diff.md" in said
    assert "1 to revoke" in said
    assert repo.text("validate.xml").startswith("<?xml")


def test_a_mistake_fails_the_review_and_is_kept_for_the_test_tab(repo: Repository) -> None:
    repo.project.write("desired/groups.yaml", "groups: 7\n")
    assert step(repo, "Review", "Validate").code == 1
    assert "<failure" in repo.text("validate.xml")
    assert step(repo, "Review", "Compare").code == 1


def test_a_plan_is_applied_after_approval_and_no_other(repo: Repository) -> None:
    said = good(repo, "Plan", "Plan")
    assert hand_over(repo, said)["code"] == "2"
    condition = azure_stage("Apply")["condition"]
    assert condition == "and(succeeded(), eq(dependencies.Plan.outputs['plan.plan.code'], '2'))"
    sha256 = repo.environ["SHA256"]
    repo.environ["SHA256"] = "0" * 64
    assert step(repo, "Apply", "Apply").code == 1
    assert repo.project.held()["accounts"] == []
    repo.environ["SHA256"] = sha256
    good(repo, "Apply", "Apply")
    assert len(repo.project.held()["accounts"]) == 12
    assert step(repo, "Apply", "Apply").code == 4


def test_where_there_is_nothing_to_carry_out_the_plan_writes_the_ledger(repo: Repository) -> None:
    repo.want(people=0)
    assert hand_over(repo, good(repo, "Plan", "Plan"))["code"] == "0"
    assert repo.project.ledger.exists()


def test_a_refused_plan_fails_with_3_and_sets_no_variable(repo: Repository) -> None:
    repo.want(1, protected=True)
    ended = step(repo, "Plan", "Plan")
    assert ended.code == 3
    assert "setvariable" not in ended.output
    assert "Refused by" in repo.text("plan.md")


def test_an_audit_fails_while_issues_are_open(repo: Repository) -> None:
    held = repo.project.held()
    held["accounts"].append({"userGUID": guid(99), "userName": "stranger", "isEnabled": True})
    seed(repo.project.tenant, held)
    ended = step(repo, "Audit", "Audit")
    assert ended.code == 2
    assert "task.uploadsummary" in ended.output
    assert "stranger" in repo.text("audit.md")


def test_the_job_that_has_the_token_runs_nothing_of_the_pull_request_nor_for_a_fork() -> None:
    review, comment = azure_stage("Review")["jobs"]
    assert "AccessToken" not in json.dumps(review)
    assert "System.AccessToken" in json.dumps(comment)
    assert all(each.get("checkout") != "self" for each in comment["steps"])
    assert "eq(variables['Build.Repository.Provider'], 'TfsGit')" in comment["condition"]
    assert "ne(variables['System.PullRequest.IsFork'], 'True')" in comment["condition"]


@pytest.mark.parametrize("stage", ["Plan", "Apply", "Audit"])
def test_secrets_are_given_step_by_step_to_stages_of_main_alone(stage: str) -> None:
    found = azure_stage(stage)
    assert {"group": "helloid"} in found["variables"]
    assert "group" not in azure_stage("Review")["variables"]
    before = {"Plan": "refs/heads/main", "Apply": "dependencies.Plan", "Audit": "'Schedule'"}
    assert before[stage] in found["condition"]
