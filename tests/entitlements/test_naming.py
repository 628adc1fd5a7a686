import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.entitlements.naming import cleaned, pattern_of
from reconciler.model.address import fold
from reconciler.model.rules import About, FieldPath, NameTemplate
from tests.entitlements.reference import clean


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("  Sales  ", "Sales"),
        ("Sales - North", "Sales-North"),
        ("Sales -North", "Sales-North"),
        ("R & D", "R-D"),
        ("a  b", "a-b"),
        ("a   b", "a--b"),
        ("a---b", "a--b"),
        ("`~!#$%^&*()+=<>?/'\",:\\|}{.[]", ""),
        ("a_b@c;d", "a_b@c;d"),
        ("Curaçao Ñandú Zoë", "Curacao-Nandu-Zoe"),
        ("Größe Øst æble Đorđe Łódź", "Grosse-Ost-aeble-Dorde-Lodz"),
        ("e\N{COMBINING ACUTE ACCENT}", "e"),
        ("Ελλάδα", "Ελλαδα"),
    ],
)
def test_names_are_cleaned_as_the_connector_cleans_them(name: str, expected: str) -> None:
    assert cleaned(name) == expected


LETTERS = "aZ09 -_.&/'øßæđłéÅ~[]{}\t"


@given(st.text(LETTERS, max_size=12))
def test_cleaning_agrees_with_a_plain_reading_of_the_contract(name: str) -> None:
    assert cleaned(name) == clean(name)


@given(st.lists(st.text(LETTERS, max_size=5), min_size=2, max_size=3), st.text(LETTERS, max_size=6))
def test_every_name_of_a_template_looks_like_the_template(literals: list[str], value: str) -> None:
    path = FieldPath(About.CONTRACT, ("X",))
    parts = [part for literal in literals for part in (literal, path)]
    pattern = pattern_of(NameTemplate("", tuple(parts)))
    name = cleaned(value.join([*literals, ""]))
    assert pattern is None or pattern.fullmatch(fold(name))
    assert unicodedata.normalize("NFC", name) == name
