"""A file that does not exist yet, from the values that it is to hold: laid out as an Editor would lay it out."""

from collections.abc import Mapping, Sequence

from reconciler.desired.editing.writing import (
    ALWAYS_LINES,
    WIDEST,
    Manner,
    Value,
    written_single,
    written_text,
)

_MANNER = Manner()
_STEP, _DASH, _ITEM = " " * _MANNER.mapping, " " * _MANNER.dash, " " * _MANNER.item


def fresh(sections: Mapping[str, Sequence[Value]]) -> str:
    """Return the text of a new file with these items in its sections. Raises BadInput for what YAML cannot hold.

    It is what an Editor makes of an empty file, without the tree that only changes in a file need.
    """
    lines: list[str] = []
    for key, items in sections.items():
        if lines:
            lines.append("")
        _pair(lines, key, items, "")
    return "".join(f"{line}\n" for line in lines)


def _pair(lines: list[str], key: str, value: Value, pad: str) -> None:
    """Add the lines of a key and its value, the key behind `pad`."""
    head = f"{pad}{written_text(key)}:"
    if _is_single(value) or not value:
        lines.append(f"{head} {_flow(value)}")
        return
    if _may_be_short(value, key):
        flow = f"{head} {_flow(value)}"
        if len(flow) <= WIDEST:
            lines.append(flow)
            return
    lines.append(head)
    if isinstance(value, Mapping):
        for inner, each in value.items():
            _pair(lines, inner, each, pad + _STEP)
    elif isinstance(value, Sequence):
        for item in value:
            _item(lines, item, pad + _DASH, short=key in ALWAYS_LINES)


def _item(lines: list[str], item: Value, pad: str, *, short: bool) -> None:
    """Add the lines of a list's item, its dash behind `pad`."""
    if type(item) is str:  # most of a large file is members, which need no call each
        lines.append(f"{pad}- {written_text(item)}")
        return
    is_table = isinstance(item, Mapping) and bool(item)
    if short or not is_table:
        flow = f"{pad}- {_flow(item)}"
        if len(flow) <= WIDEST or not is_table:
            lines.append(flow)
            return
    assert isinstance(item, Mapping)  # noqa: S101 - all others were answered above
    first = len(lines)
    for key, value in item.items():
        _pair(lines, key, value, pad + _ITEM)
    lines[first] = f"{pad}- {lines[first][len(pad) + len(_ITEM) :]}"


def _may_be_short(value: Value, key: str) -> bool:
    if key in ALWAYS_LINES:
        return False
    if isinstance(value, Mapping):
        return all(_is_single(each) or _may_be_short(each, inner) for inner, each in value.items())
    return isinstance(value, Sequence) and all(map(_is_single, value))


def _is_single(value: Value) -> bool:
    return isinstance(value, str) or not isinstance(value, dict | list | Mapping | Sequence)


def _flow(value: Value) -> str:
    """Return a value on one line."""
    if isinstance(value, str):
        return written_text(value)
    if isinstance(value, dict | Mapping):
        inner = [f"{written_text(key)}: {_flow(each)}" for key, each in value.items()]
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list | Sequence):
        return f"[{', '.join(map(_flow, value))}]"
    return written_single(value)
