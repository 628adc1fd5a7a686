import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.messages.finding import HOLE
from tests.messages.golden import Case, Terminal, cases, opened, shown
from tests.messages.page import in_section, rows

_CASES: Final = {case.path.stem: case for case in cases()}
_AGAIN: Final = "\nIf that is meant: python -m tests.messages.golden {}\n"
_SUMMARIES: Final = {
    cells[0].strip("`"): cells[1]
    for name in ("Mistakes in files", "Mistakes in the field mapping")
    for cells in in_section(name)
}

_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "the mistakes themselves are shown instead": (
        "The project has errors",
        "The settings have errors",
        "What was decided cannot be written",
    ),
    "reading the settings finds it first, with its place": (
        "Unknown time zone",
        "The tenant needs credentials",
        "The tenant's address cannot be used",
        "The ledger's URL is of no known kind",
        "The ledger's URL names no SQLite file",
        "The ledger's URL cannot be read",
    ),
    "tests/helloid: a tenant that fails": (
        "The tenant refuses the credentials",
        "The tenant could not be read",
        "The tenant could not be read in full",
        "The tenant refuses to be read",
        "The tenant redirects elsewhere",
        "An answer has a shape that is not HelloID's",
    ),
    "tests/ledger: another program, another server, a failing disk": (
        "Another apply holds the ledger's lock",
        "The ledger's lock was lost",
        "An earlier apply has not ended",
        "The ledger does not know this run",
        "The ledger is gone",
        "The ledger is busy",
        "The ledger cannot be written",
        "The ledger cannot be used",
        "The ledger's disk failed",
        "The disk is full",
        "The ledger's server refuses the credentials",
        "The ledger's server has no room",
        "The ledger's server is shutting down",
        "The ledger's database does not exist",
        "The ledger's database is read-only",
        "The ledger's database user may not do this",
        "A text cannot be written to the ledger",
        "A run in the ledger cannot be read",
    ),
    "tests/applier, tests/killing, tests/governance: apply at its edges": (
        "Field not mapped",
        "Mapping script failed",
        "Interrupted",
        "This plan was not judged",
        "This plan has expired",
        "An earlier apply was interrupted",
        "An earlier apply of this plan was interrupted",
        "The plan does not hold together",
    ),
    "tests/revisions: repositories of every sort": (
        "Git is not installed",
        "Git does not trust the repository",
        "No such project",
        "It is not clear which project is meant",
        "The revisions have no common ancestor",
        "The revision cannot be read",
        "No project at this revision",
    ),
    "tests/editing, tests/resolving: files that are edited": (
        "File not readable",
        "File cannot be edited",
        "Entry cannot be edited",
        "Text cannot be written",
        "No such type of issue",
        "This does not resolve the issue",
        "Only an exclusion has an end",
        "An exclusion needs a reason",
        "An exclusion needs one end",
        "No such period",
        "The exclusion is over",
        "Not a desired file",
        "The id is not enough",
        "… of this id",
    ),
    "tests/forges, tests/commenting: doubles of GitHub and GitLab": (
        "The comment is in place, the labels are not",
        "Comments of several bots carry this mark",
        "… refuses to do this",
        "… refuses the token",
        "There is no such pull request",
        "There is no such merge request",
        "There is no token for …",
        "The token for … cannot be used",
        "The forge's address cannot be used",
        "This pipeline is about no pull request",
        "This document cannot be a comment",
        "The comment could not be settled",
        "A list of … does not end",
        "… could not be reached",
    ),
    "tests/editing, tests/importing: a run that is killed, and two at once": (
        "The desired files are half written",
        "Files are being written",
        "A file changed meanwhile",
    ),
    "only a fault of ours or of the system brings it": (
        "The tenant cannot be copied",
        "Files cannot be tried out",
        "The files would not say what was meant",
        "This document cannot be shown",
        "The operating system refused",
        "This is a bug in reconciler",
    ),
}
"""Why there is no case here of these messages, or where they are met instead."""


@pytest.fixture(scope="module")
def terminal() -> Generator[Terminal]:
    with opened() as terminal:
        yield terminal


@pytest.mark.parametrize("name", sorted(_CASES))
def test_the_terminal_shows_what_the_case_says(
    name: str, terminal: Terminal, tmp_path: Path
) -> None:
    case = _CASES[name]

    lines = shown(case, terminal, tmp_path / "project")

    assert "Traceback" not in "\n".join(lines)
    assert lines == list(case.terminal), _AGAIN.format(name)


@pytest.mark.parametrize("name", sorted(_CASES))
def test_a_case_provokes_the_message_that_it_is_named_for(name: str) -> None:
    named = {slug(row.cells[0]): row.cells[0] for row in rows()}
    begun = [text for words, text in named.items() if words.startswith(f"{name}-")]
    message = _SUMMARIES.get(name) or named.get(name) or (begun[0] if len(begun) == 1 else None)

    assert message is not None, f"{name}.txt is named for no message of docs/messages.md"
    assert _says(_CASES[name], message), message


def test_every_message_has_a_case_or_is_met_elsewhere() -> None:
    named = [*_SUMMARIES, *(slug(text) for text in _stops())]

    without = [name for name in named if name not in _CASES]

    elsewhere = {slug(text) for texts in _ELSEWHERE.values() for text in texts}
    assert sorted(set(without) - elsewhere) == [], "add tests/messages/cases/NAME.txt"
    assert sorted(elsewhere & set(_CASES)) == [], "has a case, and need not be met elsewhere"


def slug(text: str) -> str:
    """Return the name of a message's case."""
    words = re.findall(r"[a-z0-9]+", text.replace(HOLE, " ").lower())
    return "-".join(words)


def _stops() -> list[str]:
    sections = sorted({row.section for row in rows() if row.section.startswith("Exit code ")})
    return [
        cells[0]
        for section in (*sections, "Persons left out of a plan")
        for cells in in_section(section)
    ]


def _says(case: Case, message: str) -> bool:
    said = [line.strip() for line in case.terminal if not line.startswith("$ ")]
    pattern = ".*".join(re.escape(part) for part in message.split(HOLE))
    beginning = r"(?:error|warning|Error|Warning|person \S+|person .* \(\S+\)): |! "
    return re.search(rf"(?:{beginning}){pattern}", " ".join(said)) is not None
