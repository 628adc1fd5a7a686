"""Reading lists: take, skip and order."""

from collections.abc import Sequence

from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import Session
from reconciler.sandbox.wire import Call, Refused


def page_rows(
    session: Session, call: Call, select: str, where: str, values: Sequence[object]
) -> list[tuple[object, ...]]:
    """Return the rows of one page of `select`, which has a column `id`.

    `select` and `where` are our own constants; what a client sent comes in `values` only.
    """
    take, skip = _window(session.settings, call)
    question = f"{select} WHERE {where} ORDER BY {_order(session.settings)} LIMIT ? OFFSET ?"
    return session.db.execute(question, (*values, take, skip)).fetchall()


def _window(settings: TenantSettings, call: Call) -> tuple[int, int]:
    take = call.query.whole("take")
    skip = call.query.whole("skip")
    if (take is not None and take < 1) or (skip is not None and skip < 0):
        raise Refused(400, "take must be at least 1 and skip at least 0.")
    if take is None:
        take = min(settings.default_take, settings.max_take)
    if take > settings.max_take:
        if settings.above_max_take == "refuse":
            raise Refused(400, f"take must be at most {settings.max_take}.")
        take = settings.max_take
    return take, skip or 0


def _order(settings: TenantSettings) -> str:
    if settings.page_order == "id":
        return "id"
    return f"((id + {settings.page_seed}) * 2654435761) % 4294967291, id"
