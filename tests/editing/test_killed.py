import fcntl
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.editing import save_all, take_back, written_of
from reconciler.errors import BadInput
from tests.editing.killed import AFTER, BEFORE
from tests.projects import ROOT


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    words = [sys.executable, "-m", "tests.editing.killed", str(tmp_path_factory.mktemp("killed"))]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_killed_at_any_step_all_files_are_written_or_none_once_it_is_taken_back(
    kills: list[dict[str, Any]],
) -> None:
    assert len(kills) > 30
    assert [each["killed"] for each in kills] == [True] * (len(kills) - 1) + [False]
    local = {".local": "an empty folder"}
    for each in kills:
        assert each["then"] in (BEFORE, {**BEFORE, **local}, {**AFTER, **local}, AFTER), each
    assert kills[-1]["then"] == AFTER
    assert any(each["then"].keys() == BEFORE.keys() | local.keys() for each in kills)


def test_killed_between_the_first_file_and_the_last_it_is_known_how_many_are_written(
    kills: list[dict[str, Any]],
) -> None:
    told = {each["half"][0] for each in kills if each["half"] is not None}

    assert told == {1, 2, 3}
    for each in kills:
        changed = sum(each["seen"].get(name) == text for name, text in AFTER.items())
        assert each["half"] == ([changed, 4] if 0 < changed < 4 else None)


def test_no_file_is_ever_seen_in_part(kills: list[dict[str, Any]]) -> None:
    for each in kills:
        for name, text in each["seen"].items():
            assert text in (BEFORE.get(name), AFTER.get(name), "an empty folder"), each


def test_what_somebody_wrote_after_the_kill_is_not_taken_back(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("by hand")
    two.write_text("after")
    digest = sha256(b"after").hexdigest()
    files = [
        {"path": path.name, "temporary": f".{path.name}.x", "before": before, "after": digest}
        for path, before in ((one, None), (two, "before"))
    ]
    notes = tmp_path / "notes.json"
    notes.write_text(json.dumps({"files": files, "folders": []}))

    assert take_back(notes) == 1
    assert one.read_text() == "by hand"
    assert two.read_text() == "before"
    assert not notes.exists()


def test_a_file_that_changed_since_it_was_read_is_not_written_over(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "deep/new.yaml"
    old.write_text("groups: [] # by hand\n")
    with pytest.raises(BadInput, match="changed meanwhile"):
        save_all({old: "x", new: "y"}, tmp_path / "notes", {old: "groups: []\n", new: ""})

    assert old.read_text() == "groups: [] # by hand\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old.yaml"]


def test_a_file_that_came_up_since_there_was_none_is_not_written_over(tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("groups: [] # by hand\n")
    with pytest.raises(BadInput, match="changed meanwhile"):
        save_all({new: "y"}, tmp_path / "notes", {new: ""})

    assert new.read_text() == "groups: [] # by hand\n"


def test_two_who_write_at_once_do_not_take_each_other_back(tmp_path: Path) -> None:
    notes = tmp_path / "notes.json"
    with notes.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="being written"):
            take_back(notes)
        with pytest.raises(BadInput, match="being written"):
            save_all({tmp_path / "a.yaml": "x"}, notes)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.json"]


def test_notes_that_end_in_between_mean_that_nothing_was_written(tmp_path: Path) -> None:
    notes = tmp_path / "notes.json"
    notes.write_text('{"files": [{"pa')

    assert written_of(notes) is None
    assert take_back(notes) == 0
    assert not notes.exists()
