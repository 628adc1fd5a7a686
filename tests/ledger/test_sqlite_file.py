import os
import shutil
import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger, sqlite
from reconciler.ledger.sql import SqlLedger
from reconciler.model.address import AccountRef, PersonId
from reconciler.model.run import RememberAccount
from reconciler.model.state import Owned, Recorded
from tests.ledger.samples import RUN, TENANT, owned, run

URL = "sqlite:///.reconciler/ledger.db"


def written(root: Path) -> Path:
    ledger = open_ledger(URL, TENANT, root)
    ledger.begin(run())
    ledger.settle(RUN, [], [RememberAccount(owned(f"{n:05}")) for n in range(300)])
    return root / ".reconciler" / "ledger.db"


def test_reading_a_missing_ledger_makes_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(URL, TENANT, tmp_path)
    assert ledger.recorded() == Recorded()
    assert ledger.runs() == ()
    assert ledger.unfinished() is None
    assert list(tmp_path.iterdir()) == []


def test_reading_an_empty_file_leaves_it_without_tables(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    assert open_ledger("sqlite:///ledger.db", TENANT, tmp_path).recorded() == Recorded()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []


def test_the_file_is_its_owners_alone_in_a_folder_that_git_ignores(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert (file.parent / ".gitignore").read_text() == "*\n"


def test_no_file_of_a_ledger_in_use_is_open_to_others(tmp_path: Path) -> None:
    with open_ledger(URL, TENANT, tmp_path).lock("Anna"):
        modes = {f.name: f.stat().st_mode & 0o077 for f in (tmp_path / ".reconciler").glob("*.db*")}
    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(modes.values()) == {0}


def test_a_ledger_that_nobody_uses_is_one_file(tmp_path: Path) -> None:
    file = written(tmp_path)
    assert sorted(one.name for one in file.parent.iterdir()) == [".gitignore", "ledger.db"]


def test_a_folder_that_holds_other_things_is_not_hidden_from_git(tmp_path: Path) -> None:
    open_ledger("sqlite:///ledger.db", TENANT, tmp_path).begin(run())
    assert not (tmp_path / ".gitignore").exists()


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "ledger.db"
    open_ledger(f"sqlite:///{file}", TENANT, Path("/nowhere")).begin(run())
    assert file.exists()


def test_a_commit_waits_for_the_disk_and_readers_wait_for_nobody(tmp_path: Path) -> None:
    ledger = SqlLedger(sqlite.database(tmp_path / "ledger.db"), TENANT)
    with ledger.database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert open_ledger("sqlite:///ledger.db", TENANT, tmp_path).recorded() == Recorded()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("persons: []\n" * 500)
    ledger = open_ledger("sqlite:///ledger.db", TENANT, tmp_path)
    with pytest.raises(LedgerUnusable, match="is no database") as refused:
        ledger.recorded()
    assert "reconciler.yaml" in refused.value.fix


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    with file.open("r+b") as bytes_of:
        bytes_of.seek(4096)
        bytes_of.write(b"\xff" * (file.stat().st_size - 4096))
    with pytest.raises(LedgerUnusable, match="damaged"):
        open_ledger(URL, TENANT, tmp_path).recorded()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE reconciler_accounts SET fields = '{'",
        """UPDATE reconciler_accounts SET fields = '{"a": {"b": 1}}'""",
        "UPDATE reconciler_accounts SET disabled_since = 'yesterday'",
        "UPDATE reconciler_accounts SET user_name = CAST(x'ff' AS TEXT)",
        "INSERT INTO reconciler_permissions VALUES ('TENANT', 'role', 'sales', 'x')",
        "INSERT INTO reconciler_grants VALUES ('TENANT', 'p', 'h', '1', 'role', 'n', 'held', NULL)",
        "INSERT INTO reconciler_grants VALUES ('TENANT', 'p', 'h', '1', 'group', 'n', '?', NULL)",
        "DROP TABLE reconciler_grants",
    ],
)
def test_rows_that_make_no_sense_are_refused(tmp_path: Path, damage: str) -> None:
    with closing(sqlite3.connect(written(tmp_path))) as connection, connection:
        connection.execute(damage.replace("TENANT", TENANT))
    with pytest.raises(LedgerUnusable):
        open_ledger(URL, TENANT, tmp_path).recorded()


def test_a_run_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(written(tmp_path))) as connection, connection:
        connection.execute("UPDATE reconciler_runs SET status = 'perhaps'")
    with pytest.raises(LedgerUnusable, match="damaged"):
        open_ledger(URL, TENANT, tmp_path).runs()


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection, connection:
        connection.execute("CREATE TABLE users (id)")
    ledger = open_ledger("sqlite:///ledger.db", TENANT, tmp_path)
    for use in (ledger.recorded, lambda: ledger.begin(run())):
        with pytest.raises(LedgerUnusable, match="another program's"):
            use()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        names = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert names == [("users",)]


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".reconciler").touch()
    with pytest.raises(LedgerUnusable, match="cannot be"):
        open_ledger(URL, TENANT, tmp_path).begin(run())


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerUnusable, match="cannot be opened"):
        open_ledger("sqlite:///ledger.db", TENANT, tmp_path).recorded()


