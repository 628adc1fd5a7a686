import threading
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger
from reconciler.ledger.memory import MemoryLedger
from reconciler.ledger.sql import SqlLedger
from reconciler.model.address import PersonId
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.report import Audited, Report, ReportId, Seen
from tests.ledger.conftest import Reopen
from tests.ledger.postgres import Server
from tests.ledger.samples import RUN, TENANT, run

UNMANAGED, MISSING = IssueType.ACCOUNT_UNMANAGED, IssueType.PERMISSION_MISSING
OPEN, POSTPONED = IssueStatus.OPEN, IssueStatus.POSTPONED


def report(day: int, *issues: str, year: int = 2026, name: str = "") -> Report:
    """A report of a day in November; an issue's letter tells its type, a dot before it a postponed one."""
    at = f"{year}-11-{day:02}T10:00:00+00:00"
    seen = tuple(
        Seen(
            issue.removeprefix("."),
            MISSING if "m" in issue else UNMANAGED,
            POSTPONED if issue.startswith(".") else OPEN,
            PersonId("10001") if "m" in issue else None,
        )
        for issue in issues
    )
    return Report(ReportId(name or at), at, date(year, 11, day), "Anna", "0123", "sha256:x", seen)


def filed(
    reopen: Reopen, *reports: Report, postponed: Collection[str] = (), marks: Collection[str] = ()
) -> Audited:
    for one in reports:
        reopen().file_report(one, postponed, marks)
    return reopen().audited()


def test_before_the_first_report_nothing_was_found(reopen: Reopen) -> None:
    audited = reopen().audited()
    assert audited == Audited(kept=audited.kept)


def test_an_issue_was_first_seen_by_the_first_report_of_an_unbroken_row(reopen: Reopen) -> None:
    audited = filed(reopen, report(1, "a"), report(2, "a", "b"), report(3, "b", "a"))
    assert audited.first_seen == {
        "a": "2026-11-01T10:00:00+00:00",
        "b": "2026-11-02T10:00:00+00:00",
    }


def test_an_issue_that_was_settled_and_comes_back_is_new(reopen: Reopen) -> None:
    audited = filed(reopen, report(1, "a", "b"), report(2, "b"), report(3, "a", "b"))
    assert audited.first_seen == {
        "a": "2026-11-03T10:00:00+00:00",
        "b": "2026-11-01T10:00:00+00:00",
    }
    assert [(one.new, one.settled) for one in audited.reports] == [(1, 0), (0, 1), (2, 0)]


def test_reports_come_latest_first_and_count_their_issues(reopen: Reopen) -> None:
    audited = filed(reopen, report(1, "a", ".b", "m"), report(2))
    latest, first = audited.reports
    assert (latest.as_of, dict(latest.counts)) == (date(2026, 11, 2), {})
    assert dict(first.counts) == {
        (UNMANAGED, OPEN): 1,
        (UNMANAGED, POSTPONED): 1,
        (MISSING, OPEN): 1,
    }
    assert audited.first_seen == {}
    assert audited.seen == ()


def test_the_issues_of_the_latest_report_are_known_by_whose_they_are(reopen: Reopen) -> None:
    audited = filed(reopen, report(1, "z"), report(2, "m", "a"))
    assert audited.seen == (
        Seen("a", UNMANAGED, OPEN),
        Seen("m", MISSING, OPEN, PersonId("10001")),
    )


def test_filing_a_report_twice_is_filing_it_once(reopen: Reopen) -> None:
    once = filed(reopen, report(1, "a"), postponed=["x"], marks=["x"])
    assert filed(reopen, report(1, "a"), postponed=["x"], marks=["x"]) == once


def test_a_resolve_entry_is_met_by_one_report_and_spent_with_the_next(reopen: Reopen) -> None:
    assert not reopen().audited().is_spent("x", auditing=True)
    first = filed(reopen, report(1, ".a"), postponed=["x"], marks=["x"])
    assert (first.is_spent("x"), first.is_spent("x", auditing=True)) == (False, True)
    second = filed(reopen, report(2, "a"), marks=["x"])
    assert (second.is_spent("x"), second.is_spent("x", auditing=True)) == (True, True)


def test_an_entry_that_left_the_files_is_forgotten(reopen: Reopen) -> None:
    filed(reopen, report(1, ".a", ".b"), postponed=["x", "y"], marks=["x", "y"])
    audited = filed(reopen, report(2, "a", "b"), marks=["y"])
    assert set(audited.postponed) == {"y"}
    assert not audited.is_spent("x", auditing=True)


def test_of_two_reports_that_both_showed_an_entry_as_postponed_the_later_one_counts(
    reopen: Reopen,
) -> None:
    audited = filed(reopen, report(1, ".a"), report(2, ".a"), postponed=["x"], marks=["x"])
    assert not audited.is_spent("x")
    assert filed(reopen, report(3, "a"), marks=["x"]).is_spent("x")


def test_reports_and_applies_do_not_disturb_each_other(reopen: Reopen) -> None:
    ledger = reopen()
    with ledger.lock("Bram"):
        ledger.begin(run())
        filed(reopen, report(1, "a"))
        ledger.intend(RUN, [], "10:00:01")
    assert reopen().unfinished() is not None
    assert list(reopen().audited().first_seen) == ["a"]


