import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.applier.order import in_waves
from reconciler.applier.parts import describe
from reconciler.applier.run import Options
from reconciler.errors import AccessDenied, Interrupted, PlanNotUsable
from reconciler.model.address import PermissionRef, PersonId
from reconciler.model.change import (
    Change,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    UpdateAccount,
)
from reconciler.model.mapped import Stage
from reconciler.model.plan import Adopted, Bookkeeping, ForgottenGrant, Remembered
from reconciler.model.run import Answer, RunStatus, StepStatus, Unheard
from reconciler.model.state import GrantStatus, PersonError, Protection
from reconciler.model.value import AccountOf, Generated, Plain, Secret
from tests.applier.doubles import FakeTenant, Line, group, product
from tests.applier.worlds import (
    World,
    about,
    changed,
    creation,
    owning,
    plan_of,
    random_world,
    ref_of,
    step,
    tenant_of,
    user,
)

SALES, BOARD, CRM = group("Sales"), group("Board"), product("CRM")
FAULTS = st.sampled_from(["refuse", "later", "unheard", "unheard after", "blind"])
SEEDS = st.integers(0, 10_000)


def grants(*numbers: int) -> World:
    steps = [step(GrantGroup(about(n), SALES)) for n in numbers]
    return World(plan_of(*steps), tenant_of(numbers, [SALES]), owning(numbers))


def ends(world: World) -> list[tuple[str, str]]:
    return [(entry.step, entry.status) for entry in world.ledger.runs()[0].entries]


# ---------------------------------------------------------------- order and concurrency


