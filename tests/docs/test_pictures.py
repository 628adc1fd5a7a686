import re
import struct
from pathlib import Path

from tests.docs.blocks import PAGES, ROOT
from tests.docs.pictures import FOLDER, PAGE, PAGE_SIZE, SHOWN, drawn

_PICTURE = re.compile(r"!\[(?P<says>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def test_the_pictures_are_what_the_commands_of_the_tutorial_show(tmp_path: Path) -> None:
    made = dict(drawn(tmp_path))

    assert set(made) == {name for name, _ in SHOWN.values()}
    for name, svg in made.items():
        kept = (FOLDER / name).read_text("utf-8")
        assert svg == kept, f"{name} shows something else by now: python -m tests.docs.pictures"


def test_the_picture_of_the_page_is_a_whole_screen() -> None:
    data = (FOLDER / PAGE).read_bytes()

    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == PAGE_SIZE


def test_every_picture_is_shown_says_what_it_shows_and_loads_nothing() -> None:
    shown = set[Path]()
    for page in PAGES:
        for found in _PICTURE.finditer(page.read_text("utf-8")):
            assert found["says"].strip(), f"{page.name}: {found['target']} says nothing"
            shown.add((page.parent / found["target"]).resolve())

    pictures = {path for path in FOLDER.iterdir() if path.is_file()}
    assert pictures == {path for path in shown if path.is_relative_to(ROOT)}
    for path in pictures:
        if path.suffix == ".svg":
            svg = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert re.findall(r"https?:|@import|<script|href", svg) == []
