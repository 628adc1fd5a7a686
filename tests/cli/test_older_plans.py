"""A saved plan that is older than the last apply writes only what its own actions bring about."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.ledger import open_ledger
from reconciler.reports.canonical import digest_of, seal_of
from tests.cli.offices import MANY, Office
from tests.projects import EMBEDDED


def made_earlier(path: Path) -> None:
    """Give a saved plan the times of an hour before, sealed again."""
    plan = json.loads(path.read_text())
    for name in ("created_at", "expires_at"):
        moment = datetime.fromisoformat(plan[name]) - timedelta(hours=1)
        plan[name] = moment.isoformat().replace("+00:00", "Z")
    plan["seal"] = seal_of(digest_of(plan), plan["created_at"], plan["expires_at"])
    path.write_text(json.dumps(plan))


def test_protection_that_a_later_apply_brought_outlives_an_older_plan(office: Office) -> None:
    office.project.good("plan", "-o", "old.json")
    made_earlier(office.project.folder / "old.json")
    office.members("Staff", *MANY, protected=True)
    office.project.good("apply", "--auto-approve")
    office.project.good("apply", "old.json")
    ledger = open_ledger("sqlite:///.reconciler/ledger.db", EMBEDDED, office.project.folder)

    assert {it.name for it in ledger.recorded().protections} == {"Admins", "Staff"}