@given(seed=SEEDS, line=SEEDS, concurrency=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_never_more_at_a_time_than_allowed_and_needs_first(
    seed: int, line: int, concurrency: int
) -> None:
    world = random_world(seed)
    outcome, tenant = world.run(seed=line, options=Options(concurrency=concurrency))
    assert outcome.exit_code == 0
    assert 1 <= tenant.most_at_once <= concurrency
    ended = [result.step.id for result in world.watched]
    for one in world.plan.steps:
        assert all(ended.index(need) < ended.index(one.id) for need in one.needs)


@given(seed=SEEDS, line=SEEDS)
@settings(max_examples=20, deadline=None)
def test_a_wave_starts_only_when_the_one_before_it_is_over(seed: int, line: int) -> None:
    world = random_world(seed)
    world.run(seed=line)
    order = {
        one.id: number
        for number, wave in enumerate(in_waves(world.plan.steps).waves)
        for one in wave
    }
    waves = [order[result.step.id] for result in world.watched]
    assert waves == sorted(waves)
    kinds = [result.step.kind for result in world.watched]
    deletes = kinds.count("delete_account")
    assert kinds[len(kinds) - deletes :] == ["delete_account"] * deletes


def test_as_many_requests_as_allowed_really_run_at_the_same_time() -> None:
    _, tenant = grants(*range(8)).run(options=Options(concurrency=3))
    assert tenant.most_at_once == 3


def test_two_changes_of_one_account_never_run_at_the_same_time() -> None:
    first = step(UpdateAccount(about(1), (changed("firstName", "An", "Anna"),)), name="one")
    second = step(UpdateAccount(about(1), (changed("lastName", None, "Kok"),)), name="two")
    world = World(plan_of(first, second), tenant_of([1]), owning([1]))
    _, tenant = world.run()
    assert tenant.most_at_once == 1
    assert world.ledger.recorded().accounts[PersonId("1")].fields == {
        "firstName": "Anna",
        "lastName": "Kok",
    }


def test_intentions_that_go_out_together_are_one_commit() -> None:
    world = grants(1, 2, 3, 4)
    world.run()
    assert world.ledger.commits.count("intend") == 1


def test_needs_in_a_ring_are_refused_before_anything_is_read() -> None:
    one = step(GrantGroup(about(1), SALES), "b", name="a")
    two = step(GrantGroup(about(2), SALES), "a", name="b")
    world = World(plan_of(one, two), tenant_of([1, 2], [SALES]))
    with pytest.raises(PlanNotUsable, match="ring"):
        world.run()
    assert world.ledger.commits == []


def test_needs_of_no_step_are_refused() -> None:
    world = World(plan_of(step(GrantGroup(about(1), SALES), "nowhere")), tenant_of([1], [SALES]))
    with pytest.raises(PlanNotUsable, match="nowhere"):
        world.run()


# ---------------------------------------------------------------- references and secrets


def test_a_new_account_gets_its_manager_and_a_new_group() -> None:
    made = group("Sales", known=False)
    manager = changed("managedByUserGUID", None, AccountOf(PersonId("1")))
    world = World(
        plan_of(
            step(CreateGroup(made)),
            step(creation(2, manager)),
            step(creation(1)),
            step(GrantGroup(about(2, new=True), made)),
        )
    )
    outcome, tenant = world.run()
    assert outcome.exit_code == 0
    assert world.tenant.accounts[ref_of(user(2))].fields["managedByUserGUID"] == ref_of(user(1))
    assert world.tenant.holders[PermissionRef("guid-of-sales")] == {ref_of(user(2))}
    assert tenant.sent.index(f"create_account {user(1)}") < tenant.sent.index(
        f"create_account {user(2)}"
    )
    recorded = world.ledger.recorded()
    owned = recorded.accounts[PersonId("2")]
    assert (owned.ref, owned.enabled) == (ref_of(user(2)), False)
    assert owned.fields["managedByUserGUID"] == ref_of(user(1))
    assert recorded.permissions[made.key] == "guid-of-sales"
    assert recorded.grants[PermissionRef("guid-of-sales")][ref_of(user(2))].person == "2"


def test_generated_fields_are_drawn_with_the_action_of_their_kind() -> None:
    secret = changed("password", None, Generated("password"))
    enabling = changed("isEnabled", before=False, now=True)
    world = World(
        plan_of(
            step(creation(1)),
            step(
                EnableAccount(about(1, new=True), (enabling, secret)), f"create_account/{user(1)}"
            ),
            step(DeleteAccount(about(2), (secret,))),
        ),
        tenant_of([2]),
        owning([2]),
    )
    world.run()
    assert world.dice.drawn == [
        ("1", Stage.CREATE, "password"),
        ("1", Stage.ENABLE, "password"),
        ("2", Stage.DELETE, "password"),
    ]


@given(seed=SEEDS, faults=st.lists(FAULTS, max_size=2))
@settings(max_examples=30, deadline=None)
def test_a_secret_is_sent_and_stored_nowhere(seed: int, faults: list[str]) -> None:
    world = random_world(seed)
    created = [f"create_account {user(n)}" for n in range(50, 53)]
    outcome, tenant = world.run(seed=seed, faults=dict.fromkeys(created, faults))
    everything = repr(
        (world.ledger.stored, world.ledger.runs(), world.ledger.recorded(), outcome, world.watched)
    )
    assert world.dice.drawn
    assert 'pa"ss-' not in everything
    assert "ss-1-" not in everything
    assert any(one in tenant.sent for one in created)


def test_a_tenant_that_repeats_a_password_in_its_refusal_is_masked() -> None:
    world = World(plan_of(step(creation(1))))
    outcome, _ = world.run(faults={f"create_account {user(1)}": ["refuse"]})
    assert outcome.results[0].error == "The tenant does not want ***"
    assert outcome.exit_code == 5


# ---------------------------------------------------------------- answers


@given(seed=SEEDS, line=SEEDS, pick=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_failed_step_holds_back_only_what_needs_it(seed: int, line: int, pick: int) -> None:
    world = random_world(seed)
    candidates = [it for it in world.plan.steps if it.kind != "correlate_account"]
    victim = candidates[pick % len(candidates)]
    words = victim_words(victim.id)
    renamed = words.replace(" user", " new")
    outcome, _ = world.run(seed=line, faults={words: ["refuse"], renamed: ["refuse"]})
    held_back: set[str] = set()
    for one in in_waves(world.plan.steps).steps:
        if not held_back.isdisjoint(one.needs) or one.id == victim.id:
            held_back.add(one.id)
    for result in outcome.results:
        if result.step.id == victim.id:
            assert result.status is StepStatus.FAILED
        elif result.step.id in held_back:
            assert result.status is StepStatus.SKIPPED
            assert "does not want" in result.error
        else:
            assert result.status in (StepStatus.DONE, StepStatus.PENDING)
    assert outcome.status is RunStatus.INCOMPLETE
    assert outcome.exit_code == 5


def victim_words(step_id: str) -> str:
    kind, name, *permission = step_id.split("/")
    if kind == "create_group":
        return f'create_group "{name}"'
    return f'{kind} "{permission[0]}" for {name}' if permission else f"{kind} {name}"


@pytest.mark.parametrize(
    ("faults", "status", "sent"),
    [
        (["later"], StepStatus.FAILED, 1),
        (["unheard after"], StepStatus.DONE, 1),
        (["unheard"], StepStatus.DONE, 2),
        (["unheard", "unheard after"], StepStatus.DONE, 2),
        (["unheard", "unheard"], StepStatus.FAILED, 2),
        (["unheard", "refuse"], StepStatus.FAILED, 2),
    ],
)
def test_nothing_heard_is_looked_up_and_asked_once_more_if_it_did_not_happen(
    faults: Sequence[str], status: StepStatus, sent: int
) -> None:
    world = World(plan_of(step(creation(1))))
    outcome, tenant = world.run(faults={f"create_account {user(1)}": faults})
    assert outcome.results[0].status is status
    assert len(tenant.sent) == sent
    owned = world.ledger.recorded().accounts
    assert (PersonId("1") in owned) == (status is StepStatus.DONE)


def test_what_needs_an_unheard_step_waits_for_what_looking_tells() -> None:
    enabling = (changed("isEnabled", before=False, now=True),)
    made = step(creation(1))
    then = step(UpdateAccount(about(1, new=True), (changed("lastName", None, "Kok"),)), made.id)
    last = step(EnableAccount(about(1, new=True), enabling), made.id)
    world = World(plan_of(made, then, last))
    outcome, tenant = world.run(faults={f"create_account {user(1)}": ["unheard after"]})
    assert outcome.exit_code == 0
    assert tenant.looks == 1
    assert world.tenant.accounts[ref_of(user(1))].enabled


def test_a_request_of_which_nobody_can_tell_is_unconfirmed_and_pending() -> None:
    world = World(plan_of(step(GrantProduct(about(1), CRM))), tenant_of([1], [CRM]), owning([1]))
    outcome, tenant = world.run(
        faults={f'grant_product "CRM" for {user(1)}': ["unheard"]}, tells_requests=False
    )
    assert outcome.results[0].status is StepStatus.UNCONFIRMED
    assert outcome.exit_code == 5
    assert len(tenant.sent) == 1
    grant = world.ledger.recorded().grants[PermissionRef("guid-of-crm")][ref_of(user(1))]
    assert grant.status is GrantStatus.PENDING


def test_a_request_that_waits_for_approval_is_pending_and_no_failure() -> None:
    world = World(plan_of(step(GrantProduct(about(1), CRM))), tenant_of([1], [CRM]), owning([1]))
    world.tenant.approval = {PermissionRef("guid-of-crm")}
    outcome, _ = world.run()
    assert [result.status for result in outcome.results] == [StepStatus.PENDING]
    assert (outcome.status, outcome.exit_code) == (RunStatus.DONE, 0)
    grant = world.ledger.recorded().grants[PermissionRef("guid-of-crm")][ref_of(user(1))]
    assert grant.status is GrantStatus.PENDING


def test_a_person_left_out_of_the_plan_makes_the_exit_code_5() -> None:
    world = grants(1)
    world.plan = replace(world.plan, errors=(PersonError(PersonId("9"), "No", "No group"),))
    outcome, _ = world.run()
    assert (outcome.status, outcome.exit_code) == (RunStatus.DONE, 5)


# ---------------------------------------------------------------- stale


def stale_world() -> World:
    made = step(creation(3))
    enabling = (changed("isEnabled", before=False, now=True),)
    return World(
        plan_of(
            step(RevokeGroup(about(1), SALES)),
            made,
            step(EnableAccount(about(3, new=True), enabling), made.id),
            step(GrantGroup(about(2), SALES)),
        ),
        tenant_of([1, 2, 3], [SALES], {"Sales": [1]}),
        owning([1, 2]),
    )


def test_a_stale_plan_is_refused_with_nothing_written() -> None:
    world = stale_world()
    before = repr(world.tenant.picture())
    with pytest.raises(PlanNotUsable, match="another account is called user3"):
        world.run()
    assert world.ledger.commits == []
    assert repr(world.tenant.picture()) == before


def test_skip_stale_leaves_out_what_is_stale_and_what_needs_it() -> None:
    world = stale_world()
    outcome, _ = world.run(options=Options(skip_stale=True))
    assert [result.status for result in outcome.results] == [
        StepStatus.DONE,
        StepStatus.STALE,
        StepStatus.SKIPPED,
        StepStatus.DONE,
    ]
    assert outcome.exit_code == 5
    assert world.tenant.holders[PermissionRef("guid-of-sales")] == {ref_of(user(2))}


def test_of_many_stale_actions_twenty_are_named_and_the_rest_counted() -> None:
    world = grants(*range(30))
    world.tenant.accounts.clear()
    with pytest.raises(PlanNotUsable) as refusal:
        world.run()
    assert refusal.value.detail.count("\n") == 20
    assert refusal.value.detail.endswith("and 10 more")


def test_generated_fields_of_a_person_who_left_the_files_are_stale() -> None:
    world = World(plan_of(step(CreateAccount(about(99, new=True), creation(99).fields))))
    with pytest.raises(PlanNotUsable, match="cannot be generated"):
        world.run()


# ---------------------------------------------------------------- reading back


@pytest.mark.parametrize(
    "change",
    [
        UpdateAccount(about(1), (changed("firstName", "An", "Anna"),)),
        DisableAccount(about(1), (changed("isEnabled", before=True, now=False),)),
        DeleteAccount(about(1), ()),
        GrantGroup(about(1), BOARD),
        RevokeGroup(about(1), SALES),
    ],
)
def test_done_that_is_not_there_on_reading_back_is_unconfirmed_and_not_recorded(
    change: UpdateAccount | DisableAccount | DeleteAccount | GrantGroup | RevokeGroup,
) -> None:
    one = step(change)
    world = World(
        plan_of(one),
        tenant_of([1], [SALES, BOARD], {"Sales": [1]}),
        owning([1], [(1, SALES)]),
    )
    before = world.ledger.recorded()
    outcome, _ = world.run(faults={victim_words(one.id): ["lie"]})
    assert outcome.results[0].status is StepStatus.UNCONFIRMED
    assert "on reading back" in outcome.results[0].error
    assert outcome.exit_code == 5
    after = world.ledger.recorded()
    owned, was = after.accounts[PersonId("1")], before.accounts[PersonId("1")]
    assert (owned.enabled, owned.fields["firstName"]) == (was.enabled, was.fields["firstName"])
    assert after.grants == before.grants
    assert [result.status for result in world.watched] == ["done", "unconfirmed"]


def test_a_request_not_assigned_on_reading_back_is_pending_whatever_the_tenant_said() -> None:
    one = step(GrantProduct(about(1), CRM))
    world = World(plan_of(one), tenant_of([1], [CRM]), owning([1]))
    outcome, _ = world.run(faults={victim_words(one.id): ["lie"]})
    assert (outcome.results[0].status, outcome.exit_code) == (StepStatus.PENDING, 0)
    grant = world.ledger.recorded().grants[PermissionRef("guid-of-crm")][ref_of(user(1))]
    assert grant.status is GrantStatus.PENDING


def test_unconfirmed_that_is_there_on_reading_back_is_done() -> None:
    one = step(GrantGroup(about(1), SALES))
    world = World(plan_of(one), tenant_of([1], [SALES]), owning([1]))

    async def scenario() -> int:
        tenant = BlindTenant(world.tenant, faults={victim_words(one.id): ["unheard after"]})
        return (await world.applied(tenant)).exit_code

    assert asyncio.run(scenario()) == 0
    assert [result.status for result in world.watched] == ["unconfirmed", "done"]
    assert len(world.ledger.recorded().grants[PermissionRef("guid-of-sales")]) == 1


class BlindTenant(FakeTenant):
    async def look(self, change: Change) -> Answer | None:
        await super().look(change)
        return Unheard("no answer")


def test_an_account_that_vanished_after_its_creation_is_not_ours() -> None:
    world = World(plan_of(step(creation(1))))

    async def scenario() -> StepStatus:
        tenant = FakeTenant(world.tenant)
        read = tenant.read

        async def vanishing(members_of: Collection[PermissionRef] | None = None) -> object:
            world.tenant.accounts.clear()
            return await read(members_of)

        tenant.read = vanishing  # pyright: ignore[reportAttributeAccessIssue] - somebody else acts
        return (await world.applied(tenant)).results[0].status

    assert asyncio.run(scenario()) is StepStatus.UNCONFIRMED
    assert world.ledger.recorded().accounts == {}


def test_a_tenant_that_cannot_be_read_back_leaves_everything_unconfirmed() -> None:
    world = grants(1, 2)

    async def scenario() -> None:
        tenant = FakeTenant(world.tenant)
        tenant.unreadable_from = 2
        outcome = await world.applied(tenant)
        assert {result.status for result in outcome.results} == {StepStatus.UNCONFIRMED}
        assert outcome.exit_code == 5
        assert outcome.warnings == ("Nothing could be read back: The tenant is out of reach",)

    asyncio.run(scenario())
    assert len(world.ledger.recorded().grants[PermissionRef("guid-of-sales")]) == 2


# ---------------------------------------------------------------- bookkeeping


def test_a_plan_with_nothing_but_bookkeeping_writes_the_ledger_and_asks_the_tenant_nothing() -> (
    None
):
    books = Bookkeeping(
        (Adopted(PersonId("1"), ref_of(user(1)), SALES),),
        (Remembered(PersonId("1"), ref_of(user(1)), user(1), {"title": "Lead"}, enabled=True),),
        (PersonId("2"),),
        (ForgottenGrant(ref_of(user(1)), BOARD.kind, PermissionRef("guid-of-board")),),
        (Protection("group", "guid-of-sales", "Sales"),),
    )
    world = World(plan_of(bookkeeping=books), recorded=owning([1, 2], [(1, BOARD)]))
    outcome, tenant = world.run()
    recorded = world.ledger.recorded()
    assert outcome.exit_code == 0
    assert (tenant.reads, tenant.sent) == (0, [])
    assert list(recorded.accounts) == ["1"]
    assert recorded.accounts[PersonId("1")].fields == {"firstName": "An", "title": "Lead"}
    assert list(recorded.grants) == ["guid-of-sales"]
    assert recorded.protections == {Protection("group", "guid-of-sales", "Sales")}
    assert world.ledger.commits == ["begin", "end"]


@pytest.mark.parametrize("fault", ["refuse", "nothing"])
def test_what_is_remembered_of_an_account_waits_for_its_changes_to_be_done(fault: str) -> None:
    one = step(UpdateAccount(about(1), (changed("firstName", "An", "Anna"),)))
    truth = Remembered(PersonId("1"), ref_of(user(1)), user(1), {"firstName": "Anna"}, enabled=True)
    world = World(
        plan_of(one, bookkeeping=Bookkeeping(remembers=(truth,))), tenant_of([1]), owning([1])
    )
    world.run(faults={f"update_account {user(1)}": [fault]})
    expected = {"refuse": "An", "nothing": "Anna"}[fault]
    assert world.ledger.recorded().accounts[PersonId("1")].fields["firstName"] == expected


# ---------------------------------------------------------------- stopping and going on


def test_interrupted_it_lets_requests_in_flight_finish_and_goes_on_later() -> None:
    world = grants(1, 2, 3)
    first = f'grant_group "Sales" for {user(1)}'

    async def scenario() -> None:
        tenant = FakeTenant(world.tenant, line=Line())
        tenant.gates[first] = asyncio.Event()
        tenant.reached[first] = asyncio.Event()
        running = asyncio.create_task(world.applied(tenant, Options(concurrency=1)))
        await tenant.reached[first].wait()
        running.cancel()
        asyncio.get_running_loop().call_soon(tenant.gates[first].set)
        with pytest.raises(Interrupted) as stop:
            await running
        assert stop.value.exit_code == 130
        assert tenant.sent == [first]

    asyncio.run(scenario())
    assert ends(world) == [(f"grant_group/{user(1)}/Sales", "done")]
    assert world.ledger.unfinished() is not None
    outcome, tenant = world.run()
    assert outcome.run == "run-0"
    assert outcome.exit_code == 0
    assert len(tenant.sent) == 2


def test_interrupted_it_does_not_wait_for_ever_and_looks_when_it_goes_on() -> None:
    world = grants(1)
    first = f'grant_group "Sales" for {user(1)}'

    async def scenario() -> None:
        tenant = FakeTenant(world.tenant)
        tenant.gates[first] = asyncio.Event()
        tenant.reached[first] = asyncio.Event()
        running = asyncio.create_task(world.applied(tenant, Options(grace_seconds=0)))
        await tenant.reached[first].wait()
        running.cancel()
        with pytest.raises(Interrupted):
            await running
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())
    assert ends(world) == [(f"grant_group/{user(1)}/Sales", "intended")]
    outcome, tenant = world.run()
    assert (outcome.exit_code, tenant.looks) == (0, 1)


def test_refused_credentials_in_the_middle_stop_the_run_and_it_goes_on_later() -> None:
    world = grants(1, 2, 3)

    async def scenario() -> None:
        with pytest.raises(AccessDenied):
            await world.applied(LockedTenant(world.tenant))
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())
    assert sorted(status for _, status in ends(world)) == ["done", "done", "intended"]
    outcome, _ = world.run()
    assert outcome.exit_code == 0


