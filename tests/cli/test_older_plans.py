"""A saved plan older than the last apply: only its own actions are written, if a later plan has them too."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reconciler.applier.run import StepResult
from reconciler.cli.running import run
from reconciler.cli.wiring import make_world
from reconciler.errors import SafeguardRefused
from reconciler.flows.applying import ApplyOptions, apply_saved
from reconciler.flows.world import ReadableTenant
from reconciler.ledger import open_ledger
from reconciler.model.settings import Settings
from reconciler.reports.canonical import digest_of, seal_of
from tests.cli.offices import MANY, Office, user_name
from tests.projects import EMBEDDED


def made_earlier(path: Path, minutes: int = 60) -> None:
    """Give a saved plan the times of an hour before, sealed again."""
    plan = json.loads(path.read_text())
    for name in ("created_at", "expires_at"):
        moment = datetime.fromisoformat(plan[name]) - timedelta(minutes=minutes)
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


def test_what_a_plan_made_and_applied_later_does_not_ask_for_is_stale(office: Office) -> None:
    office.accounts("absent", 20)
    office.accounts("disabled", 21)
    office.project.good("plan", "-o", "old.json")
    made_earlier(office.project.folder / "old.json")
    office.accounts("enabled", 20)
    office.members("Sales", *range(2, 15))
    office.project.good("apply", "--auto-approve", "--additive")
    refused = office.refused("apply", "old.json")
    rehearsed = office.project.run("rehearse", "old.json")
    skipped = office.project.run("apply", "old.json", "--skip-stale")

    assert (refused.code, rehearsed.code) == (4, 4)
    assert f"delete_account {user_name(20)}: a plan made later was applied" in refused.err
    assert user_name(21) not in refused.err
    assert skipped.code == 5
    assert state_of(office, 20) == (True, False)
    assert state_of(office, 21) == (False, False)


def test_a_plan_for_others_from_the_same_files_overtakes_nothing(office: Office) -> None:
    office.accounts("disabled", 20, 21)
    office.project.good("plan", "-o", "old.json")
    made_earlier(office.project.folder / "old.json")
    office.project.good("apply", "--auto-approve", "--person", "20")
    refused = office.refused("apply", "old.json")
    skipped = office.project.run("apply", "old.json", "--skip-stale")

    assert user_name(21) not in refused.err
    assert skipped.code == 5
    assert state_of(office, 21) == (False, False)


def test_files_that_came_back_to_what_a_plan_was_made_from_leave_it_in_force(
    office: Office,
) -> None:
    office.accounts("disabled", 20)
    office.project.good("plan", "-o", "old.json")
    made_earlier(office.project.folder / "old.json")
    office.accounts("enabled", 20)
    office.project.good("plan", "-o", "between.json")
    made_earlier(office.project.folder / "between.json", minutes=30)
    office.project.good("apply", "between.json")
    office.accounts("disabled", 20)
    office.project.good("apply", "--auto-approve", "--person", "1")
    office.project.good("apply", "old.json")

    assert state_of(office, 20) == (False, False)


def state_of(office: Office, number: int) -> tuple[bool, bool]:
    """Tell of an account whether it is enabled, and whether it is deleted."""
    accounts = office.project.held()["accounts"]
    found = next(each for each in accounts if each["userName"] == user_name(number))
    return found["isEnabled"], found["isDeleted"]


def test_what_another_apply_protects_while_this_one_begins_is_protected(office: Office) -> None:
    office.members("Staff", *range(1, 30))
    office.project.good("plan", "-o", "plan.json")
    world = make_world(office.project.folder / "reconciler.yaml")

    @asynccontextmanager
    async def open_tenant(settings: Settings) -> AsyncGenerator[ReadableTenant]:
        office.members("Staff", *range(1, 30), protected=True)
        office.project.spawn("apply", "--auto-approve", "--additive")
        async with world.open_tenant(settings) as tenant:
            yield tenant

    slow = replace(world, open_tenant=open_tenant)
    file = office.project.folder / "plan.json"
    with pytest.raises(SafeguardRefused, match="Staff"):
        run(apply_saved(slow, file, ApplyOptions(), Silent()))

    assert user_name(30) in office.holds("Staff")


class Silent:
    def starts(self, steps: int) -> None: ...

    def ended(self, result: StepResult) -> None: ...
