"""Every answer of an explanation, held against the product: reasons taken away, obstacles turned round."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.desired import read_desired, read_settings
from reconciler.entitlements import entitle
from reconciler.entitlements.conditions import NO_CONTRACT, compiled
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.explaining import Explainer, known_names
from reconciler.entitlements.explanation import Answer, Obstacle, Timing
from reconciler.model.address import PersonId
from reconciler.model.declared import Declared
from reconciler.model.rules import Rule
from reconciler.model.state import Desired, Membership, Wanted
from tests.docs.blocks import ROOT
from tests.entitlements.files import declare
from tests.entitlements.organisations import DAYS, Record, organisations
from tests.explaining.organisation import lifelike
from tests.explaining.removing import cleared, enabled, has, holds, sources, with_account, without

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def check(declared: Declared, day: date) -> None:
    found = entitle(declared, day)
    for who, answer in _answers(declared, day, found):
        assert answer.has is holds(found, who, answer.key)
        alone = replace(declared, persons={who: declared.persons[who]})
        if answer.has:
            _check_yes(alone, day, who, answer)
            assert sources(answer) == _known_to_the_product(found, who, answer)
        else:
            _check_no(alone, day, who, answer)


def _answers(declared: Declared, day: date, found: Desired) -> Iterator[tuple[PersonId, Answer]]:
    explainer = Explainer(declared, day)
    keys = sorted({*known_names(declared, day), *found.permissions})
    for who in declared.persons:
        explained = explainer.person(who, keys)
        assert [answer.key for answer in explained.permissions] == keys
        yield who, explained.account
        yield from ((who, answer) for answer in explained.permissions)


def _check_yes(declared: Declared, day: date, who: PersonId, answer: Answer) -> None:
    assert answer.because
    assert not has(without(declared, answer.because), day, who, answer.key)
    if answer.state == "disabled":
        assert all(unmet.gives == "enabled" for unmet in answer.unmet)
        _check_unmet(declared, day, who, answer)
    if answer.key is not None:
        declared = with_account(declared, who)
        assert not has(without(declared, answer.because), day, who, answer.key)
    for one in answer.because:
        others = [each for each in answer.because if each.at != one.at]
        assert has(without(declared, others), day, who, answer.key)
    if answer.state == "enabled":
        giving = [each for each in answer.because if each.gives == "enabled"]
        decisive = giving + [each for each in answer.because if each.by == "account entry"]
        assert not enabled(without(declared, decisive), day, who)


def _known_to_the_product(found: Desired, who: PersonId, answer: Answer) -> set[tuple[object, ...]]:
    held: Wanted | Membership
    if answer.key is None:
        account = found.accounts[who]
        assert isinstance(account, Wanted)
        held = account
    else:
        held = (found.permissions[answer.key].members or {})[who]
    places = ((each.origin.at, each.via) for each in (held, *held.also))
    return {
        (at, via.contract, via.start, via.until) if via else (at, None, None, None)
        for at, via in places
    }


def _check_no(declared: Declared, day: date, who: PersonId, answer: Answer) -> None:
    assert answer.lacks_account is bool(answer.because and answer.key is not None)
    for out in answer.out_of_period:
        assert Timing.of(day, out.start, out.until) is out.timing is not Timing.OPEN
    if answer.denied_by is None:
        spoken = {each.rule for each in (*answer.because, *answer.unmet)}
        assert {rule.name for rule in declared.rules if _gives(rule, answer)} <= spoken | {None}
    _check_unmet(declared, day, who, answer)


def _gives(rule: Rule, answer: Answer) -> bool:
    if answer.key is None:
        return rule.grants.account is not None
    return any(permission.key == answer.key for permission in rule.grants.permissions)


def _check_unmet(declared: Declared, day: date, who: PersonId, answer: Answer) -> None:
    person = declared.persons[who]
    for unmet in answer.unmet:
        rule = next(rule for rule in declared.rules if rule.name == unmet.rule)
        seen = {contract.external_id: contract for contract in person.contracts}
        assert unmet.obstacles or not seen
        for obstacle in unmet.obstacles:
            contract = NO_CONTRACT if obstacle.contract is None else seen[obstacle.contract]
            assert (
                obstacle.failed
                or obstacle.timing is not Timing.OPEN
                or obstacle.makes
                or (obstacle.is_nameless)
            )
            for tested in obstacle.failed:
                assert compiled(tested.test, day)(person, contract) is tested.holds
            assert bool(obstacle.failed) is not compiled(rule.when, day)(person, contract)
            if obstacle.contract is not None:
                assert (obstacle.start, obstacle.until) == window_of(contract, rule.window)
            if not (obstacle.makes or obstacle.is_nameless):
                _check_turned(declared, day, who, answer, unmet.rule, obstacle)


def _check_turned(
    declared: Declared, day: date, who: PersonId, answer: Answer, rule: str, obstacle: Obstacle
) -> None:
    """What one obstacle names, turned round, is enough for the rule to give it."""
    after = Explainer(cleared(declared, rule, obstacle), day)
    turned = after.person(who, [] if answer.key is None else [answer.key])
    changed = turned.account if answer.key is None else turned.permissions[0]
    given = [each.contract for each in changed.because if each.rule == rule]
    assert obstacle.contract in given
    if answer.key is not None:
        declared = with_account(cleared(declared, rule, obstacle), who)
        assert has(declared, day, who, answer.key)


@pytest.fixture(scope="module")
def sample() -> Declared:
    project, problems = read_settings(ROOT / "reconciler.yaml", {})
    assert problems == ()
    return read_desired(ROOT, project, (ROOT / "fieldMapping.json").read_bytes())[0]


@pytest.mark.parametrize(
    "day", [date(2026, 11, 23), date(2025, 1, 1), date(2026, 9, 28), date(2041, 6, 1)]
)
def test_what_it_says_of_the_sample_organisation_is_so(sample: Declared, day: date) -> None:
    check(sample, day)


@settings(max_examples=30, deadline=None, suppress_health_check=_SLOW)
@given(lifelike(), DAYS)
def test_what_it_says_of_entries_and_lines_with_dates_is_so(records: Record, day: date) -> None:
    check(declare(records), day)


@pytest.mark.long
@settings(max_examples=3_000, deadline=None, suppress_health_check=_SLOW)
@given(lifelike(), DAYS)
def test_it_is_so_for_many_more(records: Record, day: date) -> None:
    check(declare(records), day)


@settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
@given(lifelike(), DAYS)
def test_a_group_shows_exactly_its_members_with_the_reasons_of_each(
    records: Record, day: date
) -> None:
    declared = declare(records)
    explainer, found = Explainer(declared, day), entitle(declared, day)
    for key in known_names(declared, day):
        explained = explainer.permission(key)
        wanted = found.permissions.get(key)
        members = (wanted.members if wanted else None) or {}
        assert [each.person for each in explained.holders] == list(members)
        for each in explained.holders:
            assert each.answer == explainer.person(each.person, [key]).permissions[0]
        near = {each.person: each.answer for each in explained.near}
        for who in declared.persons:
            (full,) = explainer.person(who, [key]).permissions
            assert full.is_near is (who in near)
        for brief in near.values():
            assert all(each.is_time_only for rule in brief.unmet for each in rule.obstacles)
            assert all(rule.obstacles for rule in brief.unmet)


@settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
@given(lifelike(), DAYS)
def test_a_person_alone_is_told_all_that_is_held_and_all_that_is_near(
    records: Record, day: date
) -> None:
    declared = declare(records)
    explainer = Explainer(declared, day)
    keys = sorted(known_names(declared, day))
    for who in declared.persons:
        told = explainer.person(who).permissions
        every = explainer.person(who, keys).permissions
        assert sorted(told, key=str) == sorted(
            (each for each in every if each.has or each.is_near), key=str
        )


@settings(max_examples=30, deadline=None, suppress_health_check=_SLOW)
@given(organisations(), DAYS)
def test_what_it_says_of_any_organisation_is_so(records: Record, day: date) -> None:
    check(declare(records), day)