class LockedTenant(FakeTenant):
    async def carry_out(
        self,
        change: Change,
        drawn: Mapping[str, Secret | Plain],
        about_to_write: Callable[[], None] = lambda: None,
    ) -> Answer:
        if describe(change).endswith(user(2)):
            raise AccessDenied("The key is disabled")
        return await super().carry_out(change, drawn, about_to_write)


def test_the_unfinished_run_of_another_plan_is_refused_until_it_is_recovered() -> None:
    world = grants(1, 2)
    interrupted(world)

    async def other() -> None:
        await world.applied(FakeTenant(world.tenant), digest="sha256:other")

    with pytest.raises(PlanNotUsable, match="another plan"):
        asyncio.run(other())


def test_going_on_can_be_forbidden() -> None:
    world = grants(1, 2)
    interrupted(world)
    with pytest.raises(PlanNotUsable, match="interrupted"):
        world.run(options=Options(allow_resume=False))


def test_a_new_account_in_a_default_group_is_not_stale_when_going_on() -> None:
    made = step(creation(1))
    world = World(
        plan_of(made, step(GrantGroup(about(1, new=True), SALES), made.id)),
        tenant_of([], [SALES]),
    )
    world.tenant.default_groups = {PermissionRef("guid-of-sales")}
    interrupted(world, f'grant_group "Sales" for {user(1)}')
    outcome, _ = world.run()
    assert outcome.exit_code == 0
    assert world.tenant.creations[user(1)] == 1


def interrupted(world: World, at: str = f'grant_group "Sales" for {user(1)}') -> None:
    async def scenario() -> None:
        tenant = FakeTenant(world.tenant)
        tenant.gates[at] = asyncio.Event()
        tenant.reached[at] = asyncio.Event()
        running = asyncio.create_task(
            world.applied(tenant, Options(concurrency=1, grace_seconds=0))
        )
        await tenant.reached[at].wait()
        running.cancel()
        with pytest.raises(Interrupted):
            await running

    asyncio.run(scenario())
