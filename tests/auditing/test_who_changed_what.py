"""Whose doing an issue is: the files, the tenant, or both, and the last apply that touched it."""

import json
import random
from pathlib import Path
from typing import Any

from reconciler.flows.findings import PAGE, last_touches
from reconciler.ledger.memory import MemoryLedger
from reconciler.model.address import AccountName, AccountRef, PersonId
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus
from tests.auditing.drifting import GROUPS, PRODUCTS, Drifted, desired, guid, settings
from tests.auditing.test_reports_kept import differs, drift
from tests.projects import Project, tenant_of


def audit(project: Project, *options: str) -> list[dict[str, Any]]:
    return project.good("audit", "--no-record", "--format", "json", *options).json["issues"]


def only(project: Project) -> dict[str, Any]:
    (issue,) = audit(project)
    return issue


def latest(project: Project) -> dict[str, Any]:
    return project.good("history", "--format", "json").json["runs"][0]


# ---------------------------------------------------------------- files or tenant


def test_a_field_changed_by_hand_was_changed_in_the_tenant(project: Project) -> None:
    drift(project, differs(1))
    issue = only(project)
    assert issue["changed_in"] == "tenant"
    assert issue["fields"] == [
        {
            "field": "firstName",
            "desired": "Given1",
            "recorded": "Given1",
            "actual": "Given1 by hand",
            "changed_in": "tenant",
        }
    ]


def test_a_field_that_both_changed_says_so_whether_it_is_updated_or_left(project: Project) -> None:
    made = drift(project, differs(1))
    made.desired["persons"][0]["Name"]["NickName"] = "Anders"
    project.want(made.desired)
    for automatic in ("report", "update"):
        project.set(settings(account_differs=automatic))
        issue = only(project)
        (field,) = [each for each in issue["fields"] if each["field"] == "firstName"]
        assert (field["desired"], field["recorded"]) == ("Anders", "Given1")
        assert (field["actual"], field["changed_in"]) == ("Given1 by hand", "both")
        assert issue["changed_in"] == "both"


def test_fields_that_only_the_files_changed_are_told_apart(project: Project) -> None:
    made = drift(project, differs(1))
    made.desired["persons"][0]["Name"]["FamilyName"] = "Bakker"
    project.want(made.desired)
    issue = only(project)
    found = {each["field"]: each["changed_in"] for each in issue["fields"]}
    assert found["firstName"] == "tenant"
    assert found["lastName"] == "files"
    assert issue["changed_in"] == "both"


def test_a_change_in_the_files_alone_is_no_issue(project: Project) -> None:
    changed = desired()
    changed["persons"][0]["Name"]["FamilyName"] = "Bakker"
    project.want(changed)
    assert audit(project) == []


def test_before_the_first_apply_nobody_can_say(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "fresh", settings())
    project.want(desired())
    held = tenant_of([*GROUPS], [*PRODUCTS])
    held["accounts"] = [{"userGUID": guid(1), "userName": "x@example.org", "isEnabled": True}]
    project.seed(held)
    issue = only(project)
    assert (issue["type"], issue["changed_in"]) == ("account_unmanaged", "unknown")
    assert issue["last_apply"] is None


def test_of_a_person_with_two_accounts_it_is_told_who_moved(project: Project) -> None:
    drift(project, lambda it: it.double(1))
    assert only(project)["changed_in"] == "tenant"


def test_a_person_of_the_files_who_takes_to_a_strangers_name_moved_in_the_files(
    project: Project,
) -> None:
    made = drift(project, lambda it: it.stranger(1))
    made.desired["persons"][0]["Accounts"]["EntraID"]["userPrincipalName"] = "Stranger1@example.org"
    project.want(made.desired)
    issue = only(project)
    assert (issue["type"], issue["changed_in"]) == ("person_multiple_accounts", "files")


def test_an_account_renamed_into_another_persons_name_moved_in_the_tenant(project: Project) -> None:
    made = Drifted(project, random.Random(1))  # noqa: S311 - drift needs no secrecy
    made.remove(2)
    made.of(1)["userName"] = "given2.visser@example.org"
    made.settle()
    found = {each["type"]: each["changed_in"] for each in audit(project)}
    assert found["account_multiple_persons"] == "tenant"


# ---------------------------------------------------------------- the last apply


def test_a_grant_that_was_taken_says_which_apply_gave_it(project: Project) -> None:
    run = latest(project)
    drift(project, lambda it: it.take(2, "Staff"), lambda it: it.take(3, "CRM"))
    found = {each["permission"]["name"]: each["last_apply"] for each in audit(project)}
    assert found["Staff"]["action"] == "grant_group"
    assert found["CRM"]["action"] == "grant_product"
    for touch in found.values():
        assert (touch["run"], touch["by"], touch["status"]) == (run["id"], run["by"], "done")
        assert run["started_at"] <= touch["at"] <= run["ended_at"]


