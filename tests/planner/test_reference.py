"""The planner against the tables of the contract and against the laws, over random small worlds."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from reconciler.governance.resolving import Resolver
from reconciler.model.address import AccountName, fold
from reconciler.model.change import (
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Drawn, Mode, Plan, Step
from reconciler.model.resolution import Resolution
from reconciler.model.state import GrantStatus, Unwanted, Wanted
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import draw
from reconciler.reports.document import plan_document, write_text
from tests.planner.reference import Expected, expected_of
from tests.planner.simulation import applied
from tests.planner.world import TODAY, inputs_of
from tests.planner.worlds import World, shuffled, world_of

SHORT = profile(
    max_examples=60,
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
SEEDS = range(1000)
"""Of the same generator, without Hypothesis in between: ten times as many in the same time."""
MANY = range(1000, 25_000)


def played(seed: int) -> World:
    return world_of(Random(seed))  # noqa: S311 - only plays


def drawn_of(world: World, mode: Mode = Mode.SYNC) -> tuple[Inputs, Drawn]:
    inputs = inputs_of(world)
    return inputs, draw(inputs, mode)


# ---------------------------------------------------------------- the tables


def check_tables(world: World) -> None:
    inputs, drawn = drawn_of(world)
    plan = drawn.plan
    left_out = {error.person for error in plan.errors}
    assert said_of(plan) == expected_of(inputs, left_out, world["resolutions"])
    for each in (*plan.steps, *plan.held):
        person = None if isinstance(each.change, CreateGroup) else each.change.subject.person
        assert person not in left_out


def said_of(plan: Plan) -> Expected:
    said = Expected()
    for step in plan.steps:
        change = step.change
        if isinstance(change, CreateGroup | UpdateAccount):
            continue
        account = change.subject.account
        match change:
            case GrantGroup(permission=permission) | GrantProduct(permission=permission):
                holder = account.ref or change.subject.person or ""
                said.grants.add((str(holder), permission.name))
            case RevokeGroup(permission=permission) | RevokeProduct(permission=permission):
                said.revokes.add((str(account.ref), permission.name))
            case _:
                said.accounts.add((step.kind, str(change.subject.person or account.ref)))
    books = plan.bookkeeping
    said.adopts = {(a.person, a.permission.name) for a in books.adopts}
    said.forgets = {(f.holder, f.permission) for f in books.forgets_grants}
    for issue in plan.issues:
        about = issue.permission.name if issue.permission else ""
        if issue.person is None and issue.account is not None:
            about = str(issue.account.ref)
        if issue.type.value != "account_differs":
            said.issues.add((issue.type.value, issue.person or "", about, issue.status.value))
    return said


def without_what_no_table_has(world: World) -> World:
    """Take out what the reference leaves to the planner: gone permissions, and fields at every stage."""
    recorded: dict[str, Any] = dict(world["recorded"])
    recorded["grants"] = [each for each in recorded.get("grants", []) if _exists(world, each)]
    return {**world, "recorded": recorded, "mapping": {}}


def _exists(world: World, grant: list[str]) -> bool:
    return grant[2] in world["actual"][f"{grant[1]}s"]


@pytest.mark.parametrize("start", SEEDS[::250])
def test_the_plan_is_what_the_tables_say(start: int) -> None:
    for seed in range(start, start + 250):
        check_tables(without_what_no_table_has(played(seed)))


@pytest.mark.long
@pytest.mark.parametrize("start", MANY[::1000])
def test_the_plan_is_what_the_tables_say_at_length(start: int) -> None:
    for seed in range(start, start + 1000):
        check_tables(without_what_no_table_has(played(seed)))


@SHORT
@given(st.randoms(use_true_random=False))
def test_the_plan_is_what_the_tables_say_in_small(dice: Random) -> None:
    check_tables(without_what_no_table_has(world_of(dice)))


# ---------------------------------------------------------------- the laws


def check_laws(world: World) -> None:
    mode = Mode(world["settings"]["mode"])
    inputs, drawn = drawn_of(world, mode)
    check_only_ours_is_taken(inputs, drawn.plan)
    waits = frozenset({"CRM"}) if len(world["desired"]["persons"]) % 2 else frozenset[str]()
    left_out = {error.person for error in drawn.plan.errors}
    for _ in range(4):
        actual, recorded = applied(drawn.plan, inputs.actual, inputs.recorded, TODAY, waits)
        inputs = replace(inputs, actual=actual, recorded=recorded)
        drawn = draw(inputs, mode)
        again = {
            None if isinstance(step.change, CreateGroup) else step.change.subject.person
            for step in drawn.plan.steps
        }
        # A name that the first plan set free is there for the second; nobody else has anything left.
        assert again <= left_out
        if not again and not is_written_down(drawn.plan):
            check_ledger_says_what_the_files_say(inputs, drawn.plan)
            return
    raise AssertionError(f"it never comes to rest: {drawn.plan}")


def check_ledger_says_what_the_files_say(inputs: Inputs, plan: Plan) -> None:
    if inputs.selected is not None or plan.mode is Mode.ADDITIVE or not inputs.recorded.kept:
        return
    stuck = {error.person for error in plan.errors}
    stuck |= {p for issue in plan.issues for p in (*issue.persons, issue.person) if p}
    called = {ref: each.key for ref, each in inputs.actual.permissions.items()}
    accounts = {person: owned.ref for person, owned in inputs.recorded.accounts.items()}
    said = {
        (grant.holder, called[ref]): grant.status
        for ref, holders in inputs.recorded.grants.items()
        if ref in called
        for grant in holders.values()
    }
    for key, entry in inputs.desired.permissions.items():
        if key in called.values():
            holding = {accounts[person] for person in {*(entry.members or ())} - stuck}
            assert all((account, key) in said for account in holding)
    for (account, key), status in said.items():
        entry = inputs.desired.permissions.get(key)
        is_clear = list(called.values()).count(key) == 1
        settled = {accounts.get(person) for person in inputs.desired.accounts.keys() - stuck}
        if account in settled and entry and is_clear:
            holding = {accounts.get(person) for person in entry.members or ()}
            # A request that nobody wants any more is remembered until it is there to be taken back.
            assert account in holding or status is GrantStatus.PENDING


def is_written_down(plan: Plan) -> bool:
    books = plan.bookkeeping
    return bool(books.adopts or books.remembers or books.forgets_accounts or books.forgets_grants)


def check_only_ours_is_taken(inputs: Inputs, plan: Plan) -> None:
    automatic = {kind.value: how for kind, how in inputs.settings.automatic.items()}
    owned = {each.ref for each in inputs.recorded.accounts.values()}
    entries = entries_of(inputs)
    for step in (*plan.steps, *plan.held):
        match step.change:
            case RevokeGroup(subject, permission) | RevokeProduct(subject, permission):
                assert permission.ref is not None
                assert subject.account.ref is not None
                is_ours = subject.account.ref in inputs.recorded.grants.get(permission.ref, {})
                claimed = any(
                    entry.authoritative and entry.members is not None
                    for entry in inputs.desired.permissions.values()
                    if entry.kind is permission.kind
                )
                decided = any(
                    entry.resolution == "revoke"
                    and entry.account == fold(subject.account.user_name)
                    and entry.permission is not None
                    and entry.permission.key == permission.key
                    for entry in entries
                )
                settled = decided or automatic["permission_unmanaged"] == "revoke"
                assert is_ours or claimed or settled
                if subject.person is None:
                    assert claimed
            case DeleteAccount(subject):
                asked = subject.person and inputs.desired.accounts.get(subject.person)
                assert not isinstance(asked, Wanted)
                if subject.person is None:
                    assert settles_strangers(inputs, subject.account, "delete")
                elif not isinstance(asked, Unwanted):
                    assert subject.account.ref in owned
                    assert inputs.settings.account_not_desired.value != "keep"
            case DisableAccount(subject):
                asked = subject.person and inputs.desired.accounts.get(subject.person)
                assert not (isinstance(asked, Wanted) and asked.enabled)
                if subject.person is None:
                    assert settles_strangers(inputs, subject.account, "disable")
            case _:
                pass


def entries_of(inputs: Inputs) -> tuple[Resolution, ...]:
    assert isinstance(inputs.decisions, Resolver)
    return inputs.decisions.entries


def settles_strangers(inputs: Inputs, account: AccountName, how: str) -> bool:
    """Tell whether an entry or the settings have an account that is nobody's disabled or deleted."""
    said = {
        entry.resolution
        for entry in entries_of(inputs)
        if entry.issue is IssueType.ACCOUNT_UNMANAGED and entry.account == fold(account.user_name)
    }
    return how in said or inputs.settings.automatic[IssueType.ACCOUNT_UNMANAGED] == how


