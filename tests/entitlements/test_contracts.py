from datetime import date

import pytest

from reconciler.model.address import PersonId
from reconciler.model.value import JSON
from tests.entitlements.files import desired

TODAY = date(2026, 1, 10)


def contract(name: str, manager: JSON = None, start: str = "2025-01-01", end: str = "") -> JSON:
    given = {"ExternalId": manager} if isinstance(manager, str) else manager
    return {"ExternalId": name, "StartDate": start, "EndDate": end or None, "Manager": given}


def manager(person: dict[str, JSON], day: date = TODAY) -> str | None:
    found = desired({"persons": [{"ExternalId": "p", **person}]}, day)
    return found.persons[PersonId("p")].manager


NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({}, None),
        ({"Contracts": [contract("a", "m")]}, "m"),
        ({"Contracts": [contract("a", "m")], "PrimaryManager": {"ExternalId": "n"}}, "n"),
        ({"Contracts": [contract("a", "m")], "PrimaryManager": {"ExternalId": None}}, "m"),
        ({"Contracts": [contract("a", {"PersonId": NOBODY, "ExternalId": "x"})]}, None),
        ({"Contracts": [contract("a", "m")], "PrimaryManager": {"PersonId": NOBODY}}, "m"),
        ({"Contracts": [contract("a")], "PrimaryContract": contract("b", "m")}, "m"),
        ({"Contracts": [contract("a", "old", end="2026-01-09"), contract("b", "m")]}, "m"),
        ({"Contracts": [contract("a", "next", "2026-01-11"), contract("b", "m")]}, "m"),
        (
            {
                "Contracts": [
                    contract("a", "next", "2026-01-11"),
                    contract("b", "m", end="2026-01-09"),
                ]
            },
            "next",
        ),
    ],
)
def test_the_manager_is_the_given_one_or_that_of_the_primary_contract(
    person: dict[str, JSON], expected: str | None
) -> None:
    assert manager(person) == expected


def test_the_manager_changes_with_the_day() -> None:
    contracts: JSON = [contract("a", "old", end="2026-01-31"), contract("b", "new", "2026-02-01")]
    days = {date(2026, 1, 31): "old", date(2026, 2, 1): "new"}
    assert {day: manager({"Contracts": contracts}, day) for day in days} == days


def test_rules_see_the_primary_contract_and_manager_of_the_day() -> None:
    contracts: JSON = [contract("a", "old", end="2026-01-31"), contract("b", "new", "2026-02-01")]
    person: JSON = {"ExternalId": "p", "Contracts": contracts}
    for path, values in {
        "Person.PrimaryContract.ExternalId": ["a", "b"],
        "Person.PrimaryManager.ExternalId": ["old", "new"],
    }.items():
        for day, value in zip((date(2026, 1, 31), date(2026, 2, 1)), values, strict=True):
            found = [
                desired(
                    {
                        "persons": [person],
                        "rules": [
                            {"name": "r", "when": {path: each}, "grant": {"account": "enabled"}}
                        ],
                    },
                    day,
                )
                for each in values
            ]
            assert [bool(each.accounts) for each in found] == [each == value for each in values]
