from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from reconciler.applier.ports import Ledger
from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import ACCOUNTS
from reconciler.model.address import AccountRef, PermissionKey, PermissionKind, PersonId
from reconciler.model.plan import StepId
from reconciler.model.run import (
    Effect,
    Entry,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    Run,
    RunId,
    RunStatus,
    StepStatus,
)
from reconciler.model.state import GrantStatus, Owned, Protection, Recorded
from tests.ledger.conftest import Reopen
from tests.ledger.samples import CRM, RUN, SALES, TENANT, entry, grant, owned, run

A, B = StepId("a"), StepId("b")


def settled(reopen: Reopen, *effects: Effect) -> Ledger:
    ledger = reopen()
    ledger.begin(run())
    ledger.settle(RUN, [], effects)
    return reopen()


def test_a_new_ledger_is_empty(reopen: Reopen) -> None:
    recorded = reopen().recorded()
    assert recorded == Recorded(kept=recorded.kept)
    assert reopen().runs() == ()
    assert reopen().unfinished() is None


def test_an_account_comes_back_as_it_was_written(reopen: Reopen) -> None:
    recorded = settled(reopen, RememberAccount(owned("10001"))).recorded()
    assert recorded.accounts == {PersonId("10001"): owned("10001")}


def test_undecided_access_and_odd_values_come_back_as_they_were(reopen: Reopen) -> None:
    account = Owned(
        person=PersonId(" Ünïcode '; DROP TABLE--"),
        ref=AccountRef("guid"),
        user_name="a#b/c d@example.org",
        fields={
            "x": "\0 nul and 💶",
            "y": "",
            "z": (),
            "n": -(2**40),
            "f": False,
            "a.b": ("", "é"),
        },
    )
    read = settled(reopen, RememberAccount(account)).recorded().accounts[account.person]
    assert read == account
    assert [type(value) for value in read.fields.values()] != []
    assert {name: type(value) for name, value in read.fields.items()} == {
        "x": str, "y": str, "z": tuple, "n": int, "f": bool, "a.b": tuple,
    }  # fmt: skip


def test_remembering_an_account_again_replaces_all_of_it(reopen: Reopen) -> None:
    new = Owned(PersonId("10001"), AccountRef("other"), "new@example.org", {"firstName": "An"})
    recorded = settled(reopen, RememberAccount(owned("10001")), RememberAccount(new)).recorded()
    assert recorded.accounts == {PersonId("10001"): new}


def test_forgetting_an_account_takes_its_grants_along_and_nobody_elses(reopen: Reopen) -> None:
    recorded = settled(
        reopen,
        RememberAccount(owned("10001")),
        RememberAccount(owned("10002")),
        RememberGrant(grant("10001")),
        RememberGrant(grant("10001", CRM, PermissionKind.PRODUCT)),
        RememberGrant(grant("10002")),
        ForgetAccount(PersonId("10001")),
    ).recorded()
    assert set(recorded.accounts) == {PersonId("10002")}
    assert recorded.grants == {SALES: {AccountRef("guid-10002"): grant("10002")}}


def test_a_grant_is_replaced_and_forgotten(reopen: Reopen) -> None:
    pending = grant("10001", CRM, PermissionKind.PRODUCT, GrantStatus.PENDING)
    held = grant("10001", CRM, PermissionKind.PRODUCT)
    ledger = settled(reopen, RememberGrant(pending), RememberGrant(held))
    assert ledger.recorded().grants == {CRM: {held.holder: held}}
    ledger.settle(RUN, [], [ForgetGrant(held.holder, CRM)])
    assert reopen().recorded().grants == {}


def test_the_order_of_effects_counts(reopen: Reopen) -> None:
    one = grant("10001")
    recorded = settled(
        reopen,
        RememberGrant(one),
        ForgetGrant(one.holder, SALES),
        RememberGrant(one),
        RememberAccount(owned("10001")),
        ForgetAccount(PersonId("10001")),
        RememberAccount(owned("10001", "again")),
    ).recorded()
    assert recorded.grants == {}
    assert recorded.accounts[PersonId("10001")].ref == "again"


def test_a_permission_keeps_every_name_it_had_without_regard_to_case(reopen: Reopen) -> None:
    recorded = settled(
        reopen,
        RememberPermission(PermissionKind.GROUP, " Sales TEAM", SALES),
        RememberPermission(PermissionKind.GROUP, "Sales", SALES),
        RememberPermission(PermissionKind.PRODUCT, "sales", SALES),
        RememberPermission(PermissionKind.PRODUCT, "SALES", CRM),
    ).recorded()
    assert recorded.permissions == {
        PermissionKey(PermissionKind.GROUP, "sales team"): SALES,
        PermissionKey(PermissionKind.GROUP, "sales"): SALES,
        PermissionKey(PermissionKind.PRODUCT, "sales"): CRM,
    }


