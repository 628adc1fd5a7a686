"""A process of its own that holds the lock until it is killed: `python -m tests.ledger.child`."""

import sys
from pathlib import Path

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger
from reconciler.model.plan import StepId
from reconciler.model.run import RememberAccount, RememberGrant
from tests.ledger.samples import RUN, TENANT, entry, grant, owned, run


def hold(url: str, root: Path) -> None:
    with open_ledger(url, TENANT, root).lock("Child"):
        say("held")


def apply(url: str, root: Path) -> None:
    ledger = open_ledger(url, TENANT, root)
    with ledger.lock("Child"):
        ledger.begin(run())
        ledger.intend(RUN, [StepId("a"), StepId("b")], "10:00:01")
        ledger.settle(
            RUN,
            [entry("a")],
            [RememberAccount(owned("10001")), RememberGrant(grant("10001"))],
        )
        ledger.intend(RUN, [StepId("c")], "10:00:03")
        say("between intend and settle")


def contend(url: str, root: Path) -> None:
    ledger = open_ledger(url, TENANT, root)
    say("ready")
    try:
        with ledger.lock("Contender"):
            say("won")
    except LedgerUnusable:
        sys.stdout.write("lost\n")


def make(url: str, root: Path) -> None:
    say("ready")
    open_ledger(url, TENANT, root).begin(run())
    sys.stdout.write("made\n")


def say(what: str) -> None:
    sys.stdout.write(what + "\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    {"hold": hold, "apply": apply, "contend": contend, "make": make}[sys.argv[1]](
        sys.argv[2], Path(sys.argv[3])
    )
