"""What the product foresees of a plan is what applying it leaves behind."""

import asyncio
from dataclasses import replace
from pathlib import Path

from reconciler.applier.foreseeing import foreseen
from reconciler.cli.wiring import make_world
from reconciler.flows.planning import PlanOptions, plan_on, read_ground
from reconciler.model.state import Recorded
from tests.projects import Project, account, group, person, tenant_of

PEOPLE = [person(1, "Anna", "Visser"), person(2, "Bram", "Kok", manager=1)]


def test_a_second_plan_on_what_is_foreseen_has_nothing_to_do(tmp_path: Path) -> None:
    made = Project.at(tmp_path / "project", {"target": {"set_manager": True}})
    made.seed(tenant_of(["Sales"], ["CRM"]))
    made.want(
        {
            "persons": PEOPLE,
            "accounts": [account(1), account(2)],
            "groups": [group("Sales", 1), group("New", 2, create=True)],
            "products": [group("CRM", 1, 2)],
        }
    )
    world, options = make_world(made.folder / "reconciler.yaml"), PlanOptions()
    ground = asyncio.run(read_ground(world, options))
    first = plan_on(ground, options, world.now().date())
    recorded, actual = foreseen(first, ground.recorded, ground.actual)
    later = replace(
        ground, project=ground.project.seeing(recorded), recorded=recorded, actual=actual
    )
    second = plan_on(later, options, first.as_of)
    assert len(first.steps) > 6
    assert second.steps == ()
    assert second.bookkeeping.adopts == ()

    made.good("apply", "--auto-approve", "-q")
    held = asyncio.run(read_ground(world, options))
    assert {each.user_name for each in actual.accounts.values()} == {
        each.user_name for each in held.actual.accounts.values()
    }
    assert recorded.accounts.keys() == held.recorded.accounts.keys()
    for who, owned in recorded.accounts.items():
        there = held.recorded.accounts[who]
        assert (owned.user_name, owned.enabled) == (there.user_name, there.enabled)
        known = {n: v for n, v in owned.fields.items() if not str(v).startswith("(")}
        assert known.items() <= there.fields.items()
    assert _by_name(recorded) == _by_name(held.recorded)


def _by_name(recorded: Recorded) -> set[tuple[str, str]]:
    return {
        (owned.name, owned.person)
        for holders in recorded.grants.values()
        for owned in holders.values()
    }