def test_protections_replace_the_remembered_ones(reopen: Reopen) -> None:
    first, second = Protection("group", SALES, "Sales"), Protection("account", "x", "root")
    ledger = settled(reopen, Protect((first, first)))
    assert ledger.recorded().protections == {first}
    ledger.settle(RUN, [], [Protect((second,))])
    assert reopen().recorded().protections == {second}
    ledger.settle(RUN, [], [Protect(())])
    assert reopen().recorded().protections == frozenset()


def test_a_run_comes_back_as_it_began(reopen: Reopen) -> None:
    reopen().begin(run())
    assert reopen().runs() == (run(),)
    assert reopen().unfinished() == run()


def test_a_step_has_one_line_with_its_latest_status_in_the_order_of_sending(
    reopen: Reopen,
) -> None:
    ledger = reopen()
    ledger.begin(run())
    ledger.intend(RUN, [A, B], "10:00:01")
    made = Entry(B, StepStatus.DONE, "10:00:02", "", AccountRef("guid"), SALES)
    ledger.settle(RUN, [made, entry("c", StepStatus.SKIPPED)], [])
    ledger.settle(RUN, [Entry(A, StepStatus.FAILED, "10:00:03", "HelloID said\0 no")], [])
    found = reopen().unfinished()
    assert found is not None
    assert [line.step for line in found.entries] == [A, B, "c"]
    assert found.entries[0].status is StepStatus.FAILED
    assert found.entries[0].error.startswith("HelloID said")
    assert found.entries[1] == made


