from collections.abc import Mapping
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.editing import Editor, Value, fresh
from reconciler.desired.importing.ways import whole
from reconciler.flows.remembering import Remembering
from reconciler.model.mapped import Mapped, Stage
from reconciler.model.person import Person
from reconciler.model.value import JSON
from tests.importing.tenants import names
from tests.mapping.given import NOW, action, field, mapper

TODAY = NOW.date()
MAPPING = mapper(
    field("shown", action("Complex", "String(Person.Custom.Seen)")),
    field("day", action("Complex", "String(new Date().getDate())")),
)
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.dates() | names
KEYS = names.filter(lambda name: len(name) < 1000)
"""YAML's keys have 1,024 characters at most, HelloID's names of fields far fewer."""
FIELDS = st.dictionaries(KEYS, VALUES | st.lists(names, max_size=3), max_size=3)


def test_a_person_who_is_read_again_is_not_mapped_again() -> None:
    remembering = Remembering(MAPPING)

    first = remembering.map(person({"Seen": "x"}), Stage.CREATE)

    assert remembering.map(person({"Seen": "x"}), Stage.CREATE) is first


def test_a_person_who_changed_is_mapped_again_also_where_python_calls_both_equal() -> None:
    remembering = Remembering(MAPPING)

    for seen, shown in ((1, "1"), (True, "true"), (1, "1"), ("1", "1"), (False, "false"), (0, "0")):
        found = remembering.map(person({"Seen": seen}), Stage.CREATE)

        assert isinstance(found, Mapped)
        assert found.values["shown"] == shown


def test_another_day_is_mapped_anew_and_today_is_not() -> None:
    remembering = Remembering(MAPPING)
    first = remembering.map(person({}), Stage.CREATE)
    another = remembering.on(date(2027, 1, 9)).map(person({}), Stage.CREATE)

    assert remembering.on(TODAY).map(person({}), Stage.CREATE) is first
    assert isinstance(first, Mapped)
    assert isinstance(another, Mapped)
    assert (first.values["day"], another.values["day"]) == (str(TODAY.day), "9")


@given(st.lists(st.tuples(st.sampled_from(["persons", "groups"]), FIELDS), min_size=1, max_size=5))
def test_a_new_file_that_is_not_read_again_is_what_it_is_when_it_is(
    items: list[tuple[str, dict[str, Value]]],
) -> None:
    editor = Editor("", "desired/tenant.yaml")
    sections: dict[str, list[Value]] = {}
    for section, item in items:
        editor.add(section, item)
        sections.setdefault(section, []).append(item)

    assert fresh(sections) == editor.text != ""


def person(custom: Mapping[str, JSON]) -> Person:
    found = whole({"ExternalId": "1", "DisplayName": "Anna", "Custom": dict(custom)})
    assert found is not None
    return found
