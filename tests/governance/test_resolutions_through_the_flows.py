"""Resolutions from the files to the tenant: through plan, safeguards and apply, on the day that counts."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import seed
from tests.projects import Project, account, group, guid, person, tenant_of

PEOPLE = [person(1, "Anna", "Visser"), person(2, "Bram", "Kok")]
DESIRED: dict[str, Any] = {
    "persons": PEOPLE,
    "accounts": [account(1), account(2)],
    "groups": [group("Sales", 1, 2)],
}
ANNA, STRANGER = "anna.visser@example.org", "old.intern@example.org"
DAY = ("--as-of", "2027-01-15")


def stranger(name: str = STRANGER) -> dict[str, Any]:
    return {"userGUID": guid(0x900), "userName": name, "isEnabled": True, "firstName": "Olga"}


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Anna holds Staff besides, which nobody asked for; and somebody is nobody's."""
    made = Project.at(tmp_path_factory.mktemp("drifted") / "project")
    made.want(DESIRED)
    made.seed(tenant_of(["Sales", "Staff"]))
    made.good("apply", "--auto-approve", "-q")
    held = made.held()
    anna = next(each["userGUID"] for each in held["accounts"] if each["userName"] == ANNA)
    for each in held["groups"]:
        each["users"] = [*each["users"], anna] if each["name"] == "Staff" else each["users"]
    seed(made.tenant, {**held, "accounts": [*held["accounts"], stranger()]})
    return made


@pytest.fixture
def project(drifted: Project, tmp_path: Path) -> Project:
    return drifted.copy(tmp_path / "project")


def decide(project: Project, *entries: dict[str, Any]) -> None:
    project.want({**DESIRED, "resolutions": list(entries)})


def entry(
    issue: str = "account_unmanaged", resolution: str = "delete", **more: Any
) -> dict[str, Any]:
    about = {"account": STRANGER}
    if issue == "permission_unmanaged":
        about = {"account": ANNA, "permission": {"group": "Staff"}}
    return {"issue": issue, **about, "resolution": resolution, **more}


def plan(project: Project, *options: str) -> Any:
    return project.good("plan", "--format", "json", *options).json


def kinds(document: Any) -> list[str]:
    return [each["kind"] for each in document["actions"]]


def statuses(document: Any) -> dict[str, str]:
    return {each["type"]: each["status"] for each in document["issues"]}


def users(project: Project) -> dict[str, Any]:
    return {
        each["userName"]: each for each in project.held()["accounts"] if not each.get("isDeleted")
    }


def test_what_the_files_decide_is_applied_and_nothing_else(project: Project) -> None:
    before = project.held()
    decide(project, entry(resolution="disable"), entry("permission_unmanaged", "revoke"))
    project.good("plan", "-o", "plan.json")
    drawn = project.read("plan.json")
    assert kinds(drawn) == ["revoke_group", "disable_account"]
    for action in drawn["actions"]:
        assert action["cause"]["kind"] == "resolution"
        assert action["cause"]["source"].startswith("desired/resolutions.yaml:")
    project.good("apply", "plan.json")
    after = project.held()
    assert users(project)[STRANGER]["isEnabled"] is False
    assert {each["name"]: each["users"] for each in after["groups"]}["Staff"] == []
    changed = [
        new for old, new in zip(before["accounts"], after["accounts"], strict=True) if old != new
    ]
    assert [each["userName"] for each in changed] == [STRANGER]
    again = plan(project)
    assert again["actions"] == []
    assert statuses(again) == {"account_unmanaged": "open"}
    assert sum("Take it out" in warning for warning in again["warnings"]) == 2


def test_nothing_is_recorded_of_what_was_never_ours(project: Project) -> None:
    decide(project, entry(resolution="delete"), entry("permission_unmanaged", "revoke"))
    project.good("apply", "--auto-approve", "-q")
    assert STRANGER not in users(project)
    decide(project)
    again = plan(project)
    assert (again["actions"], again["issues"]) == ([], [])
    assert again["bookkeeping"]["forgets_grants"] == []
    assert again["bookkeeping"]["forgets_accounts"] == []


