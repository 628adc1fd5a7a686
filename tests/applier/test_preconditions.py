from dataclasses import replace

import pytest

from reconciler.applier.order import in_waves
from reconciler.applier.preconditions import ground_of, stale_steps
from reconciler.applier.references import Made
from reconciler.model.address import AccountName, PersonId
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.plan import Step, StepId
from reconciler.model.state import Recorded
from reconciler.model.value import AccountOf
from tests.applier.doubles import State, actual_of, group, product
from tests.applier.worlds import about, changed, creation, ref_of, step, tenant_of, user

SALES, NONE, CRM = group("Sales"), group("None"), product("CRM")
ANNA = (changed("firstName", "An", "Anna"),)


def state() -> State:
    """1 is live and holds both permissions, 2 is live and holds nothing, 3 is deleted."""
    return tenant_of([1, 2, 3], [SALES, CRM], {"Sales": [1], "CRM": [1]}, deleted=[3])


def stale(
    *steps: Step, tenant: State | None = None, settled: tuple[str, ...] = ()
) -> dict[StepId, str]:
    order = in_waves(steps)
    ended = {StepId(it) for it in settled}
    made = Made({PersonId("1"): ref_of(user(1))} if settled else {})
    actual = actual_of(tenant or state())
    persons = {PersonId(str(n)) for n in range(9)}
    ground = ground_of(order.steps, ended, actual, made, persons, Recorded())
    return stale_steps([it for it in order.steps if it.id not in ended], ground)


@pytest.mark.parametrize(
    "change",
    [
        creation(3),
        creation(4),
        RestoreAccount(about(3), ANNA),
        CorrelateAccount(about(1)),
        UpdateAccount(about(1), ANNA),
        UpdateAccount(about(1), (changed("firstName", "An", "Anna"), changed("x", "", None))),
        EnableAccount(about(1), ()),
        DisableAccount(about(1), (changed("isEnabled", before=True, now=False),)),
        DeleteAccount(about(1), ()),
        CreateGroup(group("Board", known=False)),
        GrantGroup(about(2), SALES),
        GrantProduct(about(2), CRM),
        RevokeGroup(about(1), SALES),
        RevokeProduct(about(1), CRM),
    ],
)
def test_what_is_as_the_plan_says_may_run(change: Change) -> None:
    assert stale(step(change)) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (creation(1), "another account is called user1@example.org now"),
        (RestoreAccount(about(1), ANNA), "the account is not deleted any more"),
        (RestoreAccount(about(4), ANNA), "the account is not deleted any more"),
        (CorrelateAccount(about(3)), "the account is deleted or gone"),
        (UpdateAccount(about(3), ANNA), "the account is deleted or gone"),
        (UpdateAccount(about(4), ANNA), "the account is deleted or gone"),
        (UpdateAccount(about(1), (changed("firstName", "Bo", "Anna"),)), "firstName has changed"),
        (UpdateAccount(about(1), (changed("firstName", "an", "Anna"),)), "firstName has changed"),
        (
            UpdateAccount(about(1), (changed("userName", user(1), user(2)),)),
            "another account is called user2",
        ),
        (
            DisableAccount(about(1), (changed("isEnabled", before=False, now=True),)),
            "isEnabled has changed",
        ),
        (DeleteAccount(about(3), ()), "the account is deleted or gone"),
        (CreateGroup(group("SALES ", known=False)), "a group of this name exists now"),
        (GrantGroup(about(1), SALES), "it is held already"),
        (GrantGroup(about(3), SALES), "the account is deleted or gone"),
        (GrantGroup(about(2), NONE), "the group is gone"),
        (GrantGroup(about(2), group("New", known=False)), "no action of this plan makes it"),
        (GrantGroup(about(7, new=True), SALES), "no action of this plan makes it"),
        (GrantProduct(about(1), CRM), "it is held already"),
        (RevokeGroup(about(2), SALES), "it is not held any more"),
        (RevokeProduct(about(3), CRM), "it is not held any more"),
        (RevokeGroup(about(1), NONE), "it is not held any more"),
        (creation(9), "cannot be generated"),
        (
            UpdateAccount(about(1), (changed("m", None, AccountOf(PersonId("8"))),)),
            "the account of 8 does not exist",
        ),
    ],
)
def test_what_has_moved_is_stale(change: Change, reason: str) -> None:
    assert reason in stale(step(change))[step(change).id]


def test_an_account_that_somebody_renamed_is_stale_for_everything() -> None:
    tenant = state()
    tenant.accounts[ref_of(user(1))].user_name = "else@example.org"
    steps = (step(UpdateAccount(about(1), ANNA)), step(CorrelateAccount(about(1))))
    reasons = set(stale(*steps, tenant=tenant).values())
    assert reasons == {"the account is called else@example.org now"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (GrantGroup(about(2), SALES), "group"),
        (GrantProduct(about(2), CRM), "product"),
        (RevokeGroup(about(1), SALES), "group"),
        (RevokeProduct(about(1), CRM), "product"),
    ],
)
def test_a_permission_that_somebody_renamed_is_not_the_one_approved(
    change: GrantGroup | GrantProduct | RevokeGroup | RevokeProduct, kind: str
) -> None:
    approved = replace(change.permission, name="Board")
    renamed = step(replace(change, permission=approved))
    respelled = step(
        replace(change, permission=replace(approved, name=f" {change.permission.name.upper()}"))
    )

    assert stale(renamed)[renamed.id] == f"the {kind} is called {change.permission.name} now"
    assert stale(respelled) == {}


def test_an_account_that_this_run_renamed_already_is_not_stale() -> None:
    tenant = state()
    tenant.accounts[ref_of(user(1))].user_name = "new@example.org"
    rename = step(UpdateAccount(about(1), (changed("userName", user(1), "new@example.org"),)))
    then = step(EnableAccount(about(1), ()))
    assert stale(rename, then, tenant=tenant, settled=(rename.id,)) == {}


def test_a_field_that_an_earlier_step_of_the_plan_writes_is_judged_there() -> None:
    first = step(UpdateAccount(about(1), (changed("title", None, "Lead"),)))
    enable = step(EnableAccount(about(1), (changed("title", "Lead", "Head"),)))
    assert stale(first, enable) == {}
    tenant = state()
    tenant.accounts[ref_of(user(1))].fields["title"] = "Lead"
    assert stale(first, enable, tenant=tenant, settled=(first.id,)) == {}
    tenant.accounts[ref_of(user(1))].fields["title"] = "Boss"
    assert list(stale(first, enable, tenant=tenant, settled=(first.id,))) == [enable.id]


def test_a_name_that_a_needed_step_gives_up_is_free() -> None:
    away = step(UpdateAccount(about(1), (changed("userName", user(1), "away@example.org"),)))
    other = Subject(PersonId("8"), AccountName(None, user(1)))
    made = creation(8)
    taking = step(type(made)(other, (changed("userName", None, user(1)),)), away.id, name="taking")
    assert stale(away, taking) == {}
    assert list(stale(step(taking.change, name="taking"), away)) == ["taking"]


def test_what_is_granted_to_a_restored_account_waits_for_it() -> None:
    back = step(RestoreAccount(about(3), ANNA))
    assert stale(back, step(GrantGroup(about(3), SALES), back.id)) == {}
