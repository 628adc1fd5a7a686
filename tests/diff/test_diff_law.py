"""A diff says what a plan does where the tenant is as the base left it."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as profile

from reconciler.cli.wiring import make_world
from reconciler.flows.differing import DiffOptions, find_differences
from reconciler.model.address import PersonId
from reconciler.model.change import Change, CreateAccount, CreateGroup, UpdateAccount, kind_of
from reconciler.model.difference import Difference
from reconciler.model.plan import Plan, Step
from reconciler.planner.fields import MANAGER
from reconciler.reports.difference import diff_document
from tests.diff.repository import git
from tests.laws.organisations import (
    GROUPS,
    PRODUCTS,
    Organisation,
    organisations,
    settings,
)
from tests.laws.project import Project
from tests.laws.test_laws import ANSWERS, LONG, SHORT

FEW = profile(SHORT, max_examples=4)

TENANT: dict[str, Any] = {
    "format_version": "1.0",
    "groups": [
        {"groupGuid": f"10000000-0000-4000-8000-{n:012x}", "name": name, "isEnabled": True}
        for n, name in enumerate(GROUPS)
    ],
    "products": [
        {"productId": f"20000000-0000-4000-8000-{n:012x}", "name": name, "visibility": "All"}
        for n, name in enumerate(PRODUCTS)
    ],
}
NEW = {"create_account", "enable_account", "update_account", "disable_account", "restore_account"}


def deed(kind: str, change: Change) -> tuple[str, str, str]:
    permission = getattr(change, "permission", None)
    person = "" if isinstance(change, CreateGroup) else str(change.subject.person)
    return (kind, person, permission.name if permission else "")


def planned(plan: Plan) -> set[tuple[str, str, str]]:
    """What a plan does; what follows on a new account counts as part of making it."""
    deeds = {deed(step.kind, step.change) for step in plan.steps}
    deeds = {each for each in deeds if each[0] not in {"create_group", "correlate_account"}}
    made = {who for kind, who, _ in deeds if kind in {"create_account", "restore_account"}}
    rest = {each for each in deeds if not (each[1] in made and each[0] in NEW)}
    return rest | {("create_account", who, "") for who in made}


def check_diff_is_the_plan(
    given_settings: dict[str, Any], first: Organisation, second: Organisation
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project = Project(root, given_settings)
        project.seed(TENANT, ANSWERS)
        project.write(first.document())
        project.apply()
        git(root, "init", "--quiet", "--initial-branch", "main")
        git(root, "add", "desired", "fieldMapping.json", "reconciler.yaml")
        git(root, "commit", "--quiet", "--message", "Applied")
        project.write(second.document())
        world = make_world(root / "reconciler.yaml")
        found = find_differences(world, "main", None, DiffOptions())
        again = find_differences(world, "main", None, DiffOptions())
        plan = project.plan().plan

    document = diff_document(found)
    told = {deed(kind_of(each.change), each.change) for each in found.found}
    absent = {
        ("delete_account", who, "")
        for who, state in second.states.items()
        if state == "absent" and who in second.first_names and not first.wants(who)
    }
    assert {each for each in told if each[0] != "create_group"} - absent == planned(plan)
    stayed = {step.subject.person for step in updates(plan.steps)} - made(plan)
    assert fields(each for each in updates(found.found) if each.subject.person in stayed) == fields(
        each for each in updates(plan.steps) if each.subject.person in stayed
    )
    assert document == diff_document(again)


def made(plan: Plan) -> set[PersonId | None]:
    return {
        step.change.subject.person for step in plan.steps if isinstance(step.change, CreateAccount)
    }


def updates(steps: Iterable[Step | Difference]) -> list[UpdateAccount]:
    return [step.change for step in steps if isinstance(step.change, UpdateAccount)]


def fields(changes: Iterable[UpdateAccount]) -> dict[tuple[str, str], Any]:
    """What updates write; of managers only that they do, because a diff knows no references."""
    return {
        (str(change.subject.person), each.field): each.field == MANAGER or (each.before, each.after)
        for change in changes
        for each in change.fields
    }


@FEW
@given(settings(), organisations(), organisations())
def test_a_diff_is_the_plan_on_a_tenant_as_the_base_left_it(
    given_settings: dict[str, Any], first: Organisation, second: Organisation
) -> None:
    check_diff_is_the_plan(given_settings, first, second)


@pytest.mark.long
@LONG
@given(settings(), organisations(), organisations())
def test_a_diff_is_the_plan_on_a_tenant_as_the_base_left_it_at_length(
    given_settings: dict[str, Any], first: Organisation, second: Organisation
) -> None:
    check_diff_is_the_plan(given_settings, first, second)
