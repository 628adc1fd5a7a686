"""Requests seen from the approver's side, which HelloID's API does not show: the sandbox's own door."""

from pathlib import Path
from typing import Literal

from reconciler.sandbox.assignments import approve
from reconciler.sandbox.requesting import request_row
from reconciler.sandbox.store import Session, opened, pack, unpack
from reconciler.sandbox.wire import JSON, fold

_REQUESTS = """SELECT requests.guid, users.guid, users.name, products.guid, products.name, status,
    requests.id, users.id, products.id, requests.body
    FROM requests JOIN users ON users.id = user_id JOIN products ON products.id = product_id"""


def requests(state: Path | str) -> list[dict[str, JSON]]:
    """Return every request ever made, in order, with its status and what was sent."""
    with opened(state, write=False) as session:
        rows = session.db.execute(f"{_REQUESTS} ORDER BY requests.id").fetchall()
    return [request_row(row[:6], unpack(str(row[9]))) for row in rows]


def decide(
    state: Path | str,
    verdict: Literal["approved", "denied"],
    *,
    user: str | None = None,
    product: str | None = None,
    by: str = "approver",
) -> int:
    """Settle the waiting requests and return how many there were.

    `user` and `product`, a name or a GUID each, settle only theirs; `by` is who shows in the history.
    """
    with opened(state, write=True) as session:
        waiting = session.db.execute(f"{_REQUESTS} WHERE status = 'pending' ORDER BY requests.id")
        chosen = [
            row
            for row in waiting.fetchall()
            if _named(user, row[1], row[2]) and _named(product, row[3], row[4])
        ]
        for row in chosen:
            _settle(session, row, verdict, by)
    return len(chosen)


def _named(wanted: str | None, guid: str, name: str) -> bool:
    return wanted is None or fold(wanted) in (guid, fold(name))


def _settle(session: Session, row: tuple[object, ...], verdict: str, by: str) -> None:
    request, user, product = (int(str(number)) for number in row[6:9])
    body, approved = unpack(str(row[9])), verdict == "approved"
    body["approvalHistory"] = [{"userName": by, "comment": None, "approved": approved}]
    statement = "UPDATE requests SET status = ?, body = ? WHERE id = ?"
    session.db.execute(statement, (verdict, pack(body), request))
    if approved:
        approve(session, user, product, body)