def test_only_a_kept_ledger_keeps_reports(reopen: Reopen, request: pytest.FixtureRequest) -> None:
    in_memory = "none" in request.node.name
    assert reopen().audited().kept is not in_memory


def test_reports_older_than_a_year_are_not_told_but_the_latest_always_is(
    url: str, tmp_path: Path
) -> None:
    ledger = open_ledger(url, TENANT, tmp_path)
    ledger.file_report(report(20, "a", year=2024), ["x"], ["x"])
    audited = ledger.audited()
    assert len(audited.reports) == 1
    assert not audited.is_spent("x")
    ledger.file_report(report(23, "a", year=2026), [], ["x"])
    audited = ledger.audited()
    assert [one.as_of.year for one in audited.reports] == [2026]
    assert audited.first_seen == {"a": "2024-11-20T10:00:00+00:00"}
    assert audited.is_spent("x")


def test_figures_are_kept_for_a_year_and_the_latest_report_whatever_its_age(
    url: str, tmp_path: Path
) -> None:
    ledger = open_ledger(url, TENANT, tmp_path)
    assert isinstance(ledger, SqlLedger)
    for year in (2023, 2024, 2025, 2026):
        ledger.file_report(report(20, "a", year=year), [], [])
    with ledger.database.reading() as connection:
        assert connection is not None
        for table in ("reconciler_reports", "reconciler_counts"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 2  # noqa: S608 - our own tables
    assert [one.as_of.year for one in ledger.audited().reports] == [2026, 2025]


def test_tenants_keep_reports_of_their_own(url: str, tmp_path: Path) -> None:
    one = open_ledger(url, "https://one.helloid.com/api/v1", tmp_path)
    two = open_ledger(url, "https://two.helloid.com/api/v1", tmp_path)
    one.file_report(report(1, "a"), ["x"], ["x"])
    two.file_report(report(1, "b"), [], [])
    two.file_report(report(2), [], [])
    assert list(one.audited().first_seen) == ["a"]
    assert set(one.audited().postponed) == {"x"}
    assert len(two.audited().reports) == 2


def test_many_reports_at_the_same_time_are_filed_one_after_another(
    url: str, tmp_path: Path
) -> None:
    open_ledger(url, TENANT, tmp_path).file_report(report(1, "a"), [], [])
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def audit(worker: int) -> None:
        ledger = open_ledger(url, TENANT, tmp_path)
        start.wait()
        try:
            for day in range(2, 7):
                ledger.file_report(report(day, "a", f"b{worker}", name=f"{worker}-{day}"), [], [])
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shall show it
            failures.append(error)

    workers = [threading.Thread(target=audit, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    audited = open_ledger(url, TENANT, tmp_path).audited()
    assert failures == []
    assert len(audited.reports) == 21
    assert len(audited.first_seen) == 2
    assert audited.first_seen["a"] == "2026-11-01T10:00:00+00:00"
    # Whoever comes next settles what the one before found alone: no report counted on an old reading.
    assert (
        sum(one.new for one in audited.reports) - sum(one.settled for one in audited.reports) == 2
    )


def test_a_row_that_no_audit_writes_is_damage(url: str, tmp_path: Path) -> None:
    ledger = open_ledger(url, TENANT, tmp_path)
    assert isinstance(ledger, SqlLedger)
    ledger.file_report(report(1, "a"), [], [])
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE reconciler_issues SET type = 'sabotage'"))
    with pytest.raises(LedgerUnusable, match="sabotage"):
        ledger.audited()


def test_a_report_that_cannot_be_written_leaves_the_one_before(url: str, tmp_path: Path) -> None:
    ledger = open_ledger(url, TENANT, tmp_path)
    ledger.file_report(report(1, "a"), ["x"], ["x"])
    before = ledger.audited()
    with pytest.raises(LedgerUnusable):
        ledger.file_report(report(2, "b", "half a \ud800 letter"), ["y"], ["y"])
    assert ledger.audited() == before


def test_reports_of_a_server_that_only_reads_are_read_and_no_more_are_filed(
    postgres: Server, tmp_path: Path
) -> None:
    address = postgres.fresh()
    open_ledger(address, TENANT, tmp_path).file_report(report(1, "a"), ["x"], ["x"])
    ledger = open_ledger(f"{address}%20-cdefault_transaction_read_only%3Don", TENANT, tmp_path)
    assert list(ledger.audited().first_seen) == ["a"]
    with pytest.raises(LedgerUnusable, match="read-only"):
        ledger.file_report(report(2, "b"), [], [])
    assert list(ledger.audited().first_seen) == ["a"]


TENANTS = count()
some = st.sets(st.sampled_from("abcm"))
marks = st.sets(st.sampled_from("xyz"))
filings = st.lists(st.tuples(some, marks, marks), max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@settings(max_examples=12)
@given(filings)
def test_a_database_remembers_what_a_memory_does(
    folder: Path, filed: list[tuple[set[str], ...]]
) -> None:
    tenant = f"https://{next(TENANTS)}.helloid.com/api/v1"
    memory, kept = MemoryLedger(tenant), open_ledger("sqlite:///ledger.db", tenant, folder)
    for day, (issues, postponed, others) in enumerate(filed, start=1):
        for ledger in (memory, kept):
            ledger.file_report(report(day, *sorted(issues)), postponed, postponed | others)
    assert replace(kept.audited(), kept=False) == memory.audited()
