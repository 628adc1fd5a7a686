import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger, sqlite
from reconciler.ledger.lock import LEASE
from reconciler.ledger.postgresql import lock_key
from reconciler.ledger.processes import Process, is_gone, this_process
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import LOCK
from reconciler.model.plan import StepId
from reconciler.model.run import RememberAccount, StepStatus
from tests.ledger.children import child
from tests.ledger.conftest import Reopen
from tests.ledger.postgres import Server
from tests.ledger.samples import RUN, TENANT, entry, owned, run

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def in_file(tmp_path: Path, moment: datetime = NOON) -> SqlLedger:
    return SqlLedger(sqlite.database(tmp_path / "ledger.db"), TENANT, at(moment))


def send_elsewhere(ledger: SqlLedger) -> None:
    with ledger.database.writing() as connection:
        connection.execute(update(LOCK).values(place="another machine", host="runner-7"))


def test_a_second_writer_is_told_who_the_first_is(reopen: Reopen) -> None:
    with (
        reopen().lock("Anna Visser"),
        pytest.raises(LedgerUnusable, match="Anna Visser") as refused,
        reopen().lock("Bob"),
    ):
        pass
    assert refused.value.fix


def test_the_lock_is_free_again_when_its_block_ends_also_by_an_error(reopen: Reopen) -> None:
    with pytest.raises(KeyError), reopen().lock("Anna"):
        raise KeyError
    with reopen().lock("Bob"):
        reopen().begin(run())
    assert reopen().unfinished() == run()


def test_the_holder_can_read_and_write(reopen: Reopen) -> None:
    ledger = reopen()
    with ledger.lock("Anna"):
        ledger.begin(run())
        ledger.intend(RUN, [StepId("a")], "10:00:01")
        assert reopen().unfinished() == ledger.unfinished()


def test_a_refusal_names_host_process_and_time(tmp_path: Path) -> None:
    me = this_process()
    with in_file(tmp_path).lock("Anna"), pytest.raises(LedgerUnusable) as refused:
        in_file(tmp_path).lock("Bob").__enter__()
    assert (
        f"Anna on {me.host} (process {me.pid}), since 2026-11-23T12:00:00" in refused.value.detail
    )


def test_a_living_process_keeps_the_lock_and_a_killed_one_loses_it(
    url: str, tmp_path: Path
) -> None:
    with child("hold", url, tmp_path) as holder:
        assert holder.hears() == "held"
        with pytest.raises(LedgerUnusable, match="Child"):
            open_ledger(url, TENANT, tmp_path).lock("Parent").__enter__()
        holder.kill()
        with open_ledger(url, TENANT, tmp_path).lock("Parent"):
            open_ledger(url, TENANT, tmp_path).begin(run())
    assert open_ledger(url, TENANT, tmp_path).unfinished() == run()


def test_a_process_that_dies_between_intend_and_settle_leaves_all_it_committed(
    url: str, tmp_path: Path
) -> None:
    with child("apply", url, tmp_path) as applier:
        assert applier.hears() == "between intend and settle"
        applier.kill()
    ledger = open_ledger(url, TENANT, tmp_path)
    left = ledger.unfinished()
    assert left is not None
    assert [(line.step, line.status) for line in left.entries] == [
        ("a", StepStatus.DONE),
        ("b", StepStatus.INTENDED),
        ("c", StepStatus.INTENDED),
    ]
    assert list(ledger.recorded().accounts.values()) == [owned("10001")]
    with ledger.lock("Resumed"):
        ledger.settle(RUN, [entry("b"), entry("c")], [RememberAccount(owned("10002"))])
    assert len(ledger.recorded().accounts) == 2


