"""The workflows of GitHub, their shell lines run as GitHub runs them."""

import hashlib
import json
from pathlib import Path

import pytest

from reconciler.sandbox import seed
from tests.forges.doubles import TOKEN, served
from tests.forges.github import GitHub
from tests.pipelines.repositories import GITHUB_SHELL, Ended, Repository
from tests.pipelines.steps import action_step, job_of, step_of
from tests.projects import guid

VALIDATE = step_of("review", "review", "Validate")
COMPARE = step_of("review", "review", "Compare")
COMMENT = step_of("review", "comment", "Comment")
PLAN = step_of("deliver", "plan", "Plan")
LEDGER = step_of("deliver", "plan", "Write the ledger")
APPLY = step_of("deliver", "apply", "Apply")
AUDIT = step_of("audit", "audit", "Audit")


@pytest.fixture
def repo(repo: Repository, tmp_path: Path) -> Repository:
    files = {name: tmp_path / name for name in ("output", "summary", "path")}
    for path in files.values():
        path.touch()
    repo.environ |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(files["output"]),
        "GITHUB_STEP_SUMMARY": str(files["summary"]),
        "GITHUB_PATH": str(files["path"]),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_SHA": repo.git("rev-parse", "HEAD"),
    }
    return repo


def outputs(repo: Repository) -> dict[str, str]:
    lines = Path(repo.environ["GITHUB_OUTPUT"]).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def summary(repo: Repository) -> str:
    return Path(repo.environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def apply(repo: Repository, sha256: str) -> Ended:
    return repo.run(APPLY, filled={"needs.plan.outputs.sha256": sha256})


# ---------------------------------------------------------------- on a pull request


def test_files_without_a_problem_pass(repo: Repository) -> None:
    repo.good(VALIDATE)


def test_a_mistake_is_an_annotation_on_its_line(repo: Repository) -> None:
    repo.project.write("desired/groups.yaml", "groups:\n  - name: Sales\n    membres: []\n")
    ended = repo.run(VALIDATE)
    assert ended.code == 1
    assert "::error file=desired/groups.yaml,line=3,col=5" in ended.output


def test_who_gains_and_loses_what_is_on_the_page_of_the_run_and_kept_for_the_comment(
    repo: Repository,
) -> None:
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.want(*range(1, 12))
    repo.commit("One sells no more")
    repo.git("checkout", "--quiet", "main")
    repo.project.write("README.md", "Main went on")
    repo.commit("Main goes on")
    repo.merge("feature")
    repo.good(COMPARE)
    assert "## Diff: 1 to revoke." in summary(repo)
    assert [each["kind"] for each in json.loads(repo.text("diff.json"))["changes"]] == [
        "revoke_group"
    ]


def test_a_pull_request_that_changes_nobody_says_so(repo: Repository) -> None:
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.project.write("README.md", "Words")
    repo.commit("Words")
    repo.merge("feature")
    repo.good(COMPARE)
    assert "No differences" in summary(repo)
    assert json.loads(repo.text("diff.json"))["changes"] == []


def test_a_merge_whose_files_have_a_mistake_is_not_compared(repo: Repository) -> None:
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.project.write("desired/groups.yaml", "groups: 7\n")
    repo.commit("Mistake")
    repo.merge("feature")
    assert repo.run(COMPARE).code == 1
    assert summary(repo) == ""


def test_a_pull_request_of_a_fork_needs_nothing_of_the_environment(repo: Repository) -> None:
    credentials = {"api_key": "${HELLOID_API_KEY}", "api_secret": "${HELLOID_API_SECRET}"}
    settings = {"target": credentials, "ledger": "${RECONCILER_LEDGER}"}
    repo.project.set(settings, base_url="${HELLOID_BASE_URL}")
    repo.commit("A real tenant")
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.want(1)
    repo.commit("One sells")
    repo.merge("feature")
    repo.good(VALIDATE)
    repo.good(COMPARE)
    assert "## Diff: 11 to revoke." in summary(repo)


def test_a_plan_goes_through_approval_to_the_tenant(repo: Repository) -> None:
    repo.good(PLAN)
    assert "## Plan: 12 to create" in summary(repo)
    given = outputs(repo)
    assert given["code"] == "2"
    assert given["sha256"] == hashlib.sha256(repo.text("plan.json").encode()).hexdigest()
    assert job_of("deliver", "apply")["if"] == "needs.plan.outputs.code == '2'"

    ended = apply(repo, given["sha256"])
    assert ended.code == 0, ended.output
    assert len(repo.project.held()["accounts"]) == 12
    assert apply(repo, given["sha256"]).code == 4  # applied already


def test_another_plan_than_the_one_reviewed_is_not_applied(repo: Repository) -> None:
    repo.good(PLAN)
    reviewed = outputs(repo)["sha256"]
    repo.want(1, people=3)
    repo.good(PLAN)
    ended = apply(repo, reviewed)
    assert ended.code == 1
    assert "FAILED" in ended.output
    assert repo.project.held()["accounts"] == []


def test_a_plan_without_differences_only_writes_the_ledger(repo: Repository) -> None:
    repo.good(PLAN)
    assert apply(repo, outputs(repo)["sha256"]).code == 0
    repo.project.ledger.unlink()  # as after the loss of a ledger: everything is taken over as it is
    held = repo.project.held()
    repo.good(PLAN)
    assert outputs(repo)["code"] == "0"
    repo.good(LEDGER)
    assert repo.project.held() == held
    assert repo.project.ledger.exists()
    repo.good(PLAN)
    assert json.loads(repo.text("plan.json"))["adopts"] == []


def test_a_refused_plan_fails_with_3_and_is_shown_and_kept(repo: Repository) -> None:
    repo.want(1, protected=True)
    ended = repo.run(PLAN)
    assert ended.code == 3, ended.output
    assert "Refused by" in summary(repo)
    assert "code" not in outputs(repo)
    assert (repo.folder / "plan.json").exists()


def test_a_stale_plan_fails_with_4_and_changes_nothing(repo: Repository) -> None:
    repo.good(PLAN)
    assert apply(repo, outputs(repo)["sha256"]).code == 0
    repo.want(*range(1, 12))
    repo.good(PLAN)
    held = repo.project.held()
    for each in held["groups"]:
        each["users"] = []
    seed(repo.project.tenant, held)
    ended = apply(repo, outputs(repo)["sha256"])
    assert ended.code == 4, ended.output
    assert repo.project.held()["groups"] == held["groups"]


def test_files_with_a_mistake_make_no_plan(repo: Repository) -> None:
    repo.project.write("desired/groups.yaml", "groups: 7\n")
    ended = repo.run(PLAN)
    assert ended.code == 1, ended.output
    assert "code" not in outputs(repo)
    assert not (repo.folder / "plan.json").exists()


def test_what_the_environment_of_the_job_holds_reaches_the_settings_and_no_log(
    repo: Repository,
) -> None:
    credentials = {"api_key": "${HELLOID_API_KEY}", "api_secret": "${HELLOID_API_SECRET}"}
    settings = {"target": credentials, "ledger": "${RECONCILER_LEDGER}"}
    repo.project.set(settings, base_url="${HELLOID_BASE_URL}")
    filled = {
        "vars.HELLOID_BASE_URL": "http://127.0.0.1:9/api/v1",
        "secrets.HELLOID_API_KEY": "key-5f2d",
        "secrets.HELLOID_API_SECRET": "secret-81ac",
        "secrets.RECONCILER_LEDGER": "none",
    }
    repo.environ |= job_of("review", "review")["env"]
    repo.good(VALIDATE)
    for name in filled:
        ended = repo.run(PLAN, filled={**filled, "vars.HELLOID_BASE_URL": "sandbox:t.db", name: ""})
        unset = name == "vars.HELLOID_BASE_URL" or name == "secrets.RECONCILER_LEDGER"
        assert (ended.code == 1) is unset, ended.output
        assert "secret-81ac" not in ended.output + summary(repo)


# ---------------------------------------------------------------- the comment


def test_the_comment_follows_the_pull_request(repo: Repository) -> None:
    double = GitHub()
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.want(1)
    repo.commit("One sells")
    repo.merge("feature")
    repo.good(COMPARE)
    with served(double.app()) as base:
        repo.environ |= {
            "GITHUB_REPOSITORY": "example/staff",
            "GITHUB_API_URL": base,
            "GITHUB_REF": "refs/pull/5/merge",
        }
        said = repo.good(COMMENT, filled={"github.token": TOKEN})
        assert "Comment written on GitHub example/staff#5" in said
        assert double.labels == ["reconciler: removals"]
    assert "## Diff: 11 to revoke." in double.bodies[0]


# ---------------------------------------------------------------- the audit


def test_an_audit_fails_while_issues_are_open_and_shows_them(repo: Repository) -> None:
    repo.want(people=0)
    repo.good(AUDIT)
    held = repo.project.held()
    held["accounts"].append({"userGUID": guid(99), "userName": "stranger", "isEnabled": True})
    seed(repo.project.tenant, held)
    ended = repo.run(AUDIT)
    assert ended.code == 2, ended.output
    assert "stranger" in summary(repo)


# ---------------------------------------------------------------- the action


@pytest.mark.parametrize(
    ("command", "arguments", "accept", "code", "told"),
    [
        ("validate", "", "0", 0, "0"),
        ("plan", "--detailed-exitcode\n--person\n5\n", "0", 2, "2"),
        ("plan", "--detailed-exitcode", "0 2", 0, "2"),
        ("explain", "10 5", "0", 1, "1"),
        ("validate", "--format\njson\n\n-o\nout of the way.json", "0", 0, "0"),
        ("nonsense", "", "0 2", 64, "64"),
        ("validate", "$(touch owned)\n`touch owned`; touch owned", "64", 0, "64"),
    ],
)
def test_the_action_runs_a_command_with_its_arguments_one_a_line(
    command: str, arguments: str, accept: str, code: int, told: str, repo: Repository
) -> None:
    filled = {
        "inputs.command": command,
        "inputs.arguments": arguments,
        "inputs.accept": accept,
    }
    ended = repo.run(action_step("Run"), GITHUB_SHELL, filled)
    assert ended.code == code, ended.output
    assert outputs(repo) == {"exit-code": told}
    assert not (repo.folder / "owned").exists()
