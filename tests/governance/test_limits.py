from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import BadInput, SafeguardRefused
from reconciler.governance.approval import approve
from reconciler.governance.judging import judge
from reconciler.model.plan import CheckStatus, Drawn, Loss
from reconciler.model.settings import Limit
from tests.governance.plans import (
    SALES,
    change_of,
    check_of,
    drawn_of,
    failed,
    guards,
    plan_of,
    population,
)

TAKING: tuple[str, ...] = ("delete_account", "disable_account", "revoke_group", "revoke_product")


@pytest.mark.parametrize("kind", TAKING)
@pytest.mark.parametrize(("count", "passes"), [(3, True), (4, True), (5, False)])
def test_at_most_admits_exactly_so_many(kind: str, count: int, passes: bool) -> None:
    limits = {kind: Limit(at_most=4)}
    judged = judge(drawn_of(kind, count), guards(limits), {}, allow_protected=False)
    assert failed(judged) == ([] if passes else [f"limit.{kind}"])


@pytest.mark.parametrize(
    ("kind", "of", "most"),
    [
        ("delete_account", 400, 20),
        ("disable_account", 200, 20),
        ("revoke_group", 250, 25),
        ("revoke_product", 250, 25),
    ],
)
def test_the_default_percentages_admit_exactly_their_share(kind: str, of: int, most: int) -> None:
    for count, passes in ((most - 1, True), (most, True), (most + 1, False)):
        drawn = replace(drawn_of(kind, count), exposure=population(kind, of))
        judged = judge(drawn, guards(), {}, allow_protected=False)
        assert failed(judged) == ([] if passes else [f"limit.{kind}"])


@pytest.mark.parametrize(("count", "passes"), [(9, True), (10, True), (11, False)])
def test_up_to_percent_from_no_percentage_refuses(count: int, passes: bool) -> None:
    for accounts in (0, 1, 11, 109):
        drawn = drawn_of("disable_account", count, accounts=accounts)
        judged = judge(drawn, guards(), {}, allow_protected=False)
        assert failed(judged) == ([] if passes else ["limit.disable_account"])


def test_percent_from_admits_nothing_that_at_most_refuses() -> None:
    limits = {"disable_account": Limit(at_most=2, at_most_percent=10)}
    judged = judge(
        drawn_of("disable_account", 3, accounts=1000), guards(limits), {}, allow_protected=False
    )
    assert failed(judged) == ["limit.disable_account"]
    assert check_of(judged, "limit.disable_account").limit == "2 and 10%"


@pytest.mark.parametrize(("percent", "of", "most"), [(0.57, 100_000, 570), (0.29, 100_000, 290)])
def test_a_share_is_exact_also_where_binary_fractions_are_not(
    percent: float, of: int, most: int
) -> None:
    limits = {"disable_account": Limit(at_most_percent=percent)}
    for count, passes in ((most, True), (most + 1, False)):
        drawn = drawn_of("disable_account", count, accounts=of)
        judged = judge(drawn, guards(limits), {}, allow_protected=False)
        assert (failed(judged) == []) is passes


def test_the_total_counts_all_but_what_only_touches_the_ledger() -> None:
    changes = [change_of("create_account", 1), change_of("correlate_account", 2)]
    drawn = Drawn(plan_of(changes), drawn_of("x", 0).exposure)
    judged = judge(drawn, guards({"total": Limit(at_most=0)}), {}, allow_protected=False)
    assert check_of(judged, "limit.total").value == 1
    assert failed(judged) == ["limit.total"]


def test_every_group_has_a_check_of_its_own() -> None:
    losses = [Loss(SALES, 12, 20), Loss(SALES.__class__(SALES.kind, "Staff", None), 3, 20)]
    drawn = drawn_of("revoke_group", 15, group_grants=1000, losses=losses)
    judged = judge(drawn, guards(), {}, allow_protected=False)
    assert failed(judged) == ["limit.members_lost/Sales"]
    assert check_of(judged, "limit.members_lost/Staff").status is CheckStatus.PASSED


