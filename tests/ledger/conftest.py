"""The kinds of ledger, so that one contract is tested on each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.flows.world import Books
from reconciler.ledger import open_ledger
from reconciler.ledger.opening import ledger_when_needed
from tests.ledger.postgres import Server, postgres
from tests.ledger.samples import TENANT

__all__ = ["postgres"]

Reopen = Callable[[], Books]
"""Opens the same ledger anew; what is only in memory is what it was."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite:///.reconciler/ledger.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture(params=["none", "sqlite", "sqlite when needed", "postgresql"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    match request.param:
        case "none":
            kept = open_ledger("none", TENANT, tmp_path)
            return lambda: kept
        case "sqlite":
            return lambda: open_ledger("sqlite:///.reconciler/ledger.db", TENANT, tmp_path)
        case "sqlite when needed":
            address = "sqlite:///.reconciler/ledger.db"
            return lambda: ledger_when_needed(address, TENANT, tmp_path)
        case _:
            server: Server = request.getfixturevalue("postgres")
            address = server.fresh()
            return lambda: open_ledger(address, TENANT, tmp_path)
