"""A rehearsal ends as the apply would, and neither tenant nor ledger notices."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.ledger import open_ledger
from reconciler.model.run import Run, RunId, RunStatus
from reconciler.sandbox import TenantSettings, create_app, seed, serving
from tests.cli.offices import Office, desired, user_name
from tests.projects import EMBEDDED, Project, Ran, account, group, person, tenant_of

KEY = ("api_key", "api_secret")
MEMBERS = """
    format_version base_url plan_digest snapshot_digest taken_at status actions errors summary warnings
    after again unknown
""".split()  # noqa: SIM905 - a list of names reads best as lines


def changed(office: Office) -> Office:
    """Ask for a new person, a person less, another state, and another group."""
    persons = [*desired()["persons"][1:], person(99, "Zoë", "Bakker")]
    office.want(persons=persons, accounts=[account(int(it["ExternalId"])) for it in persons])
    office.accounts("disabled", 20)
    office.members("Staff", *range(2, 31), 99)
    office.members("Sales", *range(2, 15))
    office.members("Admins", 2)
    office.members("CRM", *range(2, 15), 99)
    office.members("Laptop", 2)
    office.want(groups=[*office.desired["groups"], group("New", 2, 99, create=True)])
    return office


def planned(office: Office, *options: str) -> Office:
    office.project.good("plan", "-o", "plan.json", "-q", "--allow-protected", *options)
    return office


def rehearsed(office: Office, *options: str, code: int = 0) -> Any:
    ran = office.refused("rehearse", "plan.json", "--format", "json", *options)
    assert ran.code == code, ran
    return ran.json


def grants(held: dict[str, Any]) -> dict[str, Any]:
    """Return what a tenant holds, by names: a rehearsal makes other GUIDs than an apply."""
    names = {each["userGUID"]: each["userName"] for each in held["accounts"]}
    products = {each["productId"]: each["name"] for each in held["products"]}
    return {
        "accounts": sorted(
            (each["userName"], each["isEnabled"], each["isDeleted"]) for each in held["accounts"]
        ),
        "groups": {
            each["name"]: sorted(names[user] for user in each["users"]) for each in held["groups"]
        },
        "products": sorted(
            (products[each["productGuid"]], names[each["userGuid"]]) for each in held["assignments"]
        ),
    }


def test_a_rehearsal_ends_as_the_apply_that_follows(office: Office) -> None:
    planned(changed(office))
    rehearsal = rehearsed(office, "--after", "after.json")
    applied = office.project.good("apply", "plan.json", "--format", "json", "-q").json

    def ends(document: Any) -> Any:
        return [(it["id"], it["status"], it["error"]) for it in document["actions"]]

    assert list(rehearsal) == MEMBERS
    assert ends(rehearsal) == ends(applied)
    assert rehearsal["summary"] == applied["summary"]
    assert rehearsal["status"] == applied["status"] == "done"
    office.project.good("snapshot", "-o", "really.json", "-q")
    assert grants(office.project.read("after.json")) == grants(office.project.read("really.json"))
    assert rehearsal["again"] == {"summary": {}, "actions": [], "errors": []}
    assert office.project.run("plan", "--detailed-exitcode").code == 0


def test_it_tells_what_everybody_of_the_plan_holds_in_the_end(office: Office) -> None:
    planned(changed(office))
    after = {each["person"]: each for each in rehearsed(office)["after"]}

    assert set(after) == {"1", "2", "20", "99"}
    assert after["99"] == {
        "person": "99",
        "user_name": "zoë.bakker@example.org",
        "state": "enabled",
        "groups": ["New", "Staff"],
        "products": ["CRM"],
    }
    assert (after["1"]["state"], after["1"]["groups"]) == ("disabled", [])
    assert after["20"]["state"] == "disabled"
    assert after["2"]["groups"] == ["Admins", "New", "Sales", "Staff"]


def test_the_text_puts_first_what_would_not_be_done_and_says_what_nobody_can_know(
    office: Office,
) -> None:
    planned(changed(office))
    office.refused("rehearse", "plan.json")
    text = office.project.good("rehearse", "plan.json").out

    assert text.startswith("Rehearsal on a copy of sandbox:")
    assert "Person 99, account zoë.bakker@example.org: enabled" in text
    assert "What a rehearsal cannot know" in text
    assert text.endswith("A plan made afterwards has nothing left to do.\n")
    assert "Would fail" not in text


@pytest.mark.long
def test_of_a_large_plan_only_the_figures_unless_all_is_asked_for(tmp_path: Path) -> None:
    office = Office(Project.at(tmp_path / "project"), desired())
    office.want()
    office.project.seed(tenant_of(["Staff", "Sales", "Admins"], ["CRM", "Laptop"]))
    planned(office)
    short = office.project.good("rehearse", "plan.json").out
    full = office.project.good("rehearse", "plan.json", "--full").out

    assert "Afterwards (30 accounts)" in short
    assert user_name(3) not in short
    assert full.count("+ create account") == 30
    assert f"Person 3, account {user_name(3)}: enabled" in full


def test_a_name_that_is_taken_fails_here_instead_of_there(office: Office) -> None:
    # HelloID keeps the name of a deleted account: an account of that name cannot be made.
    changed(office)
    held = office.project.held()
    gone = {"userName": "zoë.bakker@example.org", "isDeleted": True, "isEnabled": False}
    held["accounts"].append({"userGUID": "00000000-0000-4000-8000-0000000000ff", **gone})
    seed(office.project.tenant, held)
    planned(office)
    rehearsal = rehearsed(office, code=5)

    failed = {it["kind"]: it for it in rehearsal["actions"] if it["status"] == "failed"}
    assert list(failed) == ["create_account"]
    assert failed["create_account"]["error"]
    assert rehearsal["summary"]["skipped"] >= 2
    assert rehearsal["again"]["summary"]["create_account"] == 1
    after = {each["person"]: each for each in rehearsal["after"]}
    assert after["99"]["state"] is None
    text = office.refused("rehearse", "plan.json").out
    assert (
        text.index("Would fail (1)") < text.index("Would be skipped") < text.index("Would be done")
    )
    assert "still has something to do" in text


@pytest.mark.parametrize("answer", ["pending", pytest.param("auto", marks=pytest.mark.long)])
def test_requests_wait_for_approval_where_the_copy_is_told_so(answer: str, office: Office) -> None:
    planned(changed(office))
    rehearsal = rehearsed(office, "--set", f"approval={answer}")
    statuses = {it["kind"]: it["status"] for it in rehearsal["actions"]}

    assert statuses["grant_product"] == {"pending": "pending", "auto": "done"}[answer]
    assert rehearsal["status"] == "done"
    assert rehearsal["again"]["actions"] == []


def test_a_copy_of_an_embedded_tenant_answers_as_that_does(office: Office) -> None:
    create_app(office.project.tenant, TenantSettings(approval="pending")).state.close()
    planned(changed(office))
    products = [it for it in rehearsed(office)["actions"] if it["kind"] == "grant_product"]
    assert {it["status"] for it in products} == {"pending"}


def test_a_setting_that_no_tenant_has_is_refused(office: Office) -> None:
    planned(changed(office))
    ran = office.refused("rehearse", "plan.json", "--set", "aproval=pending")
    assert ran.code == 1
    assert "Did you mean approval?" in ran.err
    assert office.refused("rehearse", "plan.json", "--set", "approval").code == 64


# ---------------------------------------------------------------- refused as apply refuses


def test_a_plan_that_the_tenant_has_overtaken_is_stale(office: Office) -> None:
    planned(changed(office))
    office.project.good("snapshot", "-o", "before.json", "-q")
    held = office.project.held()
    next(it for it in held["accounts"] if it["userName"] == user_name(20))["isEnabled"] = False
    seed(office.project.tenant, held)

    ran = office.refused("rehearse", "plan.json")
    assert ran.code == 4
    assert rehearsed(office, "--skip-stale", code=5)["summary"]["stale"] == 1
    # On the tenant as it was it still goes well.
    assert rehearsed(office, "--snapshot", "before.json")["status"] == "done"


@pytest.mark.long
def test_a_safeguard_refuses_here_too(office: Office) -> None:
    office.accounts("disabled", *range(1, 20))
    assert office.project.run("plan", "-o", "plan.json", "-q").code == 3
    assert office.refused("rehearse", "plan.json").code == 3
    assert office.refused("rehearse", "plan.json", "--ack", "disable_account=18").code == 3
    assert office.refused("rehearse", "plan.json", "--ack", "disable_account=19").code == 0


@pytest.mark.long
def test_what_is_protected_needs_to_be_allowed_here_too(office: Office) -> None:
    office.members("Admins", 1)
    assert office.project.run("plan", "-o", "plan.json", "-q").code == 3
    assert office.refused("rehearse", "plan.json").code == 3
    assert office.refused("rehearse", "plan.json", "--allow-protected").code == 0


@pytest.mark.long
def test_a_plan_that_was_applied_or_altered_is_refused(office: Office) -> None:
    planned(changed(office))
    office.project.good("apply", "plan.json", "-q")
    ran = office.refused("rehearse", "plan.json")
    assert ran.code == 4
    assert "applied already" in ran.err

    plan = office.project.read("plan.json")
    office.project.write("altered.json", {**plan, "actions": plan["actions"][1:]})
    assert office.refused("rehearse", "altered.json").code == 4


@pytest.mark.parametrize("name", ["nowhere.json", "desired", "reconciler.yaml"])
def test_what_is_no_plan_is_refused(name: str, office: Office) -> None:
    assert office.refused("rehearse", name).code == 1
    planned(office)
    assert office.refused("rehearse", "plan.json", "--snapshot", name).code == 1


def test_a_snapshot_of_another_tenant_is_refused(office: Office) -> None:
    planned(changed(office))
    office.project.good("snapshot", "-o", "other.json", "-q")
    other = office.project.read("other.json")
    from reconciler.helloid.document import digest_of

    other["base_url"] = "https://other.helloid.com/api/v1"
    office.project.write("other.json", {**other, "digest": digest_of(other)})
    ran = office.refused("rehearse", "plan.json", "--snapshot", "other.json")
    assert ran.code == 1
    assert "Snapshot of another tenant" in ran.err


# ---------------------------------------------------------------- nothing outside the copy


def test_nobody_is_notified(office: Office) -> None:
    office.set(notify={"command": "touch told"})
    planned(changed(office))
    rehearsed(office)
    assert not (office.project.folder / "told").exists()
    office.project.good("apply", "plan.json", "-q")
    assert (office.project.folder / "told").exists()


def test_the_tenant_is_only_read_and_offline_not_even_that(office: Office) -> None:
    project = changed(office).project
    with serving(project.tenant) as address:
        base_url, key = address["base_url"], {name: address[name] for name in KEY}
        project.set({"ledger": "none", "target": key}, base_url=base_url)
        before = project.held()
        project.good("snapshot", "-o", "s.json", "-q")
        planned(office)
        assert "nothing left to do" in project.good("rehearse", "plan.json").out
        assert project.held() == before
    # The tenant is gone now, and nobody has credentials.
    project.set({"ledger": "none"}, base_url=base_url)
    assert project.run("rehearse", "plan.json").code == 1
    offline = project.good("rehearse", "plan.json", "--snapshot", "s.json")
    assert "nothing left to do" in offline.out


@pytest.mark.long
def test_a_tenant_that_cannot_be_read_ends_with_6(office: Office) -> None:
    project = changed(office).project
    with serving(project.tenant) as address:
        target = {name: address[name] for name in KEY}
        project.set({"ledger": "none", "target": target}, base_url=address["base_url"])
        planned(office)
    assert project.run("rehearse", "plan.json").code == 6


def test_an_apply_that_was_stopped_is_settled_in_the_copy_only(office: Office) -> None:
    planned(office)
    other = office.project.read("plan.json")
    ledger = open_ledger("sqlite:///.reconciler/ledger.db", EMBEDDED, office.project.folder)
    text = json.dumps(other)
    at = "2026-11-23T10:00:00+00:00"
    ledger.begin(
        Run(RunId("killed"), other["digest"], at, None, RunStatus.RUNNING, "b", None, text)
    )
    planned(changed(office))

    assert rehearsed(office)["status"] == "done"
    unfinished = ledger.unfinished()
    assert unfinished is not None
    assert unfinished.id == "killed"


@pytest.mark.long
def test_it_goes_on_from_an_apply_of_this_plan_that_was_stopped(office: Office) -> None:
    planned(changed(office))
    plan = office.project.read("plan.json")
    ledger = open_ledger("sqlite:///.reconciler/ledger.db", EMBEDDED, office.project.folder)
    at = "2026-11-23T10:00:00+00:00"
    text = (office.project.folder / "plan.json").read_text()
    ledger.begin(Run(RunId("killed"), plan["digest"], at, None, RunStatus.RUNNING, "b", None, text))

    assert rehearsed(office)["summary"] == {"done": len(plan["actions"])}


@pytest.mark.long
def test_what_is_held_back_is_no_work_left(office: Office) -> None:
    planned(changed(office), "--additive")
    rehearsal = rehearsed(office)
    assert {it["kind"] for it in rehearsal["actions"]}.isdisjoint(
        {"revoke_group", "disable_account"}
    )
    assert rehearsal["again"]["actions"] == []


@pytest.mark.long
def test_what_other_persons_need_is_left_to_do(office: Office) -> None:
    planned(changed(office), "--person", "99")
    again = rehearsed(office)["again"]
    assert again["summary"]["disable_account"] == 2
    assert {it["person"] for it in again["actions"]} == {"1", "2", "20"}


@pytest.mark.long
def test_without_a_ledger_it_rehearses_too(tmp_path: Path) -> None:
    office = Office(Project.at(tmp_path / "project"), {})
    office.want(persons=[person(1, "Anna", "Visser")], accounts=[account(1)])
    office.project.set({"ledger": "none"})
    create_app(office.project.tenant, TenantSettings()).state.close()
    office.project.good("plan", "-o", "plan.json", "-q")
    ran = office.project.good("rehearse", "plan.json", "--format", "json")
    assert ran.json["summary"] == {"done": 2}
    assert ran.json["again"]["actions"] == []
    assert not office.project.ledger.exists()


@pytest.mark.long
def test_a_snapshot_whose_assignments_have_no_guid_can_be_copied(office: Office) -> None:
    from reconciler.helloid.document import digest_of

    planned(changed(office))
    office.project.good("snapshot", "-o", "s.json", "-q")
    held = office.project.read("s.json")
    for each in held["assignments"]:
        each["assignmentGuid"] = None
    office.project.write("s.json", {**held, "digest": digest_of(held)})
    assert rehearsed(office, "--snapshot", "s.json")["status"] == "done"


@pytest.mark.long
def test_it_is_saved_where_asked(office: Office) -> None:
    planned(changed(office))
    ran = office.project.good("rehearse", "plan.json", "-o", "r.txt", "--no-color", "-q")
    assert (ran.out, ran.err) == ("", "")
    assert "A plan made afterwards" in (office.project.folder / "r.txt").read_text()


def test_nothing_to_do_is_nothing_to_rehearse(office: Office) -> None:
    planned(office)
    ran: Ran = office.refused("rehearse", "plan.json")
    assert ran.code == 0
    assert "It would change nothing." in ran.out
