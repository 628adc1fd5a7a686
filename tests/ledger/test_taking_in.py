"""What an apply takes over is thousands of rows: they go to the database table by table."""

from pathlib import Path

from sqlalchemy import event

from reconciler.ledger import open_ledger
from reconciler.ledger.sql import SqlLedger
from reconciler.model.address import PermissionKind
from reconciler.model.run import Effect, RememberGrant, RememberPermission
from tests.ledger.samples import RUN, SALES, TENANT, grant, run


def test_effects_on_two_tables_by_turns_need_one_statement_each(tmp_path: Path) -> None:
    ledger = open_ledger("sqlite:///ledger.db", TENANT, tmp_path)
    assert isinstance(ledger, SqlLedger)
    ledger.begin(run())
    effects: list[Effect] = []
    for number in range(50):
        effects.append(RememberPermission(PermissionKind.GROUP, "Sales", SALES))
        effects.append(RememberGrant(grant(str(number))))
    sent: list[str] = []

    @event.listens_for(ledger.database.engine, "before_cursor_execute")
    def hear(*said: object) -> None:  # pyright: ignore[reportUnusedFunction] - SQLAlchemy keeps it
        sent.append(str(said[2]))

    ledger.settle(RUN, [], effects)

    assert len([one for one in sent if one.startswith("INSERT")]) == 2
    assert len(ledger.recorded().grants[SALES]) == 50
