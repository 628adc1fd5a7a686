import json
from collections import Counter
from datetime import date, timedelta

import pytest

from reconciler.desired import read_desired, read_settings
from reconciler.entitlements.calendar import turnings
from reconciler.model.address import PermissionKind, PersonId, fold
from reconciler.model.declared import AccountState, Declared
from reconciler.model.settings import Settings
from reconciler.model.state import plain
from tests.docs.blocks import ROOT

_FIELD = "Accounts.EntraID.userPrincipalName"


@pytest.fixture(scope="module")
def settings() -> Settings:
    found, problems = read_settings(ROOT / "reconciler.yaml", {})
    assert problems == ()
    return found


@pytest.fixture(scope="module")
def sample(settings: Settings) -> Declared:
    declared, problems = read_desired(ROOT, settings, (ROOT / "fieldMapping.json").read_bytes())
    assert problems == ()
    return declared


def test_the_organisation_has_forty_persons_in_six_departments_and_invented_addresses(
    sample: Declared,
) -> None:
    contracts = [contract for person in sample.persons.values() for contract in person.contracts]
    departments = {plain(contract.fields["Department"]) for contract in contracts}
    names = [str(person.value(_FIELD)) for person in sample.persons.values()]

    assert len(sample.persons) >= 40
    assert len(departments) == 6
    assert all(name.endswith("@example.org") for name in names)
    assert [name for name, n in Counter(map(fold, names)).items() if n > 1] == [
        "s.dewit@example.org"
    ]


def test_every_line_of_managers_ends_at_somebody_without_one(sample: Declared) -> None:
    for person in sample.persons:
        line = list[PersonId]()
        at: PersonId | None = person
        while at is not None:
            assert at not in line
            line.append(at)
            at = sample.persons[at].manager


def test_fifteen_groups_and_six_products_of_every_sort(sample: Declared) -> None:
    kinds = Counter(entry.kind for entry in sample.permissions)
    members = [m for entry in sample.permissions for m in entry.members or ()]

    assert kinds == {PermissionKind.GROUP: 15, PermissionKind.PRODUCT: 6}
    assert sum(entry.protected for entry in sample.permissions) == 1
    assert sum(entry.authoritative for entry in sample.permissions) == 1
    assert sum(bool(entry.previously) for entry in sample.permissions) == 1
    assert sum(entry.create for entry in sample.permissions) >= 1
    assert any(m.period.until and m.reason and m.ticket for m in members)
    assert {entry.state for entry in sample.accounts} == set(AccountState)


def test_rules_of_every_sort_with_a_window_a_not_examples_and_policies(sample: Declared) -> None:
    text = (ROOT / "desired/rules.yaml").read_text("utf-8")

    assert len(sample.rules) >= 3
    assert sample.resources
    assert sample.policies
    assert any(rule.window.days_before_start for rule in sample.rules)
    assert any(rule.window.days_after_end for rule in sample.rules)
    assert any(rule.grants.group_per_contract for rule in sample.rules)
    assert "- not:" in text
    assert text.count("as_of:") >= len(sample.rules)


def test_no_date_of_the_sample_is_about_to_turn(sample: Declared) -> None:
    periods = [entry.period for entry in sample.accounts]
    periods += [m.period for entry in sample.permissions for m in entry.members or ()]
    turns = {day for period in periods for day in (period.start, period.until) if day}
    turns |= {c.end for person in sample.persons.values() for c in person.contracts if c.end}

    calm = (date(2026, 11, 23), date(2040, 12, 31))

    assert [day for day in turns if calm[0] < day < calm[1]] == []
    assert turnings(sample, *calm) == {}
    assert calm[1] - calm[0] > timedelta(days=5000)


def test_the_tenant_of_the_demo_holds_what_its_story_needs(settings: Settings) -> None:
    tenant = json.loads((ROOT / "demo/tenant.json").read_text("utf-8"))
    accounts = tenant["accounts"]
    scope = settings.scope

    assert sum(not scope.accounts.admits(account["userName"]) for account in accounts) == 2
    assert sum(account["isDeleted"] for account in accounts) == 1
    assert [group["name"] for group in tenant["groups"] if group["source"]] == ["Everyone"]
    assert not scope.groups.admits("Everyone")
    assert len(tenant["products"]) == 6
