"""Without a ledger, the revision that was applied last stands for it: the plans are the same."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile

from reconciler.cli.wiring import make_world
from reconciler.flows.planning import PlanOptions, make_plan
from reconciler.model.change import CorrelateAccount, CreateGroup
from reconciler.model.plan import Plan
from tests.diff.repository import git
from tests.laws.organisations import Organisation, organisations, settings, tenants
from tests.laws.project import Project
from tests.laws.test_laws import ANSWERS, LONG, SHORT

FEW = profile(SHORT, max_examples=4)


def deeds(plan: Plan) -> list[tuple[str, ...]]:
    """What a plan does: kind, person, permission and fields of every action; taking over is none."""
    found: list[tuple[str, ...]] = []
    for step in plan.steps:
        change = step.change
        if isinstance(change, CorrelateAccount):
            continue
        person = "" if isinstance(change, CreateGroup) else str(change.subject.person)
        account = "" if isinstance(change, CreateGroup) else change.subject.account.user_name
        permission = getattr(change, "permission", None)
        fields = getattr(change, "fields", ())
        name = permission.name if permission else ""
        found.append((step.kind, person, account, name, repr(fields)))
    return sorted(found)


def check_base_stands_for_the_ledger(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project = Project(root, given_settings)
        project.seed(tenant, ANSWERS)
        project.write(first.document())
        project.apply()
        git(root, "init", "--quiet", "--initial-branch", "main")
        git(root, "add", "desired", "fieldMapping.json", "reconciler.yaml")
        git(root, "commit", "--quiet", "--message", "Applied")
        project.write(second.document())
        kept = project.plan().plan
        (root / "reconciler.yaml").write_text(json.dumps({**given_settings, "ledger": "none"}))
        world = make_world(root / "reconciler.yaml")
        based = asyncio.run(make_plan(world, PlanOptions(base="main"))).plan

        assert deeds(based) == deeds(kept)
        assert based.errors == kept.errors


@FEW
@given(settings(), tenants(), organisations(), organisations())
def test_without_a_ledger_the_plan_from_the_last_applied_revision_is_the_same(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    check_base_stands_for_the_ledger(given_settings, tenant, first, second)


@pytest.mark.long
@LONG
@given(settings(), tenants(), organisations(), organisations())
def test_without_a_ledger_the_plan_from_the_last_applied_revision_is_the_same_at_length(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    check_base_stands_for_the_ledger(given_settings, tenant, first, second)
