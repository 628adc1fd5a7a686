"""Runs and their journal, as rows."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from reconciler.errors import LedgerUnusable
from reconciler.ledger.effects import insert_into, upserts_for
from reconciler.ledger.refusals import NO_ANSWER, earlier_run, unknown_run
from reconciler.ledger.tables import ENTRIES, RUNS
from reconciler.model.address import AccountRef, PermissionRef
from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus

_KNOWN = select(
    select(func.max(ENTRIES.c.position))
    .where(ENTRIES.c.tenant == bindparam("of_tenant"), ENTRIES.c.run == bindparam("of_run"))
    .scalar_subquery()
    .label("last")
).where(RUNS.c.tenant == bindparam("of_tenant"), RUNS.c.id == bindparam("of_run"))
"""One row where the run is known: the last position in its journal, or null."""


def read_runs(
    connection: Connection,
    tenant: str,
    *,
    plan_digest: str | None = None,
    status: RunStatus | None = None,
) -> tuple[Run, ...]:
    """Return runs, latest first, with their entries in the order in which steps were first named."""
    wanted: list[ColumnElement[bool]] = [RUNS.c.tenant == tenant]
    if plan_digest is not None:
        wanted.append(RUNS.c.plan_digest == plan_digest)
    if status is not None:
        wanted.append(RUNS.c.status == str(status))
    return _runs(connection, wanted)


def read_latest_runs(
    connection: Connection, tenant: str, limit: int, before: RunId | None, since: str
) -> tuple[Run, ...]:
    """Return at most so many runs, latest first, begun before another and not before a moment.

    The plans of all others stay unread.
    """
    chosen = select(RUNS.c.id).where(RUNS.c.tenant == tenant, RUNS.c.started_at >= since)
    if before is not None:
        place = select(RUNS.c.position).where(RUNS.c.tenant == tenant, RUNS.c.id == before)
        chosen = chosen.where(RUNS.c.position < place.scalar_subquery())
    ids = connection.scalars(chosen.order_by(RUNS.c.position.desc()).limit(limit)).all()
    return _runs(connection, [RUNS.c.tenant == tenant, RUNS.c.id.in_(ids)])


def write_run(connection: Connection, tenant: str, run: Run) -> None:
    """Insert a run, once; raises LedgerUnusable while another has not ended."""
    last = select(func.max(RUNS.c.position)).where(RUNS.c.tenant == tenant)
    # The indices decide: the run is known already, or another is still running.
    made = connection.execute(
        insert_into(RUNS, connection.dialect.name)
        .values(
            tenant=tenant,
            id=run.id,
            position=(connection.scalar(last) or 0) + 1,
            plan_digest=run.plan_digest,
            started_at=run.started_at,
            ended_at=run.ended_at,
            status=str(run.status),
            started_by=run.by,
            revision=run.commit,
            plan=run.plan,
        )
        .on_conflict_do_nothing()
    )
    if made.rowcount == 1:
        write_entries(connection, tenant, run.id, run.entries)
    else:
        _refuse_second(connection, tenant, run.id)


def write_entries(
    connection: Connection, tenant: str, run: RunId, entries: Iterable[Entry]
) -> None:
    """Insert or replace the lines of steps; raises LedgerUnusable where the run was never begun."""
    known = connection.execute(_KNOWN, {"of_tenant": tenant, "of_run": run}).one_or_none()
    if known is None:
        raise unknown_run(run)
    entries = tuple(entries)
    if not entries:
        return
    first = (known.last or 0) + 1
    connection.execute(
        upserts_for(connection.dialect.name).entry,
        [
            {
                "tenant": tenant,
                "run": run,
                "step": entry.step,
                "position": position,
                "status": str(entry.status),
                "at": entry.at,
                "error": entry.error.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                "account": entry.account,
                "permission": entry.permission,
            }
            for position, entry in enumerate(entries, start=first)
        ],
    )


def close_run(connection: Connection, tenant: str, run: RunId, status: RunStatus, at: str) -> None:
    """Write the end of a run; what is still intended becomes unconfirmed."""
    connection.execute(
        update(ENTRIES)
        .where(
            ENTRIES.c.tenant == tenant,
            ENTRIES.c.run == run,
            ENTRIES.c.status == str(StepStatus.INTENDED),
        )
        .values(status=str(StepStatus.UNCONFIRMED), at=at, error=NO_ANSWER)
    )
    connection.execute(
        update(RUNS)
        .where(RUNS.c.tenant == tenant, RUNS.c.id == run)
        .values(status=str(status), ended_at=at)
    )


def intentions(steps: Sequence[StepId], at: str) -> list[Entry]:
    """Return the lines of steps that are about to be sent."""
    return [Entry(step, StepStatus.INTENDED, at) for step in steps]


def _runs(connection: Connection, wanted: list[ColumnElement[bool]]) -> tuple[Run, ...]:
    try:
        entries = _entries(connection, wanted)
        query = select(RUNS).where(*wanted).order_by(RUNS.c.position.desc())
        return tuple(
            Run(
                id=RunId(row.id),
                plan_digest=row.plan_digest,
                started_at=row.started_at,
                ended_at=row.ended_at,
                status=RunStatus(row.status),
                by=row.started_by,
                commit=row.revision,
                plan=row.plan,
                entries=entries.get(row.id, ()),
            )
            for row in connection.execute(query)
        )
    except ValueError as error:
        raise LedgerUnusable(
            "The ledger is damaged",
            f"A run holds what no apply writes: {error}.",
            "Restore the ledger from a backup.",
        ) from error


def _entries(
    connection: Connection, wanted: list[ColumnElement[bool]]
) -> dict[str, tuple[Entry, ...]]:
    query = (
        select(
            ENTRIES.c.run,
            ENTRIES.c.step,
            ENTRIES.c.status,
            ENTRIES.c.at,
            ENTRIES.c.error,
            ENTRIES.c.account,
            ENTRIES.c.permission,
        )
        .join(RUNS, (RUNS.c.tenant == ENTRIES.c.tenant) & (RUNS.c.id == ENTRIES.c.run))
        .where(*wanted)
        .order_by(ENTRIES.c.run, ENTRIES.c.position)
    )
    rows = connection.execute(query)
    return {
        run: tuple(
            Entry(
                StepId(step),
                StepStatus(status),
                at,
                error,
                None if account is None else AccountRef(account),
                None if permission is None else PermissionRef(permission),
            )
            for _, step, status, at, error, account, permission in lines
        )
        for run, lines in groupby(rows, key=lambda row: row[0])
    }


def _refuse_second(connection: Connection, tenant: str, run: RunId) -> None:
    known = connection.execute(_KNOWN, {"of_tenant": tenant, "of_run": run}).one_or_none()
    if known is None:
        query = select(RUNS.c.id, RUNS.c.started_at, RUNS.c.started_by).where(
            RUNS.c.tenant == tenant, RUNS.c.status == str(RunStatus.RUNNING)
        )
        other = connection.execute(query).one()
        raise earlier_run(RunId(other.id), other.started_at, other.started_by)
