"""Random organisations and rules, small enough that rules often hold and often do not."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

BASE = date(2024, 2, 20)
DAYS = st.integers(0, 20).map(lambda days: BASE + timedelta(days))
WRITTEN = st.one_of(
    st.none(),
    DAYS.map(str),
    DAYS.map(lambda day: f"{day}T00:00:00Z"),
    DAYS.map(lambda day: f"{day}T00:00:00+02:00"),
)
DEPARTMENTS = st.sampled_from(["SALES", "Sales", "sales & Ops", "Zoë - Ñandú", "10", "", None])
TITLES = st.sampled_from(["Manager", "account manager", "MANAGER II", "Straße", "strasse", None])
NUMBERS = st.sampled_from([0, 1, 0.5, 1.0, 40, "1", "0.5", "1.0", True, None, "007"])


@st.composite
def contracts(draw: st.DrawFn, number: int) -> Record:
    made: Record = {
        "ExternalId": f"c{number}",
        "StartDate": draw(WRITTEN),
        "EndDate": draw(WRITTEN),
        "Details": {"Fte": draw(st.sampled_from([0.5, 1.0, None])), "HoursPerWeek": 40},
        "Custom": {"Level": draw(NUMBERS), "Since": draw(WRITTEN)},
    }
    if draw(st.booleans()):
        made["Department"] = {"ExternalId": draw(DEPARTMENTS)}
    if draw(st.booleans()):
        made["Title"] = {"Name": draw(TITLES)}
    return made


@st.composite
def persons(draw: st.DrawFn, number: int) -> Record:
    made: Record = {
        "ExternalId": f"p{number}",
        "Contracts": [draw(contracts(each)) for each in range(draw(st.integers(0, 3)))],
        "Custom": {"Level": draw(NUMBERS)},
        "Details": {"Gender": draw(st.sampled_from(["V", "m", None]))},
    }
    if made["Contracts"] and draw(st.integers(0, 4)) == 0:
        made["PrimaryContract"] = made["Contracts"][-1]
    return made


PATHS_AND_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Contract.Department.ExternalId": st.sampled_from(["sales", "SALES", "10", 10, "zoë - ñandú"]),
    "Contract.Title.Name": st.sampled_from(["manager", "Account Manager", "STRASSE", "man"]),
    "Contract.Custom.Level": st.sampled_from([1, 1.0, 0.5, "1", "0.5", "1.0", True, "true", "007"]),
    "Contract.Custom.Since": DAYS.map(str),
    "Contract.StartDate": DAYS.map(str),
    "Contract.EndDate": DAYS.map(str),
    "Person.Custom.Level": st.sampled_from([1, 0.5, "1", "1.0", True]),
    "Person.Details.Gender": st.sampled_from(["v", "M"]),
    "Person.PrimaryContract.Department.ExternalId": st.sampled_from(["sales", "10"]),
}
OF_PERSON = [path for path in PATHS_AND_VALUES if path.startswith("Person.")]


@st.composite
def tests(draw: st.DrawFn, paths: list[str]) -> Record:
    path = draw(st.sampled_from(paths))
    values = PATHS_AND_VALUES[path]
    kind = draw(st.sampled_from(["plain", "one", "one", "many", "many", "text", "order", "exists"]))
    if kind == "plain":
        return {path: draw(values)}
    if kind == "one":
        return {path: {draw(st.sampled_from(["equals", "not_equals"])): draw(values)}}
    if kind == "many":
        listed = draw(st.lists(values, min_size=1, max_size=3))
        return {path: {draw(st.sampled_from(["in", "not_in"])): listed}}
    if kind == "text":
        operator = draw(st.sampled_from(["contains", "starts_with", "ends_with", "matches"]))
        return {
            path: {operator: draw(st.sampled_from(["MAN", "a", "les", "1", "2024", "ss", "0"]))}
        }
    if kind == "order":
        limit = draw(st.one_of(DAYS.map(str), st.sampled_from([0, 0.5, 1, 40])))
        return {path: {draw(st.sampled_from(["before", "after"])): limit}}
    return {path: {"exists": draw(st.booleans())}}


def conditions(paths: list[str]) -> st.SearchStrategy[Record]:
    parts = tests(paths)
    return st.recursive(
        st.one_of(parts, parts, st.tuples(parts, parts).map(lambda two: {**two[0], **two[1]})),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=5,
    )


@st.composite
def rules(draw: st.DrawFn, number: int) -> Record:
    paths = draw(st.sampled_from([list(PATHS_AND_VALUES), list(PATHS_AND_VALUES), OF_PERSON]))
    grant: Record = {}
    if draw(st.booleans()):
        grant["account"] = draw(st.sampled_from(["enabled", "disabled"]))
    if draw(st.booleans()):
        grant["groups"] = draw(st.lists(st.sampled_from(["A", "B", "a"]), min_size=1, max_size=2))
    if draw(st.integers(0, 2)) == 0:
        grant["group_per_contract"] = draw(
            st.sampled_from(
                [
                    "d_{Contract.Department.ExternalId}",
                    "{Contract.Title.Name} - {Person.ExternalId}",
                    "all of {Person.Details.Gender}",
                ]
            )
        )
    made: Record = {"name": f"r{number}", "when": draw(conditions(paths))}
    made["grant"] = grant or {"products": ["X"]}
    if draw(st.booleans()):
        made["window"] = {
            "days_before_start": draw(st.integers(0, 5)),
            "days_after_end": draw(st.integers(0, 5)),
        }
    return made


@st.composite
def organisations(draw: st.DrawFn) -> Record:
    """Persons, rules, resources and now and then an entry of its own."""
    people = [draw(persons(number)) for number in range(draw(st.integers(1, 5)))]
    ids = [person["ExternalId"] for person in people]
    made: Record = {
        "persons": people,
        "rules": [draw(rules(number)) for number in range(draw(st.integers(1, 5)))],
        "resources": draw(st.sampled_from([[], [{"group": "d_{Contract.Department.ExternalId}"}]])),
    }
    if draw(st.booleans()):
        state = draw(st.sampled_from(["enabled", "disabled", "absent"]))
        made["accounts"] = [{"person": draw(st.sampled_from(ids)), "state": state}]
    if draw(st.booleans()):
        made["groups"] = [{"name": "B", "members": draw(st.sampled_from([[], ids[:1], ids]))}]
    return made
