from datetime import date

import pytest

from reconciler.applier.bookkeeping import closing_effects
from reconciler.applier.effects import effects_of
from reconciler.applier.remembering import after
from reconciler.model.address import AccountRef, PermissionRef, PersonId
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    RestoreAccount,
    RevokeGroup,
    UpdateAccount,
)
from reconciler.model.plan import Adopted, Bookkeeping, Remembered
from reconciler.model.run import Done, ForgetAccount, RememberAccount, StepStatus
from reconciler.model.state import Owned
from reconciler.model.value import Generated
from tests.applier.doubles import group
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

SALES, BOARD = group("Sales"), group("Board")
DAY = date(2026, 11, 23)
PAST = date(2020, 1, 1)
ONE = PersonId("1")


def owned_by(change: Change, answer: Done | None = None, *, ours: bool = True) -> Owned | None:
    recorded = owning([1] if ours else [])
    effects = effects_of(change, answer or Done(), recorded.accounts.get(ONE), DAY)
    return after(recorded, effects).accounts.get(ONE)


def test_what_is_generated_is_never_remembered() -> None:
    fields = (changed("firstName", "An", "Anna"), changed("pin", None, Generated("pin")))
    owned = owned_by(UpdateAccount(about(1), fields))
    assert owned is not None
    assert owned.fields == {"firstName": "Anna"}


def test_a_rename_is_remembered() -> None:
    owned = owned_by(UpdateAccount(about(1), (changed("userName", user(1), "b@example.org"),)))
    assert owned is not None
    assert owned.user_name == "b@example.org"


def test_enabling_ends_the_days_of_being_disabled() -> None:
    before = Owned(ONE, ref_of(user(1)), user(1), {}, enabled=False, disabled_since=DAY)
    (effect,) = effects_of(EnableAccount(about(1), ()), Done(), before, DAY)
    assert effect == RememberAccount(Owned(ONE, ref_of(user(1)), user(1), {}, enabled=True))


@pytest.mark.parametrize(
    "change",
    [
        UpdateAccount(about(1), (changed("firstName", "An", "Anna"),)),
        DisableAccount(about(1), ()),
        EnableAccount(about(1), ()),
        DeleteAccount(about(1), ()),
    ],
)
def test_changing_an_account_that_is_not_ours_does_not_make_it_ours(change: Change) -> None:
    assert owned_by(change, ours=False) is None


@pytest.mark.parametrize(
    "change", [RestoreAccount(about(1), ()), CorrelateAccount(about(1)), creation(1)]
)
def test_creating_restoring_and_correlating_make_an_account_ours(change: Change) -> None:
    owned = owned_by(change, Done(ref_of(user(1))), ours=False)
    assert owned is not None
    assert owned.ref == ref_of(user(1))


def test_a_new_account_in_place_of_a_lost_one_leaves_none_of_the_old_grants() -> None:
    recorded = owning([1], [(1, SALES)])
    new = AccountRef("guid-of-another")
    effects = effects_of(creation(1), Done(new), recorded.accounts[ONE], DAY)
    result = after(recorded, effects)
    assert result.accounts[ONE].ref == new
    assert result.grants == {}


def test_deleting_forgets_the_account_and_its_grants_only() -> None:
    recorded = owning([1, 2], [(1, SALES), (2, SALES)])
    effects = effects_of(DeleteAccount(about(1), ()), Done(), recorded.accounts[ONE], DAY)
    result = after(recorded, effects)
    assert effects == (ForgetAccount(ONE),)
    assert list(result.accounts) == ["2"]
    assert list(result.grants[PermissionRef("guid-of-sales")]) == [ref_of(user(2))]


def test_a_revoke_forgets_one_grant() -> None:
    recorded = owning([1], [(1, SALES), (1, BOARD)])
    result = after(
        recorded, effects_of(RevokeGroup(about(1), SALES), Done(), recorded.accounts[ONE], DAY)
    )
    assert list(result.grants) == ["guid-of-board"]
    assert SALES.key in result.permissions


# ---------------------------------------------------------------- bookkeeping


def test_grants_are_not_adopted_on_an_account_that_did_not_become_ours() -> None:
    one = step(CorrelateAccount(about(1)))
    books = Bookkeeping(adopts=(Adopted(ONE, ref_of(user(1)), SALES),))
    failed = closing_effects(books, [one], {one.id: StepStatus.STALE}, DAY, {})
    done = closing_effects(books, [one], {one.id: StepStatus.DONE}, DAY, {})
    assert (len(failed), len(done)) == (1, 3)


def test_a_person_bound_to_a_new_account_is_not_forgotten() -> None:
    one = step(creation(1))
    books = Bookkeeping(forgets_accounts=(ONE, PersonId("2")))
    effects = closing_effects(books, [one], {one.id: StepStatus.DONE}, DAY, {})
    assert [it for it in effects if isinstance(it, ForgetAccount)] == [ForgetAccount(PersonId("2"))]


def test_a_failed_grant_does_not_keep_fields_from_being_remembered() -> None:
    one = step(GrantGroup(about(1), SALES))
    truth = Remembered(ONE, ref_of(user(1)), user(1), {}, enabled=False, disabled_since=DAY)
    books = Bookkeeping(remembers=(truth,))
    effects = closing_effects(books, [one], {one.id: StepStatus.FAILED}, DAY, {})
    remembered = Owned(ONE, ref_of(user(1)), user(1), {}, enabled=False, disabled_since=DAY)
    assert RememberAccount(remembered) in effects


def test_a_plan_as_of_a_past_day_does_not_let_the_days_until_deletion_pass() -> None:
    truth = Remembered(ONE, ref_of(user(1)), user(1), {}, enabled=False, disabled_since=PAST)
    books = Bookkeeping(remembers=(truth,))
    since = {
        it.owned.disabled_since
        for owned in ({}, {ONE: Owned(ONE, ref_of(user(1)), user(1), {}, disabled_since=PAST)})
        for it in closing_effects(books, [], {}, DAY, owned)
        if isinstance(it, RememberAccount)
    }
    assert since == {DAY, PAST}


def test_a_deleted_accounts_other_steps_are_not_missed_on_reading_back() -> None:
    update = step(UpdateAccount(about(1), (changed("firstName", "An", "Anna"),)))
    world = World(
        plan_of(update, step(DeleteAccount(about(1), ()), update.id)), tenant_of([1]), owning([1])
    )
    outcome, _ = world.run()
    assert outcome.exit_code == 0
    assert world.ledger.recorded().accounts == {}
