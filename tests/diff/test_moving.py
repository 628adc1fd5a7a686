"""Whom a diff evaluates, and what others than these still count for."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired import Shelf
from reconciler.flows.sides import sides_of, whole_sides
from reconciler.model.change import CreateAccount, GrantGroup, RevokeGroup, UpdateAccount
from reconciler.planner.comparing import Compared, compare
from reconciler.planner.sides import Pair
from tests.diff.edits import State
from tests.diff.test_moving_law import read
from tests.projects import account, group, person

DAY = date(2026, 11, 23)
IDS = range(10001, 10006)
NAMES = {"name": "by department", "when": {"Contract.ExternalId": {"exists": True}}}
START: dict[str, list[Any]] = {
    "persons": [person(number, f"Anna{number}", "Visser") for number in IDS],
    "accounts": [account(number) for number in IDS],
    "groups": [group("Sales", *IDS)],
}


def department(name: str, number: int, **contract: Any) -> dict[str, Any]:
    """A person with a contract in a department of just this name."""
    made = person(number, f"Anna{number}", "Visser")
    made["Contracts"][0].update(Department={"ExternalId": name, "DisplayName": name}, **contract)
    return made


def compared(folder: Path, before: State, after: State) -> tuple[Pair, Compared]:
    """Return the sides and what differs, which is what differs of everybody."""
    shelf = Shelf(only_compares=True)
    head = read(folder / "head", after, shelf, "")
    base = read(folder / "base", before, shelf, "main")
    pair = sides_of(base, head, DAY)
    found = compare(pair)
    assert found == compare(whole_sides(base, head, DAY))
    return pair, found


def evaluated(folder: Path, after: dict[str, list[Any]], **settings: Any) -> set[str]:
    before, now = State(START, settings), State({**START, **after}, settings)
    pair, _ = compared(folder, before, now)
    assert pair.base.desired.persons.keys() == pair.head.desired.persons.keys()
    return set(pair.head.desired.persons)


def boss(number: int, manager: int) -> dict[str, Any]:
    return person(number, f"Anna{number}", "Visser", manager=manager)


@pytest.mark.parametrize(
    ("after", "whom"),
    [
        ({}, set[str]()),
        ({"groups": [group("Sales", *IDS, description="For the pipeline")]}, set[str]()),
        ({"groups": [group("Sales", *IDS[1:])]}, {"10001"}),
        ({"accounts": [account(10001, "disabled"), *START["accounts"][1:]]}, {"10001"}),
        ({"persons": [person(10001, "Eva", "Visser"), *START["persons"][1:]]}, {"10001"}),
        ({"products": [{"name": "CRM", "members": ["10004"]}]}, {"10004"}),
        ({"rules": [{**NAMES, "grant": {"groups": ["X"]}}]}, {str(each) for each in IDS}),
        (
            {
                "rules": [
                    {**NAMES, "when": {"Person.ExternalId": "10003"}, "grant": {"groups": ["X"]}}
                ]
            },
            {"10003"},
        ),
    ],
)
def test_those_are_evaluated_whom_something_touches(
    after: dict[str, list[Any]], whom: set[str], tmp_path: Path
) -> None:
    assert evaluated(tmp_path, after) == whom


def test_files_that_moved_touch_nobody(tmp_path: Path) -> None:
    rules = [{**NAMES, "grant": {"group_per_contract": "d_{Contract.Department.ExternalId}"}}]
    before = State({**START, "rules": rules})
    after = State({key: items[::-1] for key, items in before.document.items()}, files=(3, 1))
    pair, found = compared(tmp_path, before, after)

    assert not pair.head.desired.persons
    assert not found.found


def test_where_managers_are_written_those_above_and_below_are_evaluated_too(tmp_path: Path) -> None:
    people = [boss(10001, 10005), boss(10002, 10001), boss(10003, 10002), *START["persons"][3:]]
    target = {"target": {"set_manager": True}}
    after = State({**START, "persons": people}, target)
    before = State({**after.document, "accounts": START["accounts"][1:]}, target)
    pair, found = compared(tmp_path, before, after)

    assert set(pair.head.desired.persons) == {"10001", "10002", "10005"}
    assert [type(each.change) for each in found.found] == [CreateAccount, UpdateAccount, GrantGroup]


def test_a_group_that_somebody_elses_contract_names_is_managed_still(tmp_path: Path) -> None:
    rules = [{**NAMES, "grant": {"group_per_contract": "{Contract.Department.ExternalId}"}}]
    past = department("Pipeline", 10002, EndDate="2026-01-01")
    document = {
        **START,
        "rules": rules,
        "persons": [department("Pipeline", 10001), past, *START["persons"][2:]],
        "groups": [{"name": "Pipeline"}],
    }
    moved = {**document, "persons": [department("Legal", 10001), *document["persons"][1:]]}
    pair, found = compared(tmp_path, State(document), State(moved))

    assert set(pair.head.desired.persons) == {"10001"}
    assert RevokeGroup in {type(each.change) for each in found.found}
    assert not found.warnings


@pytest.mark.parametrize("resources", [[], [{"group": "{Contract.Department.ExternalId}"}]])
def test_a_group_is_called_as_the_contracts_of_all_call_it(
    resources: list[Any], tmp_path: Path
) -> None:
    rules = [{**NAMES, "grant": {"group_per_contract": "{Contract.Department.ExternalId}"}}]
    people = [department("Legal", 10001), *(department("PIPELINE", each) for each in IDS[1:])]
    document = {**START, "rules": rules, "resources": resources, "persons": people}
    moved = {**document, "persons": [department("pipeline", 10001), *people[1:]]}
    pair, found = compared(tmp_path, State(document), State(moved))

    assert set(pair.head.desired.persons) == {"10001"}
    changes = [each.change for each in found.found]
    assert [each.permission.name for each in changes if isinstance(each, GrantGroup)] == [
        "PIPELINE"
    ]