def is_told_apart(world: World) -> bool:
    """Renamed, an account may be nobody's any more without a ledger, and is no more what an entry names."""
    knows = world["recorded"].get("kept", True) and not world["resolutions"]
    return knows or not world["settings"]["update_user_name"]


@pytest.mark.parametrize("start", SEEDS[::250])
def test_after_apply_nothing_is_left_and_only_ours_was_taken(start: int) -> None:
    for world in filter(is_told_apart, map(played, range(start, start + 250))):
        check_laws(world)


@pytest.mark.long
@pytest.mark.parametrize("start", MANY[::1000])
def test_after_apply_nothing_is_left_and_only_ours_was_taken_at_length(start: int) -> None:
    for world in filter(is_told_apart, map(played, range(start, start + 1000))):
        check_laws(world)


@SHORT
@given(st.randoms(use_true_random=False))
def test_after_apply_nothing_is_left_and_only_ours_was_taken_in_small(dice: Random) -> None:
    world = world_of(dice)
    if is_told_apart(world):
        check_laws(world)


@SHORT
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_order_of_what_is_read_does_not_matter(seed: int, other: int) -> None:
    world = played(seed)
    mode = Mode(world["settings"]["mode"])
    _, straight = drawn_of(world, mode)
    _, mixed = drawn_of(shuffled(Random(other), world), mode)  # noqa: S311 - only plays
    assert text_of(mixed.plan) == text_of(straight.plan)
    assert mixed.exposure == straight.exposure


