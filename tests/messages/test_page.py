from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final

import pytest

from reconciler import errors
from reconciler.governance import measures, policies
from reconciler.model.issue import IssueType
from reconciler.model.settings import DEFAULT_LIMITS
from tests.messages.finding import HOLE, STOPS, Finder, Message
from tests.messages.page import in_section, rows

_SECTIONS: Final[Mapping[str, str]] = {
    **{name: f"Exit code {getattr(errors, name).exit_code}" for name in STOPS},
    "person": "Persons left out of a plan",
    "warning": "Warnings",
    "said": "Warnings",
    "failure": "Actions that failed",
    "stale": "Actions left out as stale",
    "note": "Notes on actions that are done",
    "moved": "Actions that failed",
    "reading": "Readings that are not whole",
    "usage": "A wrong command line",
}
_IN_FILES: Final = ("Mistakes in files", "Mistakes in the field mapping")
_ADD: Final = "\ndocs/messages.md, section '{}', lacks these lines; write cause and remedy:\n{}\n"
_REMOVE: Final = "\ndocs/messages.md, section '{}', has lines of messages that are gone:\n{}\n"


@cache
def _messages() -> tuple[Message, ...]:
    return tuple(each for each in Finder().messages() if each.text.strip(f"{HOLE}: ()"))


def test_every_mistake_in_a_file_is_on_the_page_and_no_other() -> None:
    listed = {
        f"`{code}` | {summary}"
        for name in _IN_FILES
        for code, summary, *_ in ((cells[0].strip("`"), *cells[1:]) for cells in in_section(name))
    }
    made = {
        f"`{each.code}` | {each.text}": each.place for each in _messages() if each.kind == "problem"
    }

    assert len(made) > 60
    _compare(" or ".join(_IN_FILES), listed, made)


def test_a_code_has_one_summary() -> None:
    summaries = {(each.code, each.text) for each in _messages() if each.kind == "problem"}

    assert [code for code, n in Counter(code for code, _ in summaries).items() if n > 1] == []


@pytest.mark.parametrize("section", sorted(set(_SECTIONS.values())))
def test_every_message_of_a_section_is_on_the_page_and_no_other(section: str) -> None:
    listed = {cells[0] for cells in in_section(section)}
    made = {each.text: each.place for each in _messages() if _section(each) == section}

    _compare(section, listed, made)


def test_every_line_of_the_page_says_cause_and_remedy() -> None:
    for row in rows():
        assert all(row.cells), f"{row.section}: {row.cells}"


def test_every_exit_code_is_on_the_page_and_no_other() -> None:
    stops = {getattr(errors, name).exit_code for name in STOPS}

    listed = [int(cells[0]) for cells in in_section("Exit codes")]

    assert sorted(listed) == sorted({0, 2, 5, 64} | stops)


def test_every_check_is_on_the_page_and_no_other() -> None:
    limits = {f"{measures.LIMIT}{name}" for name in DEFAULT_LIMITS}
    limits = {f"{name}/NAME" if f"{name}/" == measures.MEMBERS_LOST else name for name in limits}
    others = {f"{measures.EMPTY}NAME", f"{measures.PROTECTED}KIND/NAME", f"{policies.POLICY}NAME"}

    listed = {cells[0].strip("`") for cells in in_section("Checks of a plan")}

    assert listed == limits | others


def test_every_type_of_issue_is_on_the_page_and_no_other() -> None:
    listed = [cells[0].strip("`") for cells in in_section("Issues of a plan")]

    assert sorted(listed) == sorted(each.value for each in IssueType)


def _compare(section: str, listed: set[str], made: Mapping[str, str]) -> None:
    missing = [f"| {said} | cause | remedy |   (said at {made[said]})" for said in made]
    missing = [line for line, said in zip(missing, made, strict=True) if said not in listed]
    gone = [f"| {said} | …" for said in sorted(listed - set(made))]
    assert not missing, _ADD.format(section, "\n".join(missing))
    assert not gone, _REMOVE.format(section, "\n".join(gone))


def _section(message: Message) -> str | None:
    reading = ("reconciler/helloid/lists.py", "reconciler/helloid/reading.py")
    is_reading = message.kind == "moved" and message.place.startswith(reading)
    return _SECTIONS.get("reading" if is_reading else message.kind)
