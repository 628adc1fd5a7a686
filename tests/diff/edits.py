"""Generated projects and edits of every kind, for laws about two states of one project."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import yaml
from hypothesis import strategies as st

from tests.entitlements.organisations import DAYS, Record, contracts, persons, rules
from tests.projects import MAPPING

GROUPS = ["A", "B", "C", "D", "d_sales"]
PRODUCTS = ["X", "Y"]
NICKNAMES = st.sampled_from(["Ann", "Bo", "Zoë", None, 1, True])
STATES = st.sampled_from(["enabled", "enabled", "enabled", "disabled", "absent"])
TEMPLATES = [
    "d_{Contract.Department.ExternalId}",
    "{Contract.Title.Name}",
    "{Contract.Department.ExternalId}",
]
RESOURCES = st.lists(st.sampled_from(TEMPLATES), max_size=2, unique=True).map(
    lambda texts: [{"group": text} for text in texts]
)


@dataclass(frozen=True)
class State:
    """One state of a project: what its files hold, and how that is laid out in them."""

    document: dict[str, list[Any]]
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    mapping: str = ""
    files: tuple[int, ...] = (1,)
    """In how many files the entries of each key stand, and behind how many lines of comment."""
    shares: bool = False
    """Whether what is said twice in a file is an alias."""

    def write(self, root: Path) -> None:
        """Write the project."""
        (root / "desired").mkdir(parents=True)
        (root / "fieldMapping.json").write_text(_mapping(self.mapping))
        target = {"base_url": "sandbox:.reconciler/tenant.db", **self.settings.get("target", {})}
        (root / "reconciler.yaml").write_text(json.dumps({**self.settings, "target": target}))
        parts = len(self.files)
        for number, (key, entries) in enumerate(sorted(self.document.items())):
            for part in range(parts):
                some = entries[part::parts]
                shift = "# moved\n" * self.files[(number + part) % parts]
                text = _shared({key: some}) if self.shares else json.dumps({key: some}, indent=1)
                (root / "desired" / f"{key}-{part}.yaml").write_text(shift + text)


def _mapping(change: str) -> str:
    """Return the mapping of this checkout, with another first name where one is given."""
    text = MAPPING.read_text(encoding="utf-8")
    if not change:
        return text
    whole = json.loads(text)
    for each in whole["MappingFields"]:
        if each["Name"] == "firstName":
            for action in each["MappingActions"]:
                action.update(MappingMode="Fixed", Value=json.dumps(change))
    return json.dumps(whole)


def _shared(document: Any) -> str:
    """Return a document in which whatever comes a second time is an alias of the first."""
    seen: dict[str, Any] = {}

    def once(value: Any) -> Any:
        match value:
            case dict():
                pairs = cast("dict[str, Any]", value)
                return first({key: once(each) for key, each in pairs.items()})
            case list():
                return first([once(each) for each in cast("list[Any]", value)])
            case _:
                return value

    def first(value: Any) -> Any:
        return seen.setdefault(json.dumps(value), value)

    return yaml.safe_dump(once(document), sort_keys=False, allow_unicode=True)


# ---------------------------------------------------------------- a state


@st.composite
def whole_persons(draw: st.DrawFn, number: int) -> Record:
    """A person with a name, a user name, and perhaps a manager."""
    made = draw(persons(number))
    made["Name"] = {"NickName": draw(NICKNAMES), "FamilyName": "Doe", "Convention": "B"}
    made["Accounts"] = {"EntraID": {"userPrincipalName": f"p{number}@example.org"}}
    if draw(st.booleans()):
        made["PrimaryManager"] = {"ExternalId": f"p{draw(st.integers(0, 6))}"}
    return made


@st.composite
def lines(draw: st.DrawFn, person: str) -> Any:
    """A member line, perhaps with dates."""
    if draw(st.integers(0, 2)):
        return person
    first = draw(DAYS)
    return {"person": person, draw(st.sampled_from(["from", "until"])): str(first)}


@st.composite
def entries(draw: st.DrawFn, name: str, people: list[str]) -> Record:
    """A group or product entry."""
    made: Record = {"name": name}
    if draw(st.integers(0, 4)):
        made["members"] = [draw(lines(person)) for person in people if draw(st.booleans())]
    for flag in ("authoritative", "protected"):
        if draw(st.integers(0, 4)) == 0:
            made[flag] = True
    return made


@st.composite
def accounts(draw: st.DrawFn, person: str) -> Record:
    """An account entry, perhaps with dates and fields."""
    made: Record = {"person": person, "state": draw(STATES)}
    if draw(st.integers(0, 4)) == 0:
        made[draw(st.sampled_from(["from", "until"]))] = str(draw(DAYS))
    if draw(st.integers(0, 2)) == 0 and made["state"] != "absent":
        made["fields"] = {"userAttributes.x": draw(st.sampled_from(["1", 1, True, "a"]))}
    return made


@st.composite
def states(draw: st.DrawFn) -> State:
    """A project with a bit of everything."""
    people = [draw(whole_persons(number)) for number in range(draw(st.integers(3, 7)))]
    ids = [person["ExternalId"] for person in people]
    names = draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=3))
    document: dict[str, list[Any]] = {
        "persons": people,
        "rules": [draw(rules(number)) for number in range(draw(st.integers(0, 4)))],
        "resources": draw(RESOURCES),
        "accounts": [draw(accounts(person)) for person in ids if draw(st.integers(0, 3))],
        "groups": [draw(entries(name, ids)) for name in names],
        "products": [draw(entries("X", ids))] if draw(st.booleans()) else [],
    }
    return State(document, draw(SETTINGS))


SETTINGS = st.sampled_from(
    [
        {"target": {"set_manager": True}},
        {"target": {"set_manager": True}},
        {},
        {"account_not_desired": "delete"},
        {"target": {"set_manager": True, "update_user_name": True}, "account_not_desired": "keep"},
    ]
)


# ---------------------------------------------------------------- edits of it

Draw = Callable[[st.SearchStrategy[Any]], Any]


def _ids(state: State) -> list[str]:
    return [person["ExternalId"] for person in state.document["persons"]]


def _with(state: State, key: str, items: list[Any]) -> State:
    return replace(state, document={**state.document, key: items})


def _replaced(draw: Draw, state: State, key: str, make: Callable[[int, Any], Any]) -> State:
    """Return a state in which one item below a key is another, if there is one."""
    items = state.document[key]
    if not items:
        return state
    at = draw(st.integers(0, len(items) - 1))
    made = make(at, copy.deepcopy(items[at]))
    return _with(state, key, [*items[:at], *([] if made is None else [made]), *items[at + 1 :]])


def _number(person: Any) -> int:
    return int(person["ExternalId"].removeprefix("p"))


def person_changes(draw: Draw, state: State) -> State:
    return _replaced(draw, state, "persons", lambda _, one: draw(whole_persons(_number(one))))


def nickname_changes(draw: Draw, state: State) -> State:
    def named(_: int, one: Any) -> Any:
        return {**one, "Name": {**one["Name"], "NickName": draw(NICKNAMES)}}

    return _replaced(draw, state, "persons", named)


def contract_changes(draw: Draw, state: State) -> State:
    def contracted(_: int, one: Any) -> Any:
        number = draw(st.integers(0, 2))
        return {**one, "Contracts": [*one["Contracts"][:number], draw(contracts(number))]}

    return _replaced(draw, state, "persons", contracted)


def person_comes(draw: Draw, state: State) -> State:
    free = sorted({f"p{n}" for n in range(9)} - set(_ids(state)))
    if not free:
        return state
    one = draw(whole_persons(int(draw(st.sampled_from(free))[1:])))
    state = _with(state, "persons", [*state.document["persons"], one])
    entry = draw(accounts(one["ExternalId"]))
    return _with(state, "accounts", [*state.document["accounts"], entry])


def person_goes(draw: Draw, state: State) -> State:
    ids = _ids(state)
    if len(ids) < 2:
        return state
    who = draw(st.sampled_from(ids))
    kept = {
        "persons": [one for one in state.document["persons"] if one["ExternalId"] != who],
        "accounts": [one for one in state.document["accounts"] if one["person"] != who],
        **{
            key: [
                {**one, "members": [line for line in one["members"] if _holder(line) != who]}
                if "members" in one
                else one
                for one in state.document[key]
            ]
            for key in ("groups", "products")
        },
    }
    return replace(state, document={**state.document, **kept})


def _holder(line: Any) -> str:
    return line if isinstance(line, str) else line["person"]


def rule_changes(draw: Draw, state: State) -> State:
    return _replaced(draw, state, "rules", lambda _, rule: {**draw(rules(0)), "name": rule["name"]})


def rule_part_changes(draw: Draw, state: State) -> State:
    def partly(_: int, rule: Any) -> Any:
        other = draw(rules(0))
        part = draw(st.sampled_from(["when", "grant", "window"]))
        return {**rule, **({part: other[part]} if part in other else {})}

    return _replaced(draw, state, "rules", partly)


def rule_goes(draw: Draw, state: State) -> State:
    return _replaced(draw, state, "rules", lambda _, __: None)


def rule_comes(draw: Draw, state: State) -> State:
    name = draw(st.sampled_from(["a new one", "z new one"]))
    items = [rule for rule in state.document["rules"] if rule["name"] != name]
    return _with(state, "rules", [*items, {**draw(rules(0)), "name": name}])


def rule_is_renamed(draw: Draw, state: State) -> State:
    name = draw(st.sampled_from(["a renamed one", "z renamed one"]))
    if any(rule["name"] == name for rule in state.document["rules"]):
        return state
    return _replaced(draw, state, "rules", lambda _, rule: {**rule, "name": name})


def permission_changes(draw: Draw, state: State) -> State:
    key = draw(st.sampled_from(["groups", "groups", "products"]))
    ids = _ids(state)
    return _replaced(draw, state, key, lambda _, one: draw(entries(one["name"], ids)))


def permission_comes_or_goes(draw: Draw, state: State) -> State:
    key, names = draw(st.sampled_from([("groups", GROUPS), ("products", PRODUCTS)]))
    name = draw(st.sampled_from(names))
    rest = [one for one in state.document[key] if one["name"].lower() != name.lower()]
    made = [draw(entries(name, _ids(state)))] if draw(st.booleans()) else []
    return _with(state, key, [*rest, *made])


def group_is_renamed(draw: Draw, state: State) -> State:
    name = draw(st.sampled_from([*GROUPS, "Renamed"]))
    earlier = draw(st.sampled_from([*GROUPS, "Manager", "sales"]))
    if any(one["name"].lower() == name.lower() for one in state.document["groups"]):
        return state

    def renamed(_: int, one: Any) -> Any:
        was = one["name"] if draw(st.booleans()) else earlier
        return {**one, "name": name, "previously": [was]}

    return _replaced(draw, state, "groups", renamed)


def group_is_made(draw: Draw, state: State) -> State:
    return _replaced(draw, state, "groups", lambda _, one: {**one, "create": draw(st.booleans())})


def account_changes(draw: Draw, state: State) -> State:
    return _replaced(draw, state, "accounts", lambda _, one: draw(accounts(one["person"])))


def account_comes_or_goes(draw: Draw, state: State) -> State:
    who = draw(st.sampled_from(_ids(state)))
    rest = [one for one in state.document["accounts"] if one["person"] != who]
    made = [draw(accounts(who))] if draw(st.booleans()) else []
    return _with(state, "accounts", [*rest, *made])


def resources_change(draw: Draw, state: State) -> State:
    return _with(state, "resources", draw(RESOURCES))


def settings_change(draw: Draw, state: State) -> State:
    more = draw(
        st.sampled_from(
            [
                {"safeguards": {"allow_empty": True}},
                {"time_zone": "Asia/Tokyo"},
                {"scope": {"groups": {"exclude": ["A"]}}},
                {"unique_fields": ["userName"]},
                {"governance": {"automatic": {"account_missing": "report"}}},
            ]
        )
    )
    return replace(state, settings={**draw(SETTINGS), **more})


def mapping_changes(draw: Draw, state: State) -> State:
    return replace(state, mapping=draw(st.sampled_from(["", "Anybody", "Somebody"])))


def policies_change(draw: Draw, state: State) -> State:
    policy = {"name": "no two", "forbid_together": [{"group": "A"}, {"group": "B"}]}
    resolution = {
        "issue": "account_unmanaged",
        "account": "old@example.org",
        "resolution": "disable",
        "reason": "Left",
    }
    names = {one["name"] for one in state.document["groups"]}
    policies = [policy] if {"A", "B"} <= names and draw(st.booleans()) else []
    return _with(
        _with(state, "policies", policies), "resolutions", draw(st.sampled_from([[], [resolution]]))
    )


def files_change(draw: Draw, state: State) -> State:
    """Move everything: to other files, in another order, further down, and behind aliases."""
    moved = {
        key: draw(st.permutations(items)) if draw(st.booleans()) else items
        for key, items in state.document.items()
    }
    files = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3).map(tuple))
    return replace(state, document=moved, files=files, shares=draw(st.booleans()))


EDITS: tuple[Callable[[Draw, State], State], ...] = (
    person_changes,
    nickname_changes,
    contract_changes,
    contract_changes,
    person_comes,
    person_goes,
    rule_changes,
    rule_part_changes,
    rule_goes,
    rule_comes,
    rule_is_renamed,
    permission_changes,
    permission_comes_or_goes,
    group_is_renamed,
    group_is_made,
    account_changes,
    account_comes_or_goes,
    resources_change,
    settings_change,
    mapping_changes,
    policies_change,
    files_change,
    files_change,
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[State, State]:
    """A project before and after one to four edits."""
    before = draw(states())
    if draw(st.booleans()):
        before = files_change(draw, before)
    after = before
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=4)):
        after = edit(draw, after)
    return before, after
