"""Generated desired files in every layout, with what they say and a comment of its own at every place."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

NAMES = [
    "Sales",
    "Inside sales",
    "10001",
    "yes",
    "Ünïcode",
    "it's",
    'a "b"',
    "a: b # c",
    "x",
    "Zed",
]
PERSONS = ["10001", "10002", "anna@example.org", "no", "p1", "p2", "p3"]


@dataclass
class Layout:
    """How a file is written; `comments` counts them, each says its number."""

    draw: st.DrawFn
    dash: int
    item: int
    newline: str
    comments: int = 0
    lines: list[str] = field(default_factory=list[str])

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def remark(self) -> str:
        """A comment at the end of a line, or nothing."""
        if not self.chance(4):
            return ""
        self.comments += 1
        return f"{' ' * self.draw(st.integers(1, 3))}# remark {self.comments}."

    def aside(self, column: int) -> None:
        """A comment on a line of its own, or a blank line, or nothing."""
        if self.chance(6):
            self.comments += 1
            self.lines.append(f"{' ' * column}# remark {self.comments}.")
        if self.chance(8):
            self.lines.append("")

    def quoted(self, text: str) -> str:
        styles = ['"' + text.replace('"', '\\"') + '"', "'" + text.replace("'", "''") + "'"]
        if text in ("Sales", "x", "Zed", "p1", "p2", "p3"):
            styles.append(text)
        return self.draw(st.sampled_from(styles))


def _member(layout: Layout, person: str, *, plain: bool) -> str:
    if plain:
        return layout.quoted(person)
    return f"{{person: {layout.quoted(person)}, reason: {layout.quoted('cover')}}}"


def _members(layout: Layout, members: list[Any], column: int) -> None:
    pad = " " * column
    shown = [
        _member(layout, m if isinstance(m, str) else m["person"], plain=isinstance(m, str))
        for m in members
    ]
    kind = layout.draw(st.sampled_from(["flow", "lines", "wide"]))
    if not members or kind == "flow":
        comma = "," if members and layout.chance(3) else ""
        space = " " if members and layout.chance(3) else ""
        layout.lines.append(
            f"{pad}members: [{space}{', '.join(shown)}{comma}{space}]{layout.remark()}"
        )
    elif kind == "wide":
        layout.lines.append(f"{pad}members: [{layout.remark()}")
        for number, each in enumerate(shown):
            layout.aside(column + 2)
            is_last = number == len(shown) - 1
            comma = "" if is_last and layout.chance(2) else ","
            layout.lines.append(f"{pad}  {each}{comma}{layout.remark()}")
        layout.lines.append(f"{pad}]{layout.remark()}")
    else:
        layout.lines.append(f"{pad}members:{layout.remark()}")
        dash = " " * (column + layout.dash)
        for each in shown:
            layout.aside(column + layout.dash)
            layout.lines.append(f"{dash}-{' ' * (layout.item - 1)}{each}{layout.remark()}")


def _scalar(layout: Layout, value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if "\n" in value:
        return '"' + value.replace("\n", "\\n") + '"'
    return layout.quoted(value)


def _entry(layout: Layout, entry: dict[str, Any]) -> None:
    column = layout.dash + layout.item
    layout.aside(layout.dash)
    start = len(layout.lines)
    for key, value in entry.items():
        if key == "members":
            _members(layout, value, column)
        elif key == "description" and layout.chance(3):
            layout.lines.append(f"{' ' * column}{key}: |-")
            layout.lines += [f"{' ' * (column + 2)}{row}" for row in value.split("\n")]
        else:
            said = _scalar(layout, value)
            layout.lines.append(f"{' ' * column}{key}: {said}{layout.remark()}")
    first = layout.lines[start]
    layout.lines[start] = f"{' ' * layout.dash}-{' ' * (layout.item - 1)}{first[column:]}"


@st.composite
def entries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name}
    if draw(st.booleans()):
        entry["create"] = draw(st.booleans())
    if draw(st.integers(0, 4)):
        members = draw(st.lists(st.sampled_from(PERSONS), unique=True, max_size=4))
        entry["members"] = [
            m if draw(st.integers(0, 3)) else {"person": m, "reason": "cover"} for m in members
        ]
    if draw(st.integers(0, 3)) == 0:
        entry["description"] = "Who may\nsee it" if draw(st.booleans()) else "Who sees it"
    return entry


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, dict[str, Any], int]:
    """A file's text, what it says, and how many comments it has."""
    layout = Layout(
        draw,
        draw(st.sampled_from([0, 2, 2, 4])),
        draw(st.sampled_from([2, 2, 4])),
        draw(st.sampled_from(["\n", "\n", "\r\n"])),
    )
    said: dict[str, Any] = {}
    layout.aside(0)
    if layout.chance(6):
        layout.lines.append("---")
    for section in draw(st.lists(st.sampled_from(["groups", "products"]), unique=True)):
        layout.aside(0)
        layout.lines.append(f"{section}:{layout.remark()}")
        names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
        said[section] = [draw(entries(name)) for name in names]
        for entry in said[section]:
            _entry(layout, entry)
        if not names:
            said[section] = None
    layout.aside(0)
    text = layout.newline.join(layout.lines)
    if layout.lines and draw(st.integers(0, 4)):
        text += layout.newline
    mark = "\ufeff" if draw(st.integers(0, 9)) == 0 else ""
    return mark + text, said, layout.comments