def test_an_exclusion_ends_on_its_very_day(project: Project) -> None:
    decide(
        project,
        entry(
            "permission_unmanaged",
            "exclude",
            **{"from": "2026-10-15"},
            period="3 months",
            reason="R",
        ),
    )
    assert statuses(plan(project, "--as-of", "2026-10-14"))["permission_unmanaged"] == "open"
    for day in ("2026-10-15", "2027-01-14"):
        document = plan(project, "--as-of", day)
        assert statuses(document)["permission_unmanaged"] == "excluded"
        assert not any("exclusion ended" in each for each in document["warnings"])
    back = plan(project, *DAY)
    assert statuses(back)["permission_unmanaged"] == "open"
    assert [each for each in back["warnings"] if "ended on 2027-01-15" in each]


def test_what_comes_back_during_a_forecast_is_foreseen(project: Project) -> None:
    held = project.held()
    anna = next(each for each in held["accounts"] if each["userName"] == ANNA)
    anna["firstName"] = "Hacked"
    seed(project.tenant, held)
    accepted = {"issue": "account_differs", "account": ANNA, "resolution": "exclude"}
    decide(project, {**accepted, "until": "2027-01-15", "reason": "R"})
    days = project.good(
        "plan", "--as-of", "2027-01-01", "--until", "2027-02-01", "--format", "json"
    ).json["days"]
    told = {each["date"]: kinds(each) for each in days if each["actions"]}
    assert told == {"2027-01-15": ["update_account"]}


def test_two_that_name_one_account_differently_and_disagree_do_nothing(project: Project) -> None:
    decide(
        project, entry(resolution="delete"), {**entry(resolution="disable"), "account": guid(0x900)}
    )
    document = plan(project)
    assert kinds(document) == []
    assert statuses(document)["account_unmanaged"] == "open"
    assert any("decides otherwise about the same issue" in each for each in document["warnings"])


# ---------------------------------------------------------------- the issue is none any more


def saved(project: Project, *entries: dict[str, Any]) -> None:
    decide(project, *entries)
    project.good("plan", "-o", "plan.json")


def refused(project: Project, *because: str) -> None:
    before = project.held()
    ran = project.run("apply", "plan.json")
    assert ran.code == 4, ran
    for each in because:
        assert each in ran.err
    assert project.held() == before
    assert project.run("apply", "--skip-stale", "plan.json").code == 5
    assert project.held() == before


def test_an_account_that_the_files_give_a_person_by_now_is_not_deleted(project: Project) -> None:
    saved(project, entry())
    olga = person(3, "Old", "Intern")
    olga["Accounts"]["EntraID"]["userPrincipalName"] = STRANGER
    project.want(
        {**DESIRED, "persons": [*PEOPLE, olga], "accounts": [*DESIRED["accounts"], account(3)]}
    )
    refused(project, "the account belongs to a person now")


def test_an_account_that_another_apply_took_over_is_not_deleted(project: Project) -> None:
    saved(project, entry())
    olga = person(3, "Old", "Intern")
    olga["Accounts"]["EntraID"]["userPrincipalName"] = STRANGER
    wider = {**DESIRED, "persons": [*PEOPLE, olga], "accounts": [*DESIRED["accounts"], account(3)]}
    project.want(wider)
    project.good("apply", "--auto-approve", "-q")
    decide(project, entry())
    refused(project, "the account belongs to a person now")


def test_a_stranger_who_was_disabled_or_renamed_meanwhile_is_left(project: Project) -> None:
    saved(project, entry(resolution="disable"))
    held = project.held()
    for change, why in (
        ({"isEnabled": False}, "isEnabled has changed in the tenant"),
        ({"userName": "other@example.org"}, "the account is called other@example.org now"),
    ):
        users = [
            {**each, **change} if each["userName"] == STRANGER else each
            for each in held["accounts"]
        ]
        seed(project.tenant, {**held, "accounts": users})
        before = project.held()
        ran = project.run("apply", "plan.json")
        assert (ran.code, why in ran.err) == (4, True), ran
        assert project.held() == before


