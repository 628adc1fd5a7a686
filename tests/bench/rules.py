"""A generated organisation under rules: persons with one contract or two, and rules of every kind."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.bench.organisation import as_yaml
from tests.projects import Project, person

RULES = 100
DEPARTMENTS = 60
TITLES = 40
PERSONS_A_FILE = 1000
DAY = date(2025, 6, 1)
"""Everything is judged as of this day; a tenth of the contracts have ended by then, or begin later."""


def build_ruled(folder: Path, persons: int) -> Project:
    """Write so many persons, half as many second contracts, and the rules."""
    project = Project.at(folder)
    (folder / "desired/nothing.yaml").unlink()
    project.write("desired/rules.yaml", {"rules": list(rules())})
    for first in range(0, persons, PERSONS_A_FILE):
        lines = ["persons:"]
        for number in range(first, min(first + PERSONS_A_FILE, persons)):
            lines += as_yaml(_person(number))
        project.write(f"desired/persons/{first:06}.yaml", "\n".join(lines) + "\n")
    return project


def rules() -> Iterator[dict[str, Any]]:
    """Yield a hundred rules: for all, by department, by department and title, by text, date and size."""
    yield _rule("account", _of("Employer", "MUN"), 14, 0, account="enabled", groups=["Everybody"])
    yield _rule("afterwards", _of("Employer", "MUN"), 0, 90, account="disabled")
    per_contract = "department_{Contract.Department.ExternalId}"
    yield _rule(
        "department", {"Contract.ExternalId": {"exists": True}}, group_per_contract=per_contract
    )
    yield _rule("long", {"Contract.StartDate": {"before": "2015-01-01"}}, groups=["Veterans"])
    yield _rule("large", {"Contract.Details.Fte": {"after": 0.9}}, products=["Laptop"])
    yield _rule("leads", {"Contract.Title.Name": {"matches": "^title 1.$"}}, groups=["Leads"])
    yield _rule("a", {"Contract.Title.Name": {"starts_with": "title 2"}}, groups=["Seconds"])
    yield _rule("by person", {"Person.Name.NickName": {"in": ["Given1", "Given2"]}}, groups=["Few"])
    managed = {"Person.PrimaryManager.ExternalId": {"exists": True}}
    yield _rule("not a lead", {"all": [managed, {"not": _title(1)}]}, groups=["Managed"])
    yield _rule(
        "primary", {"Person.PrimaryContract.Department.ExternalId": "D01"}, groups=["First"]
    )
    for number in range(RULES - 10):
        department = _of("Department", f"D{number % DEPARTMENTS:02}")
        both = {"all": [department, _title(number % TITLES)]}
        either = {"any": [department, _of("Department", f"D{(number + 1) % DEPARTMENTS:02}")]}
        several = {
            "Contract.Title.Name": {"in": [f"Title {(number + n) % TITLES}" for n in range(4)]}
        }
        when = (department, both, either, {"all": [department, several]})[number % 4]
        yield _rule(f"rule {number}", when, number % 8, number % 31, groups=[f"Group {number}"])


def _rule(
    name: str, when: dict[str, Any], before: int = 0, after: int = 0, **grant: Any
) -> dict[str, Any]:
    window = {"days_before_start": before, "days_after_end": after}
    return {"name": name, "when": when, "window": window, "grant": grant}


def _of(what: str, value: str) -> dict[str, Any]:
    return {f"Contract.{what}.ExternalId": value}


def _title(number: int) -> dict[str, Any]:
    return {"Contract.Title.Name": f"Title {number}"}


def _person(number: int) -> dict[str, Any]:
    whole = person(
        number,
        f"Given{number % 997}",
        f"Family{number}",
        manager=number // 10 if number >= 10 else None,
    )
    whole["Contact"]["Business"]["Phone"] = {"Mobile": f"+31 6 {number:08}", "Fixed": None}
    whole["Contracts"] = [_contract(number, n) for n in range(1 + number % 2)]
    return whole


def _contract(number: int, n: int) -> dict[str, Any]:
    begins = date(2005, 1, 1) + timedelta(number * 7919 % 7200)
    kind = (number + n) % 20
    if kind == 0:
        begins = DAY + timedelta(1 + number % 40)
    ends = DAY - timedelta(1 + number % 60) if kind == 1 else None
    department = (_spread(number) + n) % DEPARTMENTS
    title = _spread(number + 1) % TITLES
    return {
        "ExternalId": f"{number}-{n}",
        "StartDate": str(min(begins, ends or begins)),
        "EndDate": None if ends is None else str(ends),
        "Employer": {"ExternalId": "MUN", "Name": "Municipality"},
        "Department": {
            "ExternalId": f"D{department:02}",
            "DisplayName": f"Department {department}",
        },
        "Title": {"ExternalId": f"T{title:02}", "Name": f"Title {title}"},
        "Details": {"Fte": (0.5, 0.8, 1.0)[number % 3], "HoursPerWeek": (18, 28.8, 36)[number % 3]},
    }


def _spread(number: int) -> int:
    """Return a number that nothing else about the person repeats."""
    return (number * 2_654_435_761 & 0xFFFF_FFFF) >> 11
