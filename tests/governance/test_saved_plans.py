from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import SafeguardRefused
from reconciler.governance.approval import ApprovedPlan, approve
from reconciler.governance.judging import judge, judge_again
from reconciler.model.plan import Check, CheckStatus, Loss, Plan
from reconciler.model.settings import Limit
from reconciler.model.state import Protection
from reconciler.planner.exposure import touched_again
from tests.governance.plans import (
    SALES,
    change_of,
    check_of,
    drawn_of,
    failed,
    guards,
    plan_of,
    touching,
)

FREE = guards(dict.fromkeys(("revoke_group", "members_lost"), Limit()))


def saved(count: int = 12, accounts: int = 12, **acks: int) -> Plan:
    drawn = drawn_of("disable_account", count, accounts=accounts)
    return judge(drawn, guards(), acks, allow_protected=False)


# ---------------------------------------------------------------- judged again


def test_what_was_acknowledged_in_the_plan_needs_no_repeating() -> None:
    again = judge_again(saved(disable_account=12), guards(), {}, allow_protected=False)
    assert check_of(again, "limit.disable_account").status is CheckStatus.ACKNOWLEDGED
    assert approve(again)


def test_an_acknowledgement_given_to_apply_serves_too() -> None:
    assert failed(judge_again(saved(), guards(), {}, allow_protected=False))
    assert approve(judge_again(saved(), guards(), {"disable_account": 12}, allow_protected=False))


def test_limits_that_were_tightened_since_refuse() -> None:
    plan = saved(count=3, accounts=100)
    assert failed(plan) == []
    strict = guards({"disable_account": Limit(at_most=2)})
    assert failed(judge_again(plan, strict, {}, allow_protected=False)) == ["limit.disable_account"]


def test_a_breach_acknowledged_stays_so_when_limits_are_tightened_further() -> None:
    strict = guards({"disable_account": Limit(at_most=0)})
    again = judge_again(saved(disable_account=12), strict, {}, allow_protected=False)
    assert check_of(again, "limit.disable_account").status is CheckStatus.ACKNOWLEDGED


def test_limits_that_were_loosened_since_admit() -> None:
    loose = guards({"disable_account": Limit()})
    assert failed(saved()) == ["limit.disable_account"]
    assert failed(judge_again(saved(), loose, {}, allow_protected=False)) == []


def test_protection_acknowledged_in_the_plan_needs_no_repeating() -> None:
    drawn = drawn_of("disable_account", 1, touched=[touching("account", "user0@example.org")])
    plan = judge(drawn, guards(), {}, allow_protected=True)
    assert failed(judge_again(plan, guards(), {}, allow_protected=False)) == []
    refused = judge(drawn, guards(), {}, allow_protected=False)
    assert failed(judge_again(refused, guards(), {}, allow_protected=False))
    assert failed(judge_again(refused, guards(), {}, allow_protected=True)) == []


@pytest.mark.parametrize(
    ("protection", "patterns"),
    [
        (Protection("group", "g-sales", "Sales"), ()),
        (Protection("group", "", "SALES"), ()),
        (Protection("account", "a-0", "renamed@example.org"), ()),
        (None, ("user0@*",)),
    ],
)
def test_what_was_protected_since_refuses(
    protection: Protection | None, patterns: tuple[str, ...]
) -> None:
    plan = judge(drawn_of("revoke_group", 1), FREE, {}, allow_protected=False)
    touched = touched_again(plan, (protection,) if protection else (), patterns)
    again = judge_again(plan, FREE, {}, allow_protected=False, touched=touched)
    assert len(failed(again)) == 1
    assert approve(judge_again(plan, FREE, {}, allow_protected=True, touched=touched))


def test_a_check_that_is_no_limit_stays_as_it_was_judged() -> None:
    policy = Check("policy.no-approve-and-pay", CheckStatus.FAILED, 1, None, "error")
    plan = saved(count=0)
    again = judge_again(
        replace(plan, checks=(*plan.checks, policy)), guards(), {}, allow_protected=True
    )
    assert failed(again) == ["policy.no-approve-and-pay"]


# ---------------------------------------------------------------- tampered


@given(st.integers(0, 11))
def test_a_count_that_was_lowered_is_counted_again(value: int) -> None:
    plan = saved()
    tampered = replace(
        plan,
        checks=tuple(
            replace(c, value=value, status=CheckStatus.PASSED)
            if c.rule == "limit.disable_account"
            else c
            for c in plan.checks
        ),
    )
    again = judge_again(tampered, guards(), {}, allow_protected=False)
    assert failed(again) == ["limit.disable_account"]
    with pytest.raises(SafeguardRefused):
        approve(tampered)


def test_an_acknowledgement_of_a_lowered_count_admits_nothing() -> None:
    plan = saved(disable_account=12)
    tampered = replace(plan, checks=tuple(replace(c, value=min(c.value, 2)) for c in plan.checks))
    again = judge_again(tampered, guards(), {}, allow_protected=False)
    assert failed(again) == ["limit.disable_account"]


def test_checks_that_were_taken_out_are_judged_all_the_same() -> None:
    changes = [change_of("revoke_group", number) for number in range(12)]
    again = judge_again(plan_of(changes), guards(), {}, allow_protected=False)
    assert failed(again) == ["limit.revoke_group", "limit.members_lost/Sales"]


def test_what_revokes_take_from_a_group_is_counted_again() -> None:
    drawn = drawn_of("revoke_group", 12, group_grants=1000, losses=[Loss(SALES, 12, 20)])
    plan = judge(drawn, guards(), {}, allow_protected=False)
    tampered = replace(
        plan,
        checks=tuple(
            replace(c, value=1, status=CheckStatus.PASSED) if "members_lost" in c.rule else c
            for c in plan.checks
        ),
    )
    again = judge_again(tampered, guards(), {}, allow_protected=False)
    assert failed(again) == ["limit.members_lost/Sales"]
    assert check_of(again, "limit.members_lost/Sales").value == 12


# ---------------------------------------------------------------- the one door


def test_a_plan_that_was_not_judged_is_not_approved() -> None:
    for plan in (plan_of([]), plan_of([change_of("delete_account", 1)])):
        with pytest.raises(SafeguardRefused, match="not judged"):
            approve(plan)


def test_a_plan_with_more_actions_than_were_judged_is_not_approved() -> None:
    judged = saved(count=2, accounts=100)
    more = replace(judged, steps=saved(count=3, accounts=100).steps)
    with pytest.raises(SafeguardRefused, match="not judged"):
        approve(more)


def test_an_approved_plan_is_made_by_approving_alone() -> None:
    approved = approve(saved(count=0))
    other = saved(count=1)
    with pytest.raises(TypeError):
        ApprovedPlan(other, approved.approval)
    with pytest.raises(TypeError):
        replace(approved, plan=other)
    with pytest.raises(TypeError):
        ApprovedPlan(approved.plan, object())