def test_a_ledger_that_vanishes_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    ledger = open_ledger(URL, TENANT, tmp_path)
    ledger.begin(run())
    shutil.rmtree(tmp_path / ".reconciler")
    for use in (ledger.recorded, lambda: ledger.begin(run())):
        with pytest.raises(LedgerUnusable, match="gone"):
            use()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_program_holds_is_busy(tmp_path: Path) -> None:
    file = written(tmp_path)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger = SqlLedger(sqlite.database(file, busy_seconds=0), TENANT)
        assert ledger.unfinished() is not None
        with pytest.raises(LedgerUnusable, match=r"busy[\s\S]*Another program"):
            ledger.settle(RUN, [], [])


def test_a_full_disk_is_named_and_what_was_there_stays(tmp_path: Path) -> None:
    file = written(tmp_path)
    database = sqlite.database(file)

    def fill(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}").close()

    event.listen(database.engine, "connect", fill)
    ledger = SqlLedger(database, TENANT)
    with pytest.raises(LedgerUnusable, match=r"disk is full[\s\S]*Make room"):
        ledger.settle(RUN, [], [RememberAccount(owned(f"new {n}")) for n in range(3000)])
    assert len(open_ledger(URL, TENANT, tmp_path).recorded().accounts) == 300


def test_half_a_character_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    written(tmp_path)
    ledger = open_ledger(URL, TENANT, tmp_path)
    bad = Owned(PersonId("x"), AccountRef("x"), "\ud800")
    for effect in (bad, Owned(PersonId("x"), AccountRef("x"), "x", {"a": "\ud800"})):
        with pytest.raises(LedgerUnusable, match="half of a character"):
            ledger.settle(RUN, [], [RememberAccount(owned("99999")), RememberAccount(effect)])
    assert len(ledger.recorded().accounts) == 300


def test_without_the_right_to_write_it_says_so() -> None:
    with ordinary_user() as folder:
        file = folder / "ledger.db"
        open_ledger("sqlite:///ledger.db", TENANT, folder).begin(run())
        file.chmod(0o400)
        folder.chmod(0o500)
        try:
            with pytest.raises(LedgerUnusable, match=r"right to"):
                open_ledger("sqlite:///ledger.db", TENANT, folder).begin(run("run-2"))
            with pytest.raises(LedgerUnusable, match=r"cannot be"):
                open_ledger("sqlite:///sub/ledger.db", TENANT, folder).begin(run())
        finally:
            folder.chmod(0o700)


def test_the_files_of_a_process_are_few(tmp_path: Path) -> None:
    written(tmp_path)
    ledgers = [open_ledger(URL, TENANT, tmp_path) for _ in range(20)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert all(len(one.recorded().accounts) == 300 for one in ledgers)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@contextmanager
def ordinary_user() -> Generator[Path]:
    """A folder of one's own; for root as somebody whom rights apply to."""
    with tempfile.TemporaryDirectory() as name:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(name, 65534, 65534)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.seteuid(0)


def read_only(file: Path) -> SqlLedger:
    """Return the ledger in a file as somebody sees it who may not write it."""
    return SqlLedger(sqlite.database(file, may_write=lambda _: False), TENANT)


def test_a_ledger_that_may_not_be_written_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    file = written(tmp_path)
    before = file.read_bytes()
    ledger = read_only(file)
    assert len(ledger.recorded().accounts) == 300
    assert ledger.unfinished() is not None
    with pytest.raises(LedgerUnusable, match="cannot be written"):
        ledger.settle(RUN, [], [RememberAccount(owned("99999"))])
    assert file.read_bytes() == before
    assert sorted(each.name for each in file.parent.iterdir()) == [".gitignore", "ledger.db"]


def test_what_a_writer_has_just_committed_is_read_by_who_may_not_write(tmp_path: Path) -> None:
    file = written(tmp_path)
    writer = SqlLedger(sqlite.database(file), TENANT)
    with writer.lock("Anna"):
        writer.settle(RUN, [], [RememberAccount(owned("99999"))])
        assert PersonId("99999") in read_only(file).recorded().accounts
    assert PersonId("99999") in read_only(file).recorded().accounts


def test_a_file_that_changes_while_it_is_read_without_locks_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path)
    writer, reader = SqlLedger(sqlite.database(file), TENANT), read_only(file)
    with pytest.raises(LedgerUnusable, match="changed while it was read"):  # noqa: SIM117 - the write comes while it is read
        with reader.database.reading():
            writer.settle(RUN, [], [RememberAccount(owned("99999"))])
    assert PersonId("99999") in reader.recorded().accounts


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_without_the_right_to_write_is_read(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.chmod(0o400)
    file.parent.chmod(0o500)
    try:
        ledger = open_ledger(URL, TENANT, tmp_path)
        assert len(ledger.recorded().accounts) == 300
        with pytest.raises(LedgerUnusable, match="cannot be written"):
            ledger.settle(RUN, [], [])
    finally:
        file.parent.chmod(0o700)