def text_of(plan: Plan) -> str:
    day = datetime(2026, 11, 23, tzinfo=UTC)
    return write_text(plan_document(plan, created_at=day, expires_at=day))


# ---------------------------------------------------------------- what is left alone


def check_left_alone(world: World, mode: Mode) -> None:
    """Nothing touches persons and accounts that do not fit one to one, nor what is put off or accepted."""
    inputs, drawn = drawn_of(world, mode)
    issues = drawn.plan.issues
    multiple = (IssueType.PERSON_MULTIPLE_ACCOUNTS, IssueType.ACCOUNT_MULTIPLE_PERSONS)
    conflicts = [issue for issue in issues if issue.type in multiple]
    persons = {person for issue in conflicts for person in issue.persons}
    accounts = {account.ref for issue in conflicts for account in issue.accounts}
    left = [i for i in issues if i.status in (IssueStatus.POSTPONED, IssueStatus.EXCLUDED)]
    for step in (*drawn.plan.steps, *drawn.plan.held):
        if isinstance(step.change, CreateGroup):
            continue
        subject = step.change.subject
        assert subject.person not in persons
        assert subject.account.ref not in accounts
        for issue in left:
            assert step.kind not in settling(issue, subject, step)
    for issue in conflicts:
        assert issue.status is not IssueStatus.RESOLVED
    strangers = {
        i.account.ref for i in issues if i.type is IssueType.ACCOUNT_UNMANAGED and i.account
    }
    assert not strangers & accounts
    assert all(each in inputs.actual.accounts for each in accounts)


def settling(issue: Issue, subject: Subject, step: Step) -> set[str]:
    """Return the kinds of step that would settle an issue, where the step is about the same thing."""
    about = issue.account.ref if issue.account else None
    permission = getattr(step.change, "permission", None)
    if issue.permission is not None:
        is_same = about == subject.account.ref and permission == issue.permission
        return (
            {f"{verb}_{issue.permission.kind}" for verb in ("grant", "revoke")}
            if is_same
            else set()
        )
    if issue.type is IssueType.ACCOUNT_MISSING:
        kinds = {"create_account", "restore_account", "grant_group", "grant_product"}
        return kinds if subject.person == issue.person else set()
    if issue.type is IssueType.ACCOUNT_DIFFERS:
        return set()
    kinds = {"enable_account", "disable_account", "delete_account"}
    return kinds if about is not None and about == subject.account.ref else set()


@pytest.mark.parametrize("start", SEEDS[::250])
def test_what_does_not_fit_or_is_accepted_is_left_alone(start: int) -> None:
    for seed in range(start, start + 250):
        for mode in Mode:
            check_left_alone(played(seed), mode)


@pytest.mark.long
@pytest.mark.parametrize("start", MANY[::1000])
def test_what_does_not_fit_or_is_accepted_is_left_alone_at_length(start: int) -> None:
    for seed in range(start, start + 1000):
        for mode in Mode:
            check_left_alone(played(seed), mode)


def test_steps_have_ids_of_their_own() -> None:
    for seed in range(300):
        _, drawn = drawn_of(played(seed))
        ids = [step.id for step in (*drawn.plan.steps, *drawn.plan.held)]
        assert len(set(ids)) == len(ids)