def test_of_several_processes_at_once_one_gets_the_lock(url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        contenders = [stack.enter_context(child("contend", url, tmp_path)) for _ in range(2)]
        assert [one.hears() for one in contenders] == ["ready"] * 2
        for one in contenders:
            one.go_on()
        assert sorted(one.hears() for one in contenders) == ["lost", "won"]


def test_several_processes_make_one_ledger(url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        makers = [stack.enter_context(child("make", url, tmp_path)) for _ in range(2)]
        assert [one.hears() for one in makers] == ["ready"] * 2
        for one in makers:
            one.go_on()
        assert [one.hears() for one in makers] == ["made"] * 2
    assert open_ledger(url, TENANT, tmp_path).runs() == (run(),)


def test_a_holder_elsewhere_keeps_the_lock_for_its_lease(tmp_path: Path) -> None:
    first = in_file(tmp_path)
    with first.lock("Anna"):
        send_elsewhere(first)
        almost = in_file(tmp_path, NOON + LEASE - timedelta(seconds=1))
        with pytest.raises(LedgerUnusable, match=r"runner-7.*12:00:00") as refused:
            almost.lock("Bob").__enter__()
        assert "12:02:00" in refused.value.fix


def test_a_holder_elsewhere_that_is_silent_for_longer_is_taken_over_and_writes_nothing_more(
    tmp_path: Path,
) -> None:
    first, second = in_file(tmp_path), in_file(tmp_path, NOON + LEASE)
    with first.lock("Anna"):
        first.begin(run())
        send_elsewhere(first)
        with second.lock("Bob"):
            with pytest.raises(LedgerUnusable, match=r"lock was lost\n.*Bob"):
                first.intend(RUN, [StepId("a")], "12:02:01")
            second.intend(RUN, [StepId("b")], "12:02:02")
        with pytest.raises(LedgerUnusable, match="lock was lost"):
            first.settle(RUN, [entry("a")], [RememberAccount(owned("10001"))])
    left = second.unfinished()
    assert left is not None
    assert [line.step for line in left.entries] == ["b"]
    assert second.recorded().accounts == {}


def test_every_write_is_a_sign_of_life(tmp_path: Path) -> None:
    moments = [NOON]
    ledger = SqlLedger(sqlite.database(tmp_path / "ledger.db"), TENANT, lambda: moments[-1])
    with ledger.lock("Anna"):
        ledger.begin(run())
        moments.append(NOON + LEASE)
        ledger.intend(RUN, [StepId("a")], "12:00:01")
        send_elsewhere(ledger)
        with pytest.raises(LedgerUnusable, match="Anna"):
            in_file(tmp_path, NOON + LEASE).lock("Bob").__enter__()


def test_a_holder_that_only_waits_gives_signs_of_life_too(tmp_path: Path, url: str) -> None:
    ticks, beaten = iter(range(1000)), threading.Event()

    def now() -> datetime:
        tick = next(ticks)
        if tick > 5:
            beaten.set()
        return NOON + timedelta(minutes=tick)

    opened = open_ledger(url, TENANT, tmp_path)
    assert isinstance(opened, SqlLedger)
    ledger = SqlLedger(opened.database, TENANT, now, beat=timedelta(milliseconds=1))
    with ledger.lock("Anna"):
        assert beaten.wait(10)
        with ledger.database.reading() as connection:
            assert connection is not None
            last = connection.scalar(select(LOCK.c.heartbeat))
    assert last is not None
    assert datetime.fromisoformat(last) >= NOON + timedelta(minutes=4)


def test_a_server_that_lost_the_connection_of_a_holder_does_not_give_its_lock_away(
    postgres: Server, tmp_path: Path
) -> None:
    url = postgres.fresh()
    opened = open_ledger(url, TENANT, tmp_path)
    with opened.lock("Anna"):
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'reconciler'"
        )
        with pytest.raises(LedgerUnusable, match="Anna"):
            open_ledger(url, TENANT, tmp_path).lock("Bob").__enter__()
        opened.begin(run())
    assert opened.unfinished() == run()


def test_a_holder_takes_its_lock_again_where_the_server_dropped_the_connection(
    postgres: Server, tmp_path: Path
) -> None:
    ticks, beaten, wanted = iter(range(10**6)), threading.Event(), [10**6]

    def now() -> datetime:
        if next(ticks) > wanted[0]:
            beaten.set()
        return NOON

    opened = open_ledger(postgres.fresh(), TENANT, tmp_path)
    assert isinstance(opened, SqlLedger)
    ledger = SqlLedger(opened.database, TENANT, now, beat=timedelta(milliseconds=1))
    with ledger.lock("Anna"):
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'reconciler'"
        )
        wanted[0] = next(ticks) + 3
        assert beaten.wait(10)
        postgres.run(
            f"DO $$BEGIN ASSERT NOT pg_try_advisory_lock({lock_key(TENANT)}), 'it is free'; END$$"
        )
    postgres.run(f"DO $$BEGIN ASSERT pg_try_advisory_lock({lock_key(TENANT)}), 'kept'; END$$")


def test_a_server_frees_the_lock_of_a_dead_holder_elsewhere_at_once(
    postgres: Server, tmp_path: Path
) -> None:
    url = postgres.fresh()
    with child("hold", url, tmp_path) as holder:
        assert holder.hears() == "held"
        opened = open_ledger(url, TENANT, tmp_path)
        assert isinstance(opened, SqlLedger)
        send_elsewhere(opened)
        with pytest.raises(LedgerUnusable, match="runner-7"):
            opened.lock("Parent").__enter__()
        holder.kill()
        # Waits until the server has noticed, and gives back at once what it got.
        postgres.run(f"SELECT pg_advisory_xact_lock({lock_key(TENANT)})")
    with opened.lock("Parent"):
        opened.begin(run())
    assert opened.unfinished() == run()


def test_a_process_id_that_is_used_again_is_another_process() -> None:
    me = this_process()
    assert is_gone(me) is False
    assert is_gone(Process(me.host, me.place, me.pid, "an earlier start")) is True
    assert is_gone(Process(me.host, "another machine", me.pid, me.started)) is None


def test_a_process_that_has_ended_is_gone(tmp_path: Path) -> None:
    with child("make", "none", tmp_path) as one:
        assert one.hears() == "ready"
        pid = one.process.pid
        me = this_process()
        assert is_gone(Process(me.host, me.place, pid, "whenever")) is True
        one.kill()
        assert is_gone(Process(me.host, me.place, pid, "whenever")) is True