@pytest.mark.parametrize(("allow", "status"), [(False, "fail"), (True, "pass")])
def test_members_of_nobody_empty_a_group_only_where_allowed(allow: bool, status: str) -> None:
    drawn = drawn_of("revoke_group", 1, group_grants=50, losses=[Loss(SALES, 1, 1, empties=True)])
    judged = judge(drawn, guards(allow_empty=allow), {}, allow_protected=False)
    assert check_of(judged, "allow_empty/Sales").status == status


def test_a_plan_that_does_nothing_passes_also_where_nothing_is_allowed() -> None:
    nothing = Limit(at_most=0, at_most_percent=0)
    limits = dict.fromkeys([*TAKING, "total", "members_lost"], nothing)
    judged = judge(drawn_of("x", 0), guards(limits, 0), {}, allow_protected=False)
    assert failed(judged) == []
    assert approve(judged).plan is judged


# ---------------------------------------------------------------- acknowledgements


def test_an_acknowledgement_admits_exactly_its_value() -> None:
    drawn = drawn_of("disable_account", 12, accounts=12)
    for value, status in ((11, "fail"), (12, "acknowledged"), (13, "fail")):
        judged = judge(drawn, guards(), {"disable_account": value}, allow_protected=False)
        assert check_of(judged, "limit.disable_account").status == status


def test_an_acknowledgement_admits_nothing_but_what_it_names() -> None:
    drawn = drawn_of(
        "revoke_group", 12, group_grants=12, losses=[Loss(SALES, 12, 12, empties=True)]
    )
    judged = judge(drawn, guards(), {"revoke_group": 12}, allow_protected=True)
    assert failed(judged) == ["limit.members_lost/Sales", "allow_empty/Sales"]
    acks = {"revoke_group": 12, "members_lost/Sales": 12, "allow_empty/Sales": 12}
    assert failed(judge(drawn, guards(), acks, allow_protected=False)) == []


def test_an_acknowledgement_of_nothing_in_the_plan_is_a_mistake() -> None:
    drawn = drawn_of("revoke_group", 12, group_grants=12, losses=[Loss(SALES, 12, 12)])
    with pytest.raises(BadInput, match="Did you mean members_lost/Sales"):
        judge(drawn, guards(), {"members_lost/sales": 12}, allow_protected=False)
    with pytest.raises(BadInput, match="names no safeguard"):
        judge(drawn, guards(), {"protected/group/Sales": 1}, allow_protected=False)


def test_an_acknowledgement_of_what_passes_is_no_mistake() -> None:
    judged = judge(drawn_of("x", 0), guards(), {"delete_account": 0}, allow_protected=False)
    assert check_of(judged, "limit.delete_account").status is CheckStatus.PASSED


def test_a_refusal_names_rule_value_limit_and_what_would_admit_it() -> None:
    drawn = drawn_of("delete_account", 12, accounts=100)
    with pytest.raises(SafeguardRefused) as refused:
        approve(judge(drawn, guards(), {}, allow_protected=False))
    assert "limit.delete_account: 12 of 100, limit 5%" in refused.value.detail
    assert "--ack delete_account=12" in refused.value.detail


# ---------------------------------------------------------------- law 6

KINDS = (*TAKING, "create_account")


@given(st.lists(st.sampled_from(KINDS), max_size=40), st.data())
def test_what_a_limit_refuses_no_order_of_actions_sneaks_through(
    kinds: list[str], data: st.DataObject
) -> None:
    limits = {kind: Limit(at_most=data.draw(st.integers(0, 10))) for kind in TAKING}
    total = data.draw(st.integers(0, 40))
    changes = [change_of(kind, number) for number, kind in enumerate(kinds)]
    shuffled = data.draw(st.permutations(changes))
    safeguards = guards({**limits, "total": Limit(at_most=total)})
    expected: set[str] = {
        f"limit.{kind}" for kind in TAKING if kinds.count(kind) > (limits[kind].at_most or 0)
    }
    if len(kinds) > total:
        expected.add("limit.total")
    exposure = drawn_of("x", 0).exposure
    for order in (changes, shuffled):
        judged = judge(Drawn(plan_of(order), exposure), safeguards, {}, allow_protected=True)
        assert set(failed(judged)) == expected
        if expected:
            with pytest.raises(SafeguardRefused):
                approve(judged)
        else:
            assert approve(judged).plan.steps == judged.steps
