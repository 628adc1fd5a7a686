"""`audit` as a command: what is shown, how it ends, and that it only reads."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from reconciler.model.resolution import OFFERED
from reconciler.reports.audit_shape import AuditShape
from reconciler.sandbox import Faults, serving
from tests.auditing.drifting import Drifted, settings
from tests.auditing.test_reports_kept import differs, drift, gives
from tests.projects import EMBEDDED, Project

OPEN, FAILED, UNREADABLE, WRONG = 2, 5, 6, 64


def drifted_in(project: Project) -> Drifted:
    """Return a project with an issue of every kind, and one person's of four kinds."""
    return drift(
        project,
        lambda it: it.stranger(1),
        lambda it: it.vanish(3),
        lambda it: it.flip(2),
        lambda it: it.double(4),
        lambda it: it.claim(5),
        lambda it: it.take(6, "CRM"),
        gives(6),
        gives(6, "Phone"),
        differs(6),
        lambda it: it.flip(11),
    )


@pytest.fixture(scope="module")
def drifted(applied: Project, tmp_path_factory: pytest.TempPathFactory) -> Drifted:
    """One for all that only look."""
    return drifted_in(applied.copy(tmp_path_factory.mktemp("drifted") / "project"))


@pytest.fixture
def mine(drifted: Drifted, tmp_path: Path) -> Project:
    """A copy to change."""
    return drifted.project.copy(tmp_path / "mine")


def shown(project: Project, *options: str) -> list[dict[str, Any]]:
    return project.good("audit", "--no-record", "--format", "json", *options).json["issues"]


def test_the_document_has_its_shape_and_nothing_else(drifted: Drifted) -> None:
    document = drifted.project.good("audit", "--no-record", "--format", "json").json
    shape = msgspec.convert(document, AuditShape)
    assert json.loads(json.dumps(msgspec.to_builtins(shape))) == document
    assert document["format_version"] == "1.0"
    for member in ("format_version", "as_of", "issues", "summary"):
        assert member in document


def test_issues_are_as_a_plan_has_them(drifted: Drifted) -> None:
    plan = drifted.project.good("plan", "--format", "json").json
    by_id = {each["id"]: each for each in plan["issues"]}
    issues = shown(drifted.project)
    assert set(by_id) == {each["id"] for each in issues}
    for each in issues:
        assert {key: each[key] for key in by_id[each["id"]]} == by_id[each["id"]]


def test_the_resolutions_that_fit_are_offered(drifted: Drifted) -> None:
    enabled = {each["userGUID"]: each["isEnabled"] for each in drifted.held["accounts"]}
    for each in shown(drifted.project):
        fitting = dict(OFFERED)[each["type"]]
        if each["type"] == "account_unmanaged" and not enabled[each["account"]["user_guid"]]:
            fitting = fitting[1:]
        assert tuple(each["resolutions"]) == fitting


def test_persons_have_their_display_names(drifted: Drifted) -> None:
    for each in shown(drifted.project):
        if each["person"]:
            assert each["display_name"] == f"Given{each['person']} Visser"
    (claimed,) = shown(drifted.project, "--type", "account_multiple_persons")
    assert claimed["persons"] == ["5", "x5"]
    assert claimed["display_names"] == ["Given5 Visser", "Given5 Visser"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--type", "permission_unmanaged", "--type", "permission_missing"], 3),
        (["--person", "x5"], 1),
        (["--product", "crm", "--group", "OTHERS"], 2),
        (["--person", "6", "--type", "account_differs", "--status", "open"], 1),
        (["--status", "postponed"], 0),
    ],
)
def test_filters_show_what_fits_all_of_them(
    options: list[str], count: int, drifted: Drifted
) -> None:
    ran = drifted.project.run(
        "audit", "--no-record", "--detailed-exitcode", "--format", "json", *options
    )
    assert len(ran.json["issues"]) == count
    assert ran.json["totals"]["all"]["issues"] == len(drifted.injected)
    assert ran.code == (OPEN if count else 0)


@pytest.mark.parametrize(
    ("options", "near"),
    [
        (["--person", "99"], "--person 99"),
        (["--group", "Slaes"], "Did you mean Sales?"),
        (["--product", "Sales"], "--product Sales"),
    ],
)
def test_a_name_that_nobody_has_is_an_error(
    options: list[str], near: str, drifted: Drifted
) -> None:
    ran = drifted.project.run("audit", "--no-record", *options)
    assert ran.code == 1
    assert near in ran.err


