"""Random organisations with dated entries and member lines beside the rules."""

from typing import Any

from hypothesis import strategies as st

from tests.entitlements.organisations import DAYS, Record, organisations


@st.composite
def _period(draw: st.DrawFn) -> Record:
    days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2, unique=True)))
    made: Record = {}
    if draw(st.booleans()):
        made["from"] = str(days[0])
    if draw(st.booleans()):
        made["until"] = str(days[1])
    return made


@st.composite
def lifelike(draw: st.DrawFn) -> Record:
    """An organisation where entries and lines begin and end."""
    made: Record = dict(draw(organisations()))
    ids: list[Any] = [person["ExternalId"] for person in made["persons"]]
    some = st.lists(st.sampled_from(ids), unique=True)
    made["accounts"] = [
        {
            "person": who,
            "state": draw(st.sampled_from(["enabled", "enabled", "disabled", "absent"])),
            **draw(_period()),
        }
        for who in draw(some)
    ]
    for part, name in (("groups", "A"), ("products", "X")):
        lines = [{"person": who, **draw(_period())} for who in draw(some)]
        made[part] = [{"name": name, "members": lines}]
    return made
