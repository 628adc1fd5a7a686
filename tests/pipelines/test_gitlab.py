"""The template of GitLab, its jobs run as GitLab runs them."""

import json

from reconciler.sandbox import seed
from tests.forges.doubles import TOKEN, served
from tests.forges.gitlab import GitLab
from tests.pipelines.repositories import GITLAB_SHELL, Ended, Repository
from tests.pipelines.steps import GITLAB, GITLAB_PROJECT, documents, gitlab_job
from tests.projects import guid


def job(repo: Repository, name: str, **environ: str) -> Ended:
    known = {"CI_REPOSITORY_URL": str(repo.folder), "CI_COMMIT_BRANCH": "main"}
    repo.environ |= {**known, "CI_COMMIT_SHA": repo.git("rev-parse", "HEAD"), **environ}
    return repo.run(gitlab_job(name, image="example"), GITLAB_SHELL)


def good(repo: Repository, name: str, **environ: str) -> str:
    ended = job(repo, name, **environ)
    assert ended.code == 0, ended.output
    return ended.output


def dotenv(repo: Repository) -> dict[str, str]:
    return dict(line.split("=", 1) for line in repo.text("plan.env").splitlines())


def test_a_merge_request_is_checked_compared_and_commented(repo: Repository) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.want(*range(1, 12))
    repo.commit("One sells no more")
    said = good(repo, "review", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert "1 to revoke" in said
    assert json.loads(repo.text("validate.json")) == []
    double = GitLab()
    with served(double.app()) as at:
        pipeline = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{at}/api/v4",
            "CI_PROJECT_ID": "77",
            "CI_MERGE_REQUEST_IID": "5",
        }
        good(repo, "comment", **pipeline, GITLAB_TOKEN=TOKEN)
    assert "## Diff: 1 to revoke." in double.bodies[0]
    assert double.labels == ["reconciler: removals"]


def test_a_mistake_fails_the_job_and_is_kept_for_the_merge_request(repo: Repository) -> None:
    repo.project.write("desired/groups.yaml", "groups:\n  - name: Sales\n    membres: []\n")
    ended = job(repo, "review", CI_MERGE_REQUEST_DIFF_BASE_SHA="HEAD")
    assert ended.code == 1
    assert "desired/groups.yaml:3:5" in ended.output
    found = json.loads(repo.text("validate.json"))
    assert found[0]["location"]["path"] == "desired/groups.yaml"


def test_a_plan_is_applied_by_hand_and_no_other(repo: Repository) -> None:
    good(repo, "plan")
    variables = dotenv(repo)
    assert variables["PLAN_CODE"] == "2"
    assert repo.project.held()["accounts"] == []
    plan = repo.text("plan.json")
    repo.project.write("plan.json", plan.replace("Number1", "Number2"))
    assert job(repo, "apply", **variables).code == 1
    assert repo.project.held()["accounts"] == []
    repo.project.write("plan.json", plan)
    good(repo, "apply", **variables)
    assert len(repo.project.held()["accounts"]) == 12
    assert job(repo, "apply", **variables).code == 4


def test_where_there_is_nothing_to_carry_out_the_plan_writes_the_ledger(repo: Repository) -> None:
    repo.want(people=0)
    good(repo, "plan")
    assert dotenv(repo)["PLAN_CODE"] == "0"
    assert repo.project.ledger.exists()
    assert "There was nothing to carry out." in good(repo, "apply", **dotenv(repo))


def test_a_refused_plan_fails_with_3_and_has_no_variables_for_applying(repo: Repository) -> None:
    repo.want(1, protected=True)
    assert job(repo, "plan").code == 3
    assert not (repo.folder / "plan.env").exists()
    assert (repo.folder / "plan.json").exists()


def test_an_audit_fails_while_issues_are_open_and_is_kept(repo: Repository) -> None:
    held = repo.project.held()
    held["accounts"].append({"userGUID": guid(99), "userName": "stranger", "isEnabled": True})
    seed(repo.project.tenant, held)
    assert job(repo, "audit").code == 2
    assert "stranger" in repo.text("audit.html")


def test_a_project_may_be_in_a_folder_of_the_repository(repo: Repository) -> None:
    inside = repo.folder / "staff"
    inside.mkdir()
    for name in ("reconciler.yaml", "fieldMapping.json", "desired"):
        repo.git("mv", name, f"staff/{name}")
    repo.commit("Into a folder")
    step = gitlab_job("review", image="example", folder="staff")
    repo.environ |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}
    ended = repo.run(step, GITLAB_SHELL)
    assert ended.code == 0, ended.output
    assert (inside / "diff.json").exists()


def test_a_project_gives_the_template_the_inputs_that_it_asks_for() -> None:
    header, template = documents(GITLAB)
    given = documents(GITLAB_PROJECT)[0]["include"][0]
    asked = header["spec"]["inputs"]
    needed = {name for name, each in asked.items() if "default" not in each}
    assert needed <= set(given["inputs"]) <= set(asked)
    assert given["file"] == "/reconciler/templates/shared/gitlab.yml"
    stages = {each["stage"] for each in template.values() if "stage" in each}
    assert stages == set(template["stages"])


def test_only_the_default_branch_plans_and_only_a_hand_applies() -> None:
    template = documents(GITLAB)[1]
    for name in ("plan", "apply", "audit"):
        rules = template[f"reconciler:{name}"]["rules"]
        assert len(rules) == 1
        assert "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rules[0]["if"]
    assert template["reconciler:apply"]["rules"][0]["when"] == "manual"
    assert "allow_failure" not in template["reconciler:apply"]
    assert template["reconciler:apply"]["needs"] == ["reconciler:plan"]
