from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.entitlements import entitle
from reconciler.model.state import Desired, Unwanted, Wanted
from tests.entitlements.files import declare, desired
from tests.entitlements.organisations import BASE, DAYS, Record, organisations
from tests.entitlements.reference import Outcome, evaluate

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def outcome(found: Desired) -> Outcome:
    def state(account: Wanted | Unwanted) -> str:
        if isinstance(account, Unwanted):
            return "absent"
        return "enabled" if account.enabled else "disabled"

    return Outcome(
        accounts={who: state(account) for who, account in found.accounts.items()},
        grants={
            (who, key.kind.value, key.name)
            for key, wanted in found.permissions.items()
            for who in wanted.members or ()
        },
        resources={key.name for key, wanted in found.permissions.items() if wanted.create},
        nameless={error.person for error in found.errors},
        ended_accounts=set(found.ended),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=_SLOW)
@given(organisations(), st.lists(DAYS, min_size=3, max_size=3, unique=True))
def test_the_product_agrees_with_a_plain_reading_of_the_contract(
    records: Record, days: list[date]
) -> None:
    _agree(records, days)


@pytest.mark.long
@settings(max_examples=1_500, deadline=None, suppress_health_check=_SLOW)
@given(organisations(), st.lists(DAYS, min_size=3, max_size=3, unique=True))
def test_they_agree_on_many_more(records: Record, days: list[date]) -> None:
    _agree(records, days)


def _agree(records: Record, days: list[date]) -> None:
    declared = declare(records)
    for day in days:
        assert outcome(entitle(declared, day)) == evaluate(records, day)


@settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
@given(organisations(), st.randoms(use_true_random=False))
def test_the_order_of_persons_contracts_and_rules_does_not_matter(
    records: Record, random: Any
) -> None:
    shuffled = {key: random.sample(rows, len(rows)) for key, rows in records.items()}
    one, other = declare(records), declare(shuffled)
    assert one.digest == other.digest
    assert outcome(entitle(one, BASE)) == outcome(entitle(other, BASE))


@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
@given(organisations())
def test_every_reason_names_a_rule_or_a_line_that_is_there(records: Record) -> None:
    found = desired(records, BASE)
    rules = {rule["name"] for rule in records["rules"]}
    for wanted in found.permissions.values():
        for member in (wanted.members or {}).values():
            for each in (member, *member.also):
                assert each.origin.at is not None
                assert each.also == () or each is member
                if each.via is None:
                    assert each.origin.detail == "member line"
                else:
                    assert each.via.rule in rules
                    assert each.origin.detail == f"rule {each.via.rule}"
                    assert each.via.start is None or each.via.start <= BASE
                    assert each.via.until is None or each.via.until > BASE
