import copy
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from reconciler.desired.editing import Editor
from tests.editing.pages import NAMES, PERSONS, pages

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
SHORT = profile(max_examples=50, deadline=None, suppress_health_check=SLOW, derandomize=True)
LONG = profile(max_examples=20_000, deadline=None, suppress_health_check=SLOW)


def read(text: str) -> dict[str, Any]:
    return yaml.load(text.removeprefix("\ufeff"), yaml.CSafeLoader) or {}


def remarks(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"# remark (\d+)\.", text)]


def name_of(member: Any) -> str:
    return member if isinstance(member, str) else member["person"]


def edit(data: st.DataObject, editor: Editor, said: dict[str, Any]) -> bool:
    """Make one edit in both; tell whether it takes a line with its comment away."""
    section = data.draw(st.sampled_from(["groups", "products"]))
    held: list[dict[str, Any]] = said.get(section) or []
    verb = data.draw(st.sampled_from(["add", "remove", "join", "leave", "rename", "set", "unset"]))
    free = [name for name in NAMES if name not in {entry["name"] for entry in held}]
    if verb == "add" or not held:
        new = {"name": data.draw(st.sampled_from(free)), "members": ["p1", "yes"]}
        editor.add(section, new)
        said[section] = [*held, copy.deepcopy(new)]
        return False
    entry = data.draw(st.sampled_from(held))
    found = editor.entry(section, entry["name"])
    if verb == "remove":
        found.remove()
        held.remove(entry)
        return True
    if verb == "rename":
        new_name = data.draw(st.sampled_from(free))
        found.set("name", new_name)
        found.set("previously", [entry["name"]])
        entry["previously"], entry["name"] = [entry["name"]], new_name
        return False
    if verb == "set":
        value = data.draw(st.sampled_from(["10", "on", "Some words", "two\nlines", "é: #"]))
        found.set("description", value)
        entry["description"] = value
        return False
    if verb == "unset":
        found.unset("create")
        return entry.pop("create", None) is not None
    members: list[Any] = entry.get("members", [])
    if verb == "join":
        entry["members"] = members
    names = {name_of(member) for member in members}
    if verb == "join":
        more = [person for person in PERSONS if person not in names]
        if more:
            person = data.draw(st.sampled_from(more))
            found.add_to("members", person)
            members.append(person)
        elif not members:
            del entry["members"]
        return False
    if names:
        person = data.draw(st.sampled_from(sorted(names)))
        assert found.remove_from("members", person)
        members[:] = [member for member in members if name_of(member) != person]
        return True
    return False


def sorted_members(said: dict[str, Any]) -> dict[str, Any]:
    """What is said, the order of members aside: a new one goes where a sorted list has it."""

    def of(entry: dict[str, Any]) -> dict[str, Any]:
        members: list[Any] = entry.get("members", [])
        listed = {"members": sorted(members, key=name_of)} if "members" in entry else {}
        return {**entry, **listed}

    return {section: [of(each) for each in entries or ()] for section, entries in said.items()}


def check_edits(page: tuple[str, dict[str, Any], int], data: st.DataObject) -> None:
    text, said, comments = page
    assert read(text) == said
    assert remarks(text) == list(range(1, comments + 1))
    said = copy.deepcopy(said)
    editor = Editor(text, "x.yaml")
    may_lose = False
    for _ in range(data.draw(st.integers(1, 4))):
        may_lose |= edit(data, editor, said)
    edited = editor.text

    assert sorted_members(read(edited)) == sorted_members(said)
    left = remarks(edited)
    assert left == sorted(left)
    if not may_lose:
        assert len(left) == comments
    assert "\n" not in edited.replace("\r\n", "") if "\r\n" in text else "\r" not in edited
    assert edited.startswith("\ufeff") == text.startswith("\ufeff")
    kept = [row for row in text.splitlines() if "remark" in row and row.lstrip().startswith("#")]
    if not may_lose:
        assert [row for row in edited.splitlines() if row in kept] == kept


def check_undo(page: tuple[str, dict[str, Any], int], data: st.DataObject) -> None:
    text, said, _ = page
    sections = [section for section, entries in said.items() if entries]
    if not sections:
        return
    section = data.draw(st.sampled_from(sections))
    entry = data.draw(st.sampled_from(said[section]))
    editor = Editor(text, "x.yaml")
    verb = data.draw(st.sampled_from(["entry", "member", "name"]))
    if verb == "entry":
        editor.add(section, {"name": "New one", "members": ["a", "b"]})
    elif verb == "member":
        if "members" not in entry:
            return
        editor.entry(section, entry["name"]).add_to("members", "new one")
    else:
        editor.entry(section, entry["name"]).set("name", "New one")
    once = Editor(editor.text, "x.yaml")
    if verb == "entry":
        once.entry(section, "New one").remove()
    elif verb == "member":
        once.entry(section, entry["name"]).remove_from("members", "new one")
    else:
        once.entry(section, "New one").set("name", entry["name"])

    assert read(once.text) == read(text)
    if verb != "name":
        assert once.text == text


@SHORT
@given(pages(), st.data())
def test_edits_say_what_was_meant_and_leave_the_rest_as_it_stands(
    page: tuple[str, dict[str, Any], int], data: st.DataObject
) -> None:
    check_edits(page, data)


@SHORT
@given(pages(), st.data())
def test_taking_an_edit_back_gives_the_same_bytes(
    page: tuple[str, dict[str, Any], int], data: st.DataObject
) -> None:
    check_undo(page, data)


@pytest.mark.long
@LONG
@given(pages(), st.data())
def test_many_edits_say_what_was_meant(
    page: tuple[str, dict[str, Any], int], data: st.DataObject
) -> None:
    check_edits(page, data)
    check_undo(page, data)