def test_a_grant_that_the_files_ask_for_by_now_is_not_revoked(project: Project) -> None:
    saved(project, entry("permission_unmanaged", "revoke"))
    project.want({**DESIRED, "groups": [*DESIRED["groups"], group("Staff", 1)]})
    refused(project, "the files ask for the grant now")


def test_a_grant_that_another_apply_took_over_is_not_revoked(project: Project) -> None:
    saved(project, entry("permission_unmanaged", "revoke"))
    project.want({**DESIRED, "groups": [*DESIRED["groups"], group("Staff", 1)]})
    project.good("apply", "--auto-approve", "-q")
    decide(project, entry("permission_unmanaged", "revoke"))
    refused(project, "another apply took the grant over")


# ---------------------------------------------------------------- safeguards and ways of planning


def strangers(project: Project, count: int) -> None:
    held = project.held()
    more = [
        {"userGUID": guid(0x900 + n), "userName": f"s{n}@example.org", "isEnabled": True}
        for n in range(1, count)
    ]
    sales = next(each for each in held["groups"] if each["name"] == "Sales")
    sales["users"] = [*sales["users"], *(each["userGUID"] for each in more)]
    seed(project.tenant, {**held, "accounts": [*held["accounts"], *more]})


def test_deleting_strangers_is_limited_like_any_deletion(project: Project) -> None:
    strangers(project, 14)
    names = [STRANGER, *(f"s{n}@example.org" for n in range(1, 14))]
    decide(project, *({**entry(), "account": name} for name in names))
    ran = project.run("plan", "--format", "json")
    assert ran.code == 3
    failed = {
        each["rule"]: each["value"] for each in ran.json["checks"] if each["status"] == "fail"
    }
    assert failed == {"limit.delete_account": 14, "limit.members_lost/Sales": 13}


def test_a_protected_stranger_needs_to_be_allowed(project: Project) -> None:
    project.set({"safeguards": {"protected_accounts": ["old.*"]}})
    decide(project, entry())
    assert project.run("plan").code == 3
    assert kinds(plan(project, "--allow-protected")) == ["delete_account"]


def test_additive_holds_what_a_resolution_takes_away(project: Project) -> None:
    decide(project, entry(), entry("permission_unmanaged", "revoke"))
    document = plan(project, "--additive")
    assert document["actions"] == []
    assert [each["kind"] for each in document["held"]] == ["revoke_group", "delete_account"]
    assert set(statuses(document).values()) == {"open"}


def test_a_person_s_plan_leaves_strangers_alone(project: Project) -> None:
    decide(project, entry(), entry("permission_unmanaged", "revoke"))
    document = plan(project, "--person", "1")
    assert kinds(document) == ["revoke_group"]
    assert statuses(document) == {"permission_unmanaged": "resolved"}
    assert document["warnings"] == []


def test_an_entry_about_an_account_out_of_scope_is_told(project: Project) -> None:
    decide(project, {**entry(), "account": "svc-backup"})
    (warning,) = plan(project)["warnings"]
    assert "scope.accounts leaves the account out" in warning
    assert "desired/resolutions.yaml:1" in warning


def test_without_a_ledger_resolve_is_put_off_with_a_warning(project: Project) -> None:
    project.set({"ledger": "none"})
    decide(project, entry(resolution="resolve"))
    document = plan(project)
    assert statuses(document)["account_unmanaged"] == "postponed"
    assert any("`ledger: none`" in each for each in document["warnings"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"resolution": "revoke"}, "`revoke` does not resolve `account_unmanaged`."),
        ({"resolution": "exclude"}, "An exclusion needs a `reason`"),
        ({"person": "1"}, "is named by `account`; `person` says nothing more."),
    ],
)
def test_what_the_table_does_not_offer_is_refused_with_file_and_line(
    project: Project, more: dict[str, Any], said: str
) -> None:
    decide(project, {**entry(), **more})
    for command in (("validate",), ("plan",)):
        ran = project.run(*command)
        assert ran.code == 1
        assert said in one_line(ran.out, ran.err)
        assert "desired/resolutions.yaml:1" in one_line(ran.out, ran.err)


def one_line(*texts: str) -> str:
    return " ".join(" ".join(texts).split())
