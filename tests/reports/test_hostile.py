import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.value import JSON
from reconciler.reports.canonical import pretty
from reconciler.reports.inert import shows
from reconciler.reports.text import plan_text
from tests.projects import Project, Ran, account, guid, person, tenant_of
from tests.reports.github import check_inert
from tests.reports.hostile import TRICKS, all_tricks_document, hostile_document
from tests.reports.test_html import Reader

NAMES = [trick for trick in TRICKS if 0 < len(trick.strip()) < 200 and trick.isprintable()]


def is_inert(text: str) -> bool:
    return all(shows(char) or char == "\n" for char in text)


@pytest.mark.parametrize("width", [24, 100])
def test_no_trick_acts_on_a_terminal(width: int):
    for trick in TRICKS:
        assert is_inert(plan_text(hostile_document(trick), width=width, colour=False)), trick


def test_in_json_every_trick_is_what_it_was_and_shows():
    document: dict[str, JSON] = all_tricks_document()
    text = pretty(document)
    assert is_inert(text)
    assert json.loads(text) == document


def test_a_hostile_tenant_and_hostile_files_are_inert_in_every_format(tmp_path: Path):
    project = Project.at(tmp_path)
    project.seed(hostile_tenant())
    project.want(hostile_files())
    for shape in ("text", "json", "markdown", "html", "junit"):
        ran = project.run("plan", "--format", shape)
        assert ran.code in {0, 3}, ran
        check_format(shape, ran)


def check_format(shape: str, ran: Ran) -> None:
    assert is_inert(ran.out)
    if shape == "markdown":
        check_inert(ran.out)
    if shape == "html":
        assert "@octocat" in "".join(Reader(ran.out).told)
    if shape == "json":
        named = {
            action["permission"]["name"] for action in ran.json["actions"] if "permission" in action
        }
        assert named == set(NAMES)


def hostile_tenant() -> dict[str, Any]:
    """Return a tenant whose groups have names that try something, and accounts nobody asked for."""
    accounts = [
        {
            "userGUID": guid(n),
            "userName": f"{trick}@example.org",
            "isEnabled": True,
            "isDeleted": False,
        }
        for n, trick in enumerate(NAMES, 1)
    ]
    return {**tenant_of(NAMES), "accounts": accounts}


def hostile_files() -> dict[str, Any]:
    """Return desired state in which a person with such names joins every such group."""
    anna = {
        **person(10001, "<b>@octocat</b>", "| #123 |"),
        "DisplayName": "[x](https://evil.example.org)",
    }
    return {
        "persons": [anna],
        "accounts": [account(10001)],
        "groups": [{"name": name, "members": ["10001"]} for name in NAMES],
    }
