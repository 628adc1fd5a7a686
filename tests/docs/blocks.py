"""What the documentation holds: its files, their fenced blocks, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("demo/*.md")]
)

KNOWN = {"console", "sh", "yaml", "text", "json", "javascript"}
"""`console` and `sh` run, `yaml` is read; `text` and what is only data do not run, and say so by name."""

_EXIT = re.compile(r"#\s*exit (?P<code>\d+)\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `line` is that of its first line within the fence."""

    page: Path
    line: int
    language: str
    lines: tuple[str, ...]

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def text(self) -> str:
        """The block as one text."""
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True, slots=True)
class Shell:
    """Something to run: a script or one command, the exit code it documents, the output shown below it."""

    place: str
    text: str
    code: int
    is_script: bool
    shown: tuple[str, ...] = ()


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order; a fence that never closes fails."""
    language, start, held = None, 0, list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if language is None and line.lstrip().startswith("```"):
            language, start, held = line.strip().removeprefix("```"), number + 1, []
        elif language is not None and line.strip() == "```":
            yield Block(page, start, language, tuple(held))
            language = None
        elif language is not None:
            held.append(line)
    assert language is None, f"{page}: the block opened before line {start} never closes"


def shells(page: Path) -> list[Shell]:
    """Return what a page asks its reader to run, in order."""
    found = list[Shell]()
    for block in blocks(page):
        if block.language == "sh":
            code = next((int(m["code"]) for line in block.lines if (m := _EXIT.match(line))), 0)
            found.append(Shell(block.place, block.text, code, is_script=True))
        elif block.language == "console":
            found.extend(_console(block))
    return found


def _console(block: Block) -> Iterator[Shell]:
    """Yield the commands (`$ …`, with `# exit N` where it is not 0) and the output shown below each."""
    at = [n for n, line in enumerate(block.lines) if line.startswith("$ ")]
    assert at, f"{block.place}: a console block without a command"
    assert at[0] == 0, f"{block.place}: output before the first command"
    for first, last in zip(at, [*at[1:], len(block.lines)], strict=True):
        command = block.lines[first].removeprefix("$ ")
        code = int(m["code"]) if (m := _EXIT.search(command)) else 0
        script = _EXIT.sub("", command).strip()
        assert shlex.split(script)[0] in ("reconciler", "cd"), f"{block.place}: not ours: {script}"
        shown = tuple(line for line in block.lines[first + 1 : last] if line.strip())
        place = f"{block.page.relative_to(ROOT)}:{block.line + first}"
        yield Shell(place, script, code, is_script=False, shown=shown)