@pytest.mark.parametrize("options", [["--type", "nothing"], ["--status", "done"], ["--as-of", "x"]])
def test_a_wrong_command_line_is_64(options: list[str], project: Project) -> None:
    assert project.run("audit", *options).code == WRONG


@pytest.mark.parametrize("shape", ["text", "json", "markdown", "csv", "html"])
def test_a_report_is_written_to_a_file_as_it_is_shown(shape: str, drifted: Drifted) -> None:
    project, options = drifted.project, ["audit", "--no-record", "--format", shape]
    on_screen = project.good(*options).out
    project.good(*options, "-o", "report")
    written = (project.folder / "report").read_text("utf-8")
    for text in ("permission_unmanaged", "given6.visser@example.org", "Others"):
        assert text in written
    if shape == "csv":
        assert written == on_screen


# ---------------------------------------------------------------- it only reads


def test_with_a_key_that_may_not_write_it_works_the_same(mine: Project) -> None:
    wanted = shown(mine)
    refusing = [f"status:method={verb},every=1,status=403" for verb in ("POST", "PUT", "DELETE")]
    before = mine.held()
    with serving(mine.tenant, faults=Faults.parse(refusing)) as address:
        keys = {"api_key": address["api_key"], "api_secret": address["api_secret"]}
        mine.set({**settings(), "target": keys}, address["base_url"])
        _let_the_ledger_be_of(mine, address["base_url"])
        found = mine.good("audit", "--format", "json").json
        mine.set({**settings(permission_missing="grant"), "target": keys}, address["base_url"])
        assert mine.run("apply", "--auto-approve").code == FAILED
    assert mine.held() == before
    assert found["recorded"] is True
    assert [{**each, "system": EMBEDDED} for each in found["issues"]] == [
        {**each, "first_seen": found["taken_at"]} for each in wanted
    ]


def _let_the_ledger_be_of(project: Project, base_url: str) -> None:
    with closing(sqlite3.connect(project.ledger)) as db, db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if name != "reconciler_schema":
                db.execute(f"UPDATE {name} SET tenant = ?", (base_url,))  # noqa: S608 - the ledger's own tables


def test_the_tenant_is_as_it_was(mine: Project) -> None:
    before = mine.held()
    mine.good("audit")
    assert mine.held() == before


def test_a_tenant_that_cannot_be_read_in_full_is_6(project: Project) -> None:
    fault = "short_page:method=GET,path=/users,every=1"
    with serving(project.tenant, faults=Faults.parse([fault])) as address:
        keys = {"api_key": address["api_key"], "api_secret": address["api_secret"]}
        project.set({**settings(), "target": keys}, address["base_url"])
        ran = project.run("audit")
    assert (ran.code, ran.out) == (UNREADABLE, "")


def test_a_snapshot_is_audited_without_the_tenant(mine: Project) -> None:
    wanted = shown(mine)
    mine.good("snapshot", "-o", "snapshot.json")
    mine.tenant.unlink()
    assert shown(mine, "--snapshot", "snapshot.json") == wanted
    assert not mine.tenant.exists()


def test_a_resolution_that_fits_no_issue_is_shown(drifted: Drifted, mine: Project) -> None:
    nobody = {"issue": "account_unmanaged", "account": "nobody@example.org", "resolution": "delete"}
    mine.want({**drifted.desired, "resolutions": [nobody]})
    ran = mine.good("audit", "--no-record")
    assert "delete for account_unmanaged nobody@example.org" in ran.out
    assert "desired/resolutions.yaml:1" in ran.out


def test_that_a_safeguard_refuses_what_would_resolve_issues_is_said(mine: Project) -> None:
    chosen = settings(permission_unmanaged="revoke")
    none = {kind: {"at_most": 0} for kind in ("revoke_group", "revoke_product")}
    chosen["safeguards"]["limits"].update(none)
    mine.set(chosen)
    document = mine.good("audit", "--no-record", "--format", "json").json
    assert document["totals"]["all"]["by_status"]["resolved"] == 2
    (said,) = [each for each in document["warnings"] if "A safeguard refuses" in each]
    assert "limit.revoke_group, limit.revoke_product" in said
    mine.set(settings(permission_unmanaged="revoke"))
    assert mine.good("audit", "--no-record", "--format", "json").json["warnings"] == []
