"""The newest schema, as queries see it. Migrations make it; a test keeps the two equal.

Every row carries its tenant, so that one database may serve several. Names have a prefix, because a
PostgreSQL database may hold other programs' tables. Dates and times are ISO 8601 text.
"""

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text, text

METADATA = MetaData()

SCHEMA = Table(
    "reconciler_schema",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("summary", Text, nullable=False),
    Column("applied_at", Text, nullable=False),
)

ACCOUNTS = Table(
    "reconciler_accounts",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("user_guid", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("enabled", Boolean),
    Column("disabled_since", Text),
    Column("since", Text, nullable=False),
    Column("stored", Text, nullable=False, server_default=text("'{}'")),
)

GRANTS = Table(
    "reconciler_grants",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("permission", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("since", Text),
    Index("reconciler_grants_of_person", "tenant", "person"),
)

PERMISSIONS = Table(
    "reconciler_permissions",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("permission", Text, nullable=False),
)

PROTECTIONS = Table(
    "reconciler_protections",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("name", Text, primary_key=True),
)

RUNS = Table(
    "reconciler_runs",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("plan_digest", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("status", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("revision", Text),
    Column("plan", Text, nullable=False),
)
Index("reconciler_runs_in_order", RUNS.c.tenant, RUNS.c.position)
Index("reconciler_runs_of_plan", RUNS.c.tenant, RUNS.c.plan_digest)
# It holds running runs only. To say so here would load PostgreSQL's dialect for every ledger.
Index("reconciler_runs_unfinished", RUNS.c.tenant, unique=True)

ENTRIES = Table(
    "reconciler_entries",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("run", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("account", Text),
    Column("permission", Text),
    Index("reconciler_entries_in_order", "tenant", "run", "position"),
)

LOCK = Table(
    "reconciler_lock",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("heartbeat", Text, nullable=False),
)

REPORTS = Table(
    "reconciler_reports",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("taken_at", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("revision", Text),
    Column("snapshot_digest", Text, nullable=False),
    Column("appeared", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
)
Index("reconciler_reports_in_order", REPORTS.c.tenant, REPORTS.c.position, unique=True)

COUNTS = Table(
    "reconciler_counts",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("report", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("issues", Integer, nullable=False),
)

ISSUES = Table(
    "reconciler_issues",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("issue", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("person", Text),
    Column("first_seen", Text, nullable=False),
)

POSTPONEMENTS = Table(
    "reconciler_postponements",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("mark", Text, primary_key=True),
    Column("report", Text, nullable=False),
)
