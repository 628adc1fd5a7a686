"""A plan that only takes accounts over is carried out on the very reading that it was drawn from."""

import asyncio

from reconciler.applier.run import Options
from reconciler.model.change import CorrelateAccount, GrantGroup, UpdateAccount
from reconciler.model.person import PersonId
from reconciler.model.plan import Step
from reconciler.model.run import RunStatus
from reconciler.model.state import Actual, Recorded
from tests.applier.doubles import FakeTenant, group
from tests.applier.worlds import (
    World,
    about,
    changed,
    owning,
    plan_of,
    ref_of,
    step,
    tenant_of,
    user,
)

SALES = group("Sales")


def world_of(*steps: Step, recorded: Recorded | None = None) -> tuple[World, Actual]:
    """Return a world, and what its tenant holds when the plan is drawn."""
    world = World(plan_of(*steps), tenant_of([1, 2], [SALES]), recorded or Recorded())
    return world, asyncio.run(FakeTenant(world.tenant).read())


def reads(world: World, options: Options) -> int:
    tenant = FakeTenant(world.tenant)
    outcome = asyncio.run(world.applied(tenant, options))
    assert outcome.status is RunStatus.DONE
    return tenant.reads


def test_taking_over_reads_the_tenant_no_second_time() -> None:
    world, seen = world_of(step(CorrelateAccount(about(1))), step(CorrelateAccount(about(2))))
    assert reads(world, Options(seen=seen)) == 0
    owned = world.ledger.recorded().accounts
    assert {person: it.ref for person, it in owned.items()} == {
        PersonId(str(n)): ref_of(user(n)) for n in (1, 2)
    }


def test_without_what_was_seen_it_reads_right_before() -> None:
    world, _ = world_of(step(CorrelateAccount(about(1))))
    assert reads(world, Options()) == 1


def test_whatever_sends_something_reads_before_and_after() -> None:
    update = UpdateAccount(about(1), (changed("firstName", "An", "Anna"),))
    world, seen = world_of(step(CorrelateAccount(about(2))), step(update), recorded=owning([1]))
    assert reads(world, Options(seen=seen)) == 2


def test_what_was_seen_earlier_does_not_hide_a_change_where_something_is_sent() -> None:
    world, seen = world_of(step(GrantGroup(about(1), SALES)), recorded=owning([1]))
    world.tenant.accounts.clear()
    outcome = asyncio.run(
        world.applied(FakeTenant(world.tenant), Options(seen=seen, skip_stale=True))
    )
    assert [result.status for result in outcome.results] == ["stale"]
