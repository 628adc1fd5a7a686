import asyncio

import pytest

from reconciler.applier.recovery import lost_as_recorded, recover
from reconciler.model.address import PermissionRef, PersonId
from reconciler.model.change import (
    Change,
    DeleteAccount,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    UpdateAccount,
)
from reconciler.model.plan import Step, StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus
from reconciler.model.state import GrantStatus, Recorded
from tests.applier.doubles import FakeTenant, State, actual_of, group, product
from tests.applier.worlds import (
    World,
    about,
    changed,
    creation,
    owning,
    plan_of,
    ref_of,
    step,
    tenant_of,
    user,
)

SALES, CRM = group("Sales"), product("CRM")
STARTED = "2026-11-23T10:00:00+00:00"


def lost_run(*steps: StepId) -> Run:
    entries = tuple(Entry(it, StepStatus.INTENDED, STARTED) for it in steps)
    return Run(
        RunId("old"), "sha256:old", STARTED, None, RunStatus.RUNNING, "test", None, "{}", entries
    )


def judged(change: Change, tenant: State, recorded: Recorded | None = None) -> Recorded:
    one = step(change)
    return lost_as_recorded(recorded or owning([1]), lost_run(one.id), [one], actual_of(tenant))


def test_a_lost_creation_found_by_name_with_its_fields_is_ours() -> None:
    tenant = tenant_of([2])
    tenant.accounts[ref_of(user(2))].enabled = False
    found = judged(creation(2, changed("firstName", None, "An")), tenant)
    owned = found.accounts[PersonId("2")]
    assert (owned.ref, owned.enabled, owned.fields["firstName"]) == (ref_of(user(2)), False, "An")


def test_a_lost_creation_found_with_other_fields_is_not_ours() -> None:
    tenant = tenant_of([2])
    tenant.accounts[ref_of(user(2))].enabled = False
    found = judged(creation(2, changed("firstName", None, "Bo")), tenant)
    assert found == owning([1])


def test_a_lost_creation_that_is_another_persons_account_is_not_taken_over() -> None:
    tenant = tenant_of([2])
    tenant.accounts[ref_of(user(2))].enabled = False
    recorded, change = owning([2]), creation(2)
    mine = type(change)(about(3, new=True), change.fields)
    assert judged(mine, tenant, recorded) == recorded


def test_a_lost_creation_that_did_not_happen_records_nothing() -> None:
    assert judged(creation(2), State()) == owning([1])


def test_a_lost_request_counts_as_pending_until_it_is_assigned() -> None:
    waiting = judged(GrantProduct(about(1), CRM), tenant_of([1], [CRM]))
    held = judged(GrantProduct(about(1), CRM), tenant_of([1], [CRM], {"CRM": [1]}))
    ref, holder = PermissionRef("guid-of-crm"), ref_of(user(1))
    assert waiting.grants[ref][holder].status is GrantStatus.PENDING
    assert held.grants[ref][holder].status is GrantStatus.HELD


@pytest.mark.parametrize(
    ("change", "holding", "grants"),
    [
        (GrantGroup(about(1), SALES), [1], 1),
        (GrantGroup(about(1), SALES), [], 0),
    ],
)
def test_a_lost_membership_is_judged_by_the_snapshot(
    change: GrantGroup, holding: list[int], grants: int
) -> None:
    found = judged(change, tenant_of([1], [SALES], {"Sales": holding}))
    assert sum(map(len, found.grants.values())) == grants


def test_a_lost_revoke_and_a_lost_deletion_are_forgotten_only_when_they_happened() -> None:
    recorded = owning([1], [(1, SALES)])
    there = tenant_of([1], [SALES], {"Sales": [1]})
    gone = tenant_of([1], [SALES], deleted=[1])
    assert judged(RevokeGroup(about(1), SALES), there, recorded) == recorded
    assert judged(RevokeGroup(about(1), SALES), gone, recorded).grants == {}
    assert judged(DeleteAccount(about(1), ()), there, recorded) == recorded
    assert judged(DeleteAccount(about(1), ()), gone, recorded).accounts == {}


def test_a_lost_update_half_done_changes_nothing() -> None:
    change = UpdateAccount(
        about(1), (changed("firstName", "An", "Anna"), changed("lastName", None, "Kok"))
    )
    tenant = tenant_of([1])
    tenant.accounts[ref_of(user(1))].fields["firstName"] = "Anna"
    assert judged(change, tenant) == owning([1])


def recovered(world: World, run: Run, steps: list[Step]) -> list[tuple[StepId, StepStatus, str]]:
    world.ledger.begin(run)
    world.ledger.intend(run.id, [it.step for it in run.entries], STARTED)
    tenant = FakeTenant(world.tenant, tells_requests=False)
    asyncio.run(recover(run, steps, world.ports(tenant)))
    assert tenant.sent == []
    assert world.ledger.unfinished() is None
    (ended,) = world.ledger.runs()
    assert ended.status is RunStatus.INTERRUPTED
    return [(it.step, it.status, it.error) for it in ended.entries]


def test_recovering_settles_by_looking_and_never_writes() -> None:
    there, away = step(GrantGroup(about(1), SALES)), step(GrantGroup(about(2), SALES))
    asked = step(GrantProduct(about(1), CRM))
    world = World(plan_of(), tenant_of([1, 2], [SALES, CRM], {"Sales": [1]}), owning([1, 2]))
    run = lost_run(there.id, away.id, asked.id)
    ends = {it[0]: it[1] for it in recovered(world, run, [there, away, asked])}
    assert ends == {
        there.id: StepStatus.DONE,
        away.id: StepStatus.FAILED,
        asked.id: StepStatus.UNCONFIRMED,
    }
    grants = world.ledger.recorded().grants
    assert list(grants[PermissionRef("guid-of-sales")]) == [ref_of(user(1))]
    assert grants[PermissionRef("guid-of-crm")][ref_of(user(1))].status is GrantStatus.PENDING


def test_a_lost_step_that_the_plan_lacks_is_unconfirmed() -> None:
    ends = recovered(World(plan_of()), lost_run(StepId("gone")), [])
    assert [(it, status) for it, status, _ in ends] == [("gone", StepStatus.UNCONFIRMED)]


def test_a_lost_step_whose_account_was_never_heard_of_is_unconfirmed() -> None:
    made = step(creation(5))
    grant = step(GrantGroup(about(5, new=True), SALES), made.id)
    ends = recovered(World(plan_of(), tenant_of([], [SALES])), lost_run(grant.id), [made, grant])
    assert [(it, status) for it, status, _ in ends] == [(grant.id, StepStatus.UNCONFIRMED)]
