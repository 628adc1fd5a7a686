import socket
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import make_url

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger
from reconciler.ledger.opening import ledger_when_needed
from reconciler.ledger.sql import SqlLedger
from tests.ledger.children import REPOSITORY
from tests.ledger.postgres import Server
from tests.ledger.samples import TENANT, run

SECRET = "hunter2"  # noqa: S105 - what the tests look for in messages


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ledger.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:ledger.db",
        "sqlite:///:memory:",
        "sqlite:///ledger.db?mode=ro",
        "mysql://user:hunter2@example.org/db",
        "postgresql+asyncpg://user:hunter2@example.org/db",
        "postgresql+psycopg:",
        "postgresql+psycopg://user:hunter2@example.org",
        "postgresql://user:hunter2@[::1/db",
        "hunter2",
        "user:hunter2@example.org",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_ones_that_can(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(LedgerUnusable) as refused:
        open_ledger(url, TENANT, tmp_path)
    assert "postgresql+psycopg://USER@HOST" in str(refused.value)
    assert SECRET not in shown(refused.value)


def test_a_server_that_does_not_answer_is_named_without_credentials(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        url = f"postgresql+psycopg://anna:{SECRET}@127.0.0.1:{port}/ledger"
        ledger = open_ledger(url, TENANT, tmp_path)
        for use in (ledger.recorded, lambda: ledger.lock("Anna").__enter__()):
            with pytest.raises(LedgerUnusable, match="cannot be reached") as refused:
                use()
            assert "127.0.0.1" in refused.value.detail
            assert refused.value.fix
            assert SECRET not in shown(refused.value)


def test_a_database_that_does_not_exist_is_named(postgres: Server, tmp_path: Path) -> None:
    url = make_url(postgres.url).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(LedgerUnusable, match="database does not exist") as refused:
        open_ledger(url, TENANT, tmp_path).recorded()
    assert "nowhere" in refused.value.detail


def test_a_user_that_the_server_does_not_know_is_refused(postgres: Server, tmp_path: Path) -> None:
    url = make_url(postgres.url).set(username="nobody-here", password=SECRET)
    with pytest.raises(LedgerUnusable, match="refuses the credentials") as refused:
        open_ledger(url.render_as_string(hide_password=False), TENANT, tmp_path).recorded()
    assert SECRET not in shown(refused.value)


def test_a_user_without_rights_is_told_which(postgres: Server, tmp_path: Path) -> None:
    url = make_url(postgres.fresh())
    postgres.run("DO $$BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN OTHERS THEN END$$")
    reader = url.set(username="reader").render_as_string(hide_password=False)
    ledger = open_ledger(reader, TENANT, tmp_path)
    for use in (ledger.recorded, lambda: ledger.begin(run())):
        with pytest.raises(LedgerUnusable, match="user may not do this") as refused:
            use()
        assert "USAGE" in refused.value.fix


def test_reading_a_database_without_a_ledger_makes_nothing(
    postgres: Server, tmp_path: Path
) -> None:
    url = postgres.fresh()
    assert open_ledger(url, TENANT, tmp_path).runs() == ()
    postgres.run(
        "DO $$BEGIN ASSERT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = "
        f"'{make_url(url).query['options']}'); END$$".replace("-csearch_path=", "")
    )


def test_a_server_that_restarts_between_two_calls_is_no_problem(
    postgres: Server, tmp_path: Path
) -> None:
    ledger = open_ledger(postgres.fresh(), TENANT, tmp_path)
    with ledger.lock("Anna"):
        ledger.begin(run())
        postgres.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'reconciler'"
        )
        assert ledger.unfinished() == run()


def test_a_server_that_commits_without_the_disk_is_asked_to_wait_for_it(
    postgres: Server, tmp_path: Path
) -> None:
    url = make_url(postgres.fresh())
    options = f"{url.query['options']} -csynchronous_commit=off"
    ledger = open_ledger(
        url.update_query_dict({"options": options}).render_as_string(hide_password=False),
        TENANT,
        tmp_path,
    )
    assert isinstance(ledger, SqlLedger)
    with ledger.database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


@pytest.mark.parametrize(
    "statement", ["import reconciler.ledger", "open_ledger('none', 'x', Path())"]
)
def test_no_database_library_is_imported_before_one_is_asked_for(statement: str) -> None:
    program = (
        "import sys; from pathlib import Path; from reconciler.ledger import open_ledger\n"
        f"{statement}\n"
        "sys.exit(' '.join({'sqlalchemy', 'psycopg', 'sqlite3', 'msgspec'} & set(sys.modules)) or None)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert (ended.stderr, ended.returncode) == ("", 0)


READS_NOTHING = """
import sys
from pathlib import Path
from reconciler.ledger.opening import ledger_when_needed
ledger = ledger_when_needed("sqlite:///.reconciler/ledger.db", "sandbox:x", Path(sys.argv[1]))
print(ledger.recorded().accounts, ledger.unfinished(), ledger.runs(), "sqlalchemy" in sys.modules)
"""


def test_what_is_not_there_is_read_without_the_database_s_library(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", READS_NOTHING, tmp_path], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["{}", "None", "()", "False"]
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_somebody_else_makes_meanwhile_is_seen(tmp_path: Path) -> None:
    address = "sqlite:///.reconciler/ledger.db"
    waiting = ledger_when_needed(address, TENANT, tmp_path)
    assert waiting.unfinished() is None
    open_ledger(address, TENANT, tmp_path).begin(run())
    assert waiting.unfinished() == run()
    with pytest.raises(LedgerUnusable):
        waiting.begin(run("another"))


def test_a_ledger_that_is_gone_is_not_an_empty_one(tmp_path: Path) -> None:
    opened = ledger_when_needed("sqlite:///ledger.db", TENANT, tmp_path)
    opened.begin(run())
    (tmp_path / "ledger.db").unlink()
    with pytest.raises(LedgerUnusable, match="gone"):
        opened.recorded()
