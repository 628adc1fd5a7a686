"""The pictures of the documentation, made from what the commands really show.

`python -m tests.docs.pictures` makes them anew in docs/pictures: what a terminal shows as SVG, the page
of a plan as a screenshot of the machine's Chromium. The moment alone is set to a fixed one.
"""

import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.browser.chromium import find_chromium, open_chromium
from tests.docs.blocks import ROOT, shells
from tests.docs.project import READER, Project, copied

FOLDER: Final = ROOT / "docs/pictures"
PAGE: Final = "plan-page.png"
PAGE_SIZE: Final = (1280, 800)
WIDTH: Final = 100

SHOWN: Final[Mapping[str, tuple[str, int]]] = {
    "reconciler plan": ("plan.svg", 60),
    "reconciler diff main": ("diff.svg", 40),
    "reconciler audit": ("audit.svg", 40),
}
"""Commands of the tutorial, the first time they are run: the picture of each, and its most lines."""

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""Where it is today, unless the settings say otherwise."""
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_COMMIT: Final = re.compile(r"\b[0-9a-f]{12}\b")
_THEME: Final = TerminalTheme(
    (24, 26, 31),
    (214, 218, 224),
    [
        (72, 77, 87),
        (255, 123, 114),
        (94, 201, 126),
        (226, 179, 84),
        (110, 168, 254),
        (203, 153, 255),
        (86, 201, 207),
        (214, 218, 224),
    ],
)
_FORMAT: Final = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
  font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""The words and colours only: no font is fetched, and no window is drawn around them."""


def drawn(below: Path, browser: str | None = None) -> Iterator[tuple[str, str]]:
    """Follow the tutorial in a new folder, and yield the name and text of each picture of a terminal.

    With a browser the page of the plan is photographed too, below the folder.
    """
    left = dict(SHOWN)
    with copied(below) as project:
        for shell in shells(ROOT / "docs/tutorial.md"):
            if shell.text in left:
                name, most = left.pop(shell.text)
                yield name, picture(shell.text, _seen(shell.text, project), most)
            if not left:
                return
            ended = (project.script if shell.is_script else project.command)(shell.text)
            assert ended.code == shell.code, ended.output
            if "--format html" in shell.text and browser is not None:
                _photograph(project.at / "plan.html", browser, below)
    raise AssertionError(f"the tutorial does not run {', '.join(left)}")


def picture(command: str, output: str, most: int) -> str:
    """Return what a terminal shows of a command as SVG, at most so many lines of it."""
    lines = _settled(output).split("\n")
    cut = [*lines[: most - 1], "…"] if len(lines) > most else lines
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(f"\x1b[1m$ {command}\x1b[0m"))
        for line in cut:
            console.print(Text.from_ansi(line), soft_wrap=True, highlight=False)
    svg = console.export_svg(title=command, theme=_THEME, code_format=_FORMAT, unique_id="shown")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _seen(command: str, project: Project) -> str:
    """Return what a command writes to a terminal, colours and all."""
    read, write = pty.openpty()
    environment = {**os.environ, **READER, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", *command.split()],
        cwd=project.at,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=subprocess.DEVNULL,
    ):
        os.close(write)
        chunks = list[bytes]()
        while chunk := _read(read):
            chunks.append(chunk)
    os.close(read)
    return b"".join(chunks).decode().replace("\r\n", "\n").strip("\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how Linux says that nobody writes to the terminal any more
        return b""


def _settled(output: str) -> str:
    output = _MOMENT.sub("2026-03-03 09:00 UTC", output)
    output = _COMMIT.sub("3f9c2ab41d07", output)
    return output.replace(datetime.now(_ZONE).date().isoformat(), "2026-03-02")


def _photograph(file: Path, program: str, below: Path) -> None:
    file.write_text(_settled(file.read_text("utf-8")), encoding="utf-8")
    with open_chromium(program, below / "profile") as browser, browser.page() as page:
        page.size(*PAGE_SIZE)
        page.media()
        page.open(file)
        page.settle()
        (below / PAGE).write_bytes(page.picture())


def main() -> None:
    """Make every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    browser = find_chromium()
    assert browser, "there is no Chromium to look at the page with"
    with tempfile.TemporaryDirectory() as below:
        for name, svg in drawn(Path(below), browser):
            (FOLDER / name).write_text(svg, encoding="utf-8")
        (FOLDER / PAGE).write_bytes((Path(below) / PAGE).read_bytes())


if __name__ == "__main__":
    main()
