import asyncio
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.applier.recovery import lost_as_recorded, recover
from reconciler.applier.run import Options, StepResult
from reconciler.model.change import CreateAccount, GrantProduct
from reconciler.model.plan import StepId
from reconciler.model.run import Run, RunStatus, StepStatus
from reconciler.model.state import GrantStatus
from tests.applier.doubles import Crash, FakeTenant, Killed, actual_of
from tests.applier.worlds import World, random_world

SEEDS = st.integers(0, 10_000)
KILLS = st.lists(st.integers(1, 250), min_size=1, max_size=3)
FOUR = Options(concurrency=4)


def killed_and_run_again(world: World, kills: list[int], *, tells: bool, seed: int) -> None:
    """Apply with a kill at the n-th call of a port, as often as asked, then to the end."""
    for number, kill in enumerate(kills):
        with contextlib.suppress(Killed):
            world.run(seed=seed + number, crash=Crash(kill), tells_requests=tells, options=FOUR)
        if ended(world):
            return
    world.run(seed=seed + 99, tells_requests=tells, options=FOUR)


def ended(world: World) -> bool:
    runs = world.ledger.runs()
    return bool(runs) and runs[0].status is not RunStatus.RUNNING


def statuses(world: World) -> dict[StepId, StepStatus]:
    return {entry.step: entry.status for entry in world.ledger.runs()[0].entries}


def check_same_end(seed: int, kills: list[int], line: int) -> None:
    whole, broken = random_world(seed), random_world(seed)
    whole.run(seed=line, options=FOUR)
    killed_and_run_again(broken, kills, tells=True, seed=line)
    assert broken.tenant.picture() == whole.tenant.picture()
    assert broken.ledger.recorded() == whole.ledger.recorded()
    assert statuses(broken) == statuses(whole)
    assert [run.status for run in broken.ledger.runs()] == [RunStatus.DONE]
    assert set(broken.tenant.creations.values()) <= {1}
    assert set(broken.tenant.requested.values()) <= {1}


@given(seed=SEEDS, kills=KILLS, line=SEEDS)
@settings(max_examples=60, deadline=None)
def test_killed_anywhere_and_run_again_ends_as_if_not_killed(
    seed: int, kills: list[int], line: int
) -> None:
    check_same_end(seed, kills, line)


@pytest.mark.parametrize("world", [3, 4])
def test_killed_at_each_call_of_a_run_and_run_again_ends_as_if_not_killed(world: int) -> None:
    crash = Crash()
    random_world(world, size=3).run(crash=crash, options=FOUR)
    for kill in range(1, crash.calls + 1):
        check_same_end_of_small(world, kill)


def check_same_end_of_small(seed: int, kill: int) -> None:
    whole, broken = random_world(seed, size=3), random_world(seed, size=3)
    whole.run(options=FOUR)
    killed_and_run_again(broken, [kill], tells=True, seed=0)
    assert (kill, broken.tenant.picture()) == (kill, whole.tenant.picture())
    assert (kill, broken.ledger.recorded()) == (kill, whole.ledger.recorded())
    assert len(broken.ledger.runs()) == 1


@given(seed=SEEDS, kills=KILLS, line=SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_request_that_nobody_can_tell_of_is_never_sent_twice_and_counts_as_pending(
    seed: int, kills: list[int], line: int
) -> None:
    world = random_world(seed)
    killed_and_run_again(world, kills, tells=False, seed=line)
    assert set(world.tenant.requested.values()) <= {1}
    assert set(world.tenant.creations.values()) <= {1}
    grants = world.ledger.recorded().grants
    for step in world.plan.steps:
        if step.kind != "grant_product":
            assert statuses(world)[step.id] is StepStatus.DONE, step.id
        elif statuses(world)[step.id] is StepStatus.UNCONFIRMED:
            assert isinstance(step.change, GrantProduct)
            ref = step.change.permission.ref
            assert ref is not None
            rows = {grant.person: grant.status for grant in grants[ref].values()}
            person = step.change.subject.person
            assert person is not None
            assert rows[person] is GrantStatus.PENDING


def killed_run(world: World, kill: int, line: int) -> Run | None:
    with contextlib.suppress(Killed):
        world.run(seed=line, crash=Crash(kill), options=FOUR)
    world.ledger.crash = Crash()
    return world.ledger.unfinished()


@given(seed=SEEDS, kill=st.integers(1, 250), line=SEEDS)
@settings(max_examples=50, deadline=None)
def test_recovering_another_plans_run_records_what_was_done_and_ends_it(
    seed: int, kill: int, line: int
) -> None:
    world = random_world(seed)
    run = killed_run(world, kill, line)
    if run is None:
        return
    before = world.tenant.picture()
    expected = lost_as_recorded(
        world.ledger.recorded(), run, world.plan.steps, actual_of(world.tenant)
    )
    tenant = FakeTenant(world.tenant)
    results = run_recover(world, run, tenant)
    after = world.ledger.recorded()
    assert world.tenant.picture() == before
    assert tenant.sent == []
    assert world.ledger.unfinished() is None
    assert world.ledger.runs()[0].status is RunStatus.INTERRUPTED
    assert StepStatus.INTENDED not in statuses(world).values()
    assert after.accounts == expected.accounts
    lost_requests = {it.step.id for it in results if it.step.kind == "grant_product"}
    if not lost_requests:
        assert after == expected


def run_recover(world: World, run: Run, tenant: FakeTenant) -> tuple[StepResult, ...]:
    return asyncio.run(recover(run, world.plan.steps, world.ports(tenant)))


@given(seed=SEEDS, kill=st.integers(1, 250), line=SEEDS)
@settings(max_examples=40, deadline=None)
def test_recovered_accounts_are_those_that_the_tenant_has(seed: int, kill: int, line: int) -> None:
    world = random_world(seed)
    run = killed_run(world, kill, line)
    if run is None:
        return
    run_recover(world, run, FakeTenant(world.tenant))
    created = [
        (step.change.subject.person, step.change.subject.account.user_name)
        for step in world.plan.steps
        if isinstance(step.change, CreateAccount)
    ]
    names = {it.user_name for it in world.tenant.accounts.values()}
    for person, user_name in created:
        assert (person in world.ledger.recorded().accounts) == (user_name in names)
