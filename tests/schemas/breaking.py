"""Breaking a good file at random places."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.schemas.editor import Plain

TOKENS = """
    yes no y on off true True false null ~ Null 0 1 -1 +5 007 0x1F 0o17 1_000 1e3 1.0 .5 -0.0 1.5e-3
    .inf 12:30 2024-01-01 2024-13-45 20240101 2024-01-01T00:00:00Z 5%  24h text
    123456789012345678 Sales enabled exclude group error
""".split()  # noqa: SIM905 - a list of tokens reads best as lines
WORDS = """
    persons accounts groups name person state from until members when all any not grant group product
    at_most at_least equals in exists Contract.Title.Name Person.DisplayName Contract.Nothing Nobody
    Department target scope include limits total percent_from api_key password a.Password ExternalId
    externalid Contracts fields reason period account permission issue resolution severity create
""".split()  # noqa: SIM905 - a list of words reads best as lines

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 200)
    | st.floats(-1, 101, allow_nan=False).map(lambda it: round(it, 2))
    | st.sampled_from(TOKENS).map(Plain)
    | st.sampled_from(TOKENS)
    | st.sampled_from(
        ["", " ", "\t", "a\nb", "a b", "${NUMBER}", "${NOBODY}", "x{Person.ExternalId}"]
    )
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def broken(draw: st.DrawFn, good: dict[str, Any], *, most: int = 2) -> dict[str, Any]:
    """Draw a file that differs from a good one in a few places; it may still be good."""
    found: dict[str, Any] = copy.deepcopy(good)
    for _ in range(draw(st.integers(0, most))):
        places = list(_places(found))
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "replace", "drop", "add", "move"])):
            case "drop":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(WORDS))] = draw(values)
            case "move":
                other, at = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(other[at])
            case _:
                holder[key] = draw(values)
    return found


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: list[Any] = [*value] if isinstance(value, dict) else [*range(len(value))]  # pyright: ignore[reportUnknownArgumentType] - JSON
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