def test_a_grant_given_back_by_hand_says_which_apply_revoked_it(project: Project) -> None:
    changed = desired()
    changed["groups"][1]["members"].remove("1")
    project.want(changed)
    project.good("apply", "--auto-approve", "-q")
    made = Drifted(project, random.Random(1), changed)  # noqa: S311 - drift needs no secrecy
    made.give(1, "Sales")
    made.settle()
    touch = only(project)["last_apply"]
    assert (touch["action"], touch["run"]) == ("revoke_group", latest(project)["id"])


def test_a_grant_that_was_found_in_place_was_taken_over(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "adopting", settings())
    project.want(desired())
    held = tenant_of([*GROUPS], [*PRODUCTS])
    held["accounts"] = [
        {"userGUID": guid(1), "userName": "given1.visser@example.org", "isEnabled": True}
    ]
    held["groups"][0]["users"] = [guid(1)]
    project.seed(held)
    project.good("apply", "--auto-approve", "-q")
    made = drift(project, lambda it: it.take(1, "Staff"), differs(1))
    assert made.injected
    found = {each["type"]: each["last_apply"]["action"] for each in audit(project)}
    assert found["permission_missing"] == "adopt"
    assert found["account_differs"] in {"update_account", "correlate_account"}


def test_an_account_says_the_last_thing_an_apply_did_to_it(project: Project) -> None:
    drift(project, lambda it: it.vanish(1), lambda it: it.flip(2), lambda it: it.stranger(3))
    created = {each["type"]: each["last_apply"] for each in audit(project)}
    assert created["account_unmanaged"] is None
    assert created["account_missing"]["action"] in {"create_account", "enable_account"}

    project.set(settings(account_incorrectly_has_no_access="enable"))
    project.good("apply", "--auto-approve", "-q")
    drift(project, lambda it: it.flip(2))
    (flipped,) = audit(project, "--type", "account_incorrectly_has_no_access")
    assert flipped["last_apply"]["action"] == "enable_account"
    assert flipped["last_apply"]["run"] == latest(project)["id"]


# ---------------------------------------------------------------- many runs


class Watched(MemoryLedger):
    """A ledger that says how far it was read."""

    def __init__(self) -> None:
        super().__init__("https://tenant.helloid.com/api/v1")
        self.read: list[str] = []

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> tuple[Run, ...]:
        runs = tuple(super().latest_runs(limit, before, since))
        self.read += [run.id for run in runs]
        return runs


def with_runs(*plans: str) -> Watched:
    """Return a ledger with a run of each plan, of whose actions each was done."""
    ledger = Watched()
    for number, plan in enumerate(plans):
        run = RunId(f"run-{number}")
        at = f"2026-11-{number % 28 + 1:02}T10:00:00+00:00"
        begun = Run(run, f"sha256:{number}", at, None, RunStatus.RUNNING, "Anna", None, plan)
        ledger.begin(begun)
        ledger.settle(run, [Entry(StepId("a"), StepStatus.DONE, at)], [])
        ledger.end(run, RunStatus.DONE, at, [])
    return ledger


def plan_about(ref: str, kind: str = "update_account") -> str:
    account = {"user_guid": ref, "user_name": ref}
    return json.dumps(
        {"actions": [{"id": "a", "kind": kind, "person": "1", "account": account}], "adopts": []}
    )


def about(ref: str) -> Issue:
    account = AccountName(AccountRef(ref), ref)
    kind, status = IssueType.ACCOUNT_DIFFERS, IssueStatus.OPEN
    return Issue(ref, kind, PersonId("1"), account, None, status, None, "")


def test_runs_are_read_no_further_back_than_until_all_is_found() -> None:
    ledger = with_runs(*[plan_about("old")] * 40, plan_about("new"), *[plan_about("other")] * 3)
    found = last_touches(ledger, [about("new")])
    assert [touch.run for touch in found.values()] == ["run-40"]
    assert len(ledger.read) == PAGE
    last_touches(ledger, [about("new"), about("nobody")])
    assert len(ledger.read) == PAGE + 44


def test_the_latest_of_many_runs_is_the_last_apply() -> None:
    ledger = with_runs(*[plan_about("new")] * 25)
    (touch,) = last_touches(ledger, [about("new")]).values()
    assert touch.run == "run-24"


def test_a_run_whose_plan_cannot_be_read_tells_nothing() -> None:
    ledger = with_runs(plan_about("new"), "no JSON", '{"actions": 3}')
    (touch,) = last_touches(ledger, [about("new")]).values()
    assert touch.run == "run-0"


def test_without_issues_no_run_is_read() -> None:
    ledger = with_runs(plan_about("new"))
    assert last_touches(ledger, []) == {}
    assert ledger.read == []