def test_an_intention_is_there_before_its_answer_and_can_be_repeated(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin(run())
    for at in ("10:00:01", "10:00:09"):
        ledger.intend(RUN, [A], at)
    found = reopen().unfinished()
    assert found is not None
    assert found.entries == (Entry(A, StepStatus.INTENDED, "10:00:09"),)


def test_settling_twice_is_harmless(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin(run())
    ledger.begin(run())
    effects = [RememberAccount(owned("10001")), RememberGrant(grant("10001"))]
    ledger.settle(RUN, [entry("a")], effects)
    once = (ledger.recorded(), ledger.runs())
    ledger.settle(RUN, [entry("a")], effects)
    assert (reopen().recorded(), reopen().runs()) == once


def test_an_end_is_written_with_its_effects(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin(run())
    ledger.end(RUN, RunStatus.DONE, "10:00:09", [RememberGrant(grant("10001"))])
    (ended,) = reopen().runs()
    assert (ended.status, ended.ended_at) == (RunStatus.DONE, "10:00:09")
    assert reopen().unfinished() is None
    assert list(reopen().recorded().grants) == [SALES]


def test_no_step_stays_intended_when_its_run_has_ended(reopen: Reopen) -> None:
    ledger = reopen()
    ledger.begin(run())
    ledger.intend(RUN, [A, B], "10:00:01")
    ledger.settle(RUN, [entry("a")], [])
    ledger.end(RUN, RunStatus.INTERRUPTED, "10:00:09", [])
    lines = reopen().runs()[0].entries
    assert [line.status for line in lines] == [StepStatus.DONE, StepStatus.UNCONFIRMED]
    assert "before an answer" in lines[1].error


def test_runs_come_latest_first_and_by_plan(reopen: Reopen) -> None:
    ledger = reopen()
    for name, digest in (("z", "one"), ("m", "two"), ("a", "one")):
        ledger.begin(run(name, digest))
        ledger.settle(RunId(name), [entry(f"step of {name}")], [])
        ledger.end(RunId(name), RunStatus.DONE, "10:00:09", [])
    assert [one.id for one in reopen().runs()] == ["a", "m", "z"]
    assert [one.id for one in reopen().runs("one")] == ["a", "z"]
    assert [one.entries[0].step for one in reopen().runs("one")] == ["step of a", "step of z"]
    assert reopen().runs("none") == ()


def test_the_latest_runs_come_page_by_page(reopen: Reopen) -> None:
    ledger = reopen()
    for number, day in enumerate((20, 21, 21, 23)):
        begun = replace(run(f"run-{number}"), started_at=f"2026-11-{day}T10:00:00Z")
        ledger.begin(begun)
        ledger.settle(begun.id, [entry(f"step-{number}")], [])
        ledger.end(begun.id, RunStatus.DONE, "2026-11-23T11:00:00Z", [])
    ledger = reopen()

    assert ledger.latest_runs(9) == tuple(ledger.runs())
    assert ids(ledger.latest_runs(2)) == ["run-3", "run-2"]
    assert [line.step for line in ledger.latest_runs(2)[1].entries] == ["step-2"]
    assert ids(ledger.latest_runs(2, before=RunId("run-2"))) == ["run-1", "run-0"]
    assert ids(ledger.latest_runs(9, since="2026-11-21")) == ["run-3", "run-2", "run-1"]
    assert ids(ledger.latest_runs(9, RunId("run-2"), "2026-11-21T11")) == []
    assert ledger.latest_runs(9, before=RunId("nobody's")) == ()


def ids(runs: Sequence[Run]) -> list[str]:
    return [each.id for each in runs]


def test_a_second_run_is_refused_while_one_has_not_ended(reopen: Reopen) -> None:
    reopen().begin(run())
    with pytest.raises(LedgerUnusable, match=r"run-1.*Anna Visser"):
        reopen().begin(run("run-2"))
    assert [one.id for one in reopen().runs()] == [RUN]


def test_nothing_is_written_for_a_run_that_was_never_begun(reopen: Reopen) -> None:
    reopen().begin(run())
    other = RunId("other")
    with pytest.raises(LedgerUnusable, match="does not know this run"):
        reopen().intend(other, [A], "10:00:01")
    with pytest.raises(LedgerUnusable, match="does not know this run"):
        reopen().settle(other, [entry("a")], [RememberAccount(owned("10001"))])
    with pytest.raises(LedgerUnusable, match="does not know this run"):
        reopen().end(other, RunStatus.DONE, "10:00:09", [])
    assert reopen().recorded().accounts == {}


def test_only_a_kept_ledger_says_so(reopen: Reopen, request: pytest.FixtureRequest) -> None:
    in_memory = "none" in request.node.name
    assert reopen().recorded().kept is not in_memory


def test_what_was_read_does_not_change_later(reopen: Reopen) -> None:
    ledger = settled(reopen, RememberAccount(owned("10001")), RememberGrant(grant("10001")))
    before = ledger.recorded()
    ledger.settle(RUN, [], [ForgetAccount(PersonId("10001"))])
    assert list(before.accounts) == ["10001"]
    assert list(before.grants[SALES]) == ["guid-10001"]


def test_since_when_an_account_is_ours_changes_with_the_account_only(
    url: str, tmp_path: Path
) -> None:
    opened = open_ledger(url, TENANT, tmp_path)
    assert isinstance(opened, SqlLedger)
    opened.begin(run())
    since: list[str | None] = []
    for day, ref in ((1, "g1"), (2, "g1"), (3, "g2")):
        on = datetime(2026, 11, day, tzinfo=UTC)
        ledger = SqlLedger(opened.database, TENANT, lambda on=on: on)
        ledger.settle(RUN, [], [RememberAccount(owned("10001", ref))])
        with ledger.database.reading() as connection:
            assert connection is not None
            since.append(connection.scalar(select(ACCOUNTS.c.since)))
    assert since == ["2026-11-01", "2026-11-01", "2026-11-03"]


def test_tenants_share_a_database_and_nothing_in_it(url: str, tmp_path: Path) -> None:
    one = open_ledger(url, "https://one.helloid.com/api/v1", tmp_path)
    two = open_ledger(url, "https://two.helloid.com/api/v1", tmp_path)
    with one.lock("one"), two.lock("two"):
        for ledger in (one, two):
            ledger.begin(run())
            ledger.intend(RUN, [A], "10:00:01")
        one.settle(
            RUN,
            [entry("a")],
            [
                RememberAccount(owned("10001")),
                RememberGrant(grant("10001")),
                RememberPermission(PermissionKind.GROUP, "Sales", SALES),
                Protect((Protection("group", SALES, "Sales"),)),
            ],
        )
        two.settle(RUN, [], [ForgetAccount(PersonId("10001")), Protect(())])
        one.end(RUN, RunStatus.DONE, "10:00:09", [])
    assert two.recorded() == Recorded()
    assert two.unfinished() is not None
    assert two.runs()[0].entries[0].status is StepStatus.INTENDED
    assert len(one.recorded().accounts) == len(one.recorded().protections) == 1


def test_the_spelling_of_the_tenant_does_not_make_another(url: str, tmp_path: Path) -> None:
    open_ledger(url, "https://Tenant.HelloID.com/api/v1/", tmp_path).begin(run())
    assert open_ledger(url, "https://tenant.helloid.com/api/v1", tmp_path).unfinished() == run()
