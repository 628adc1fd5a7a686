from datetime import date
from typing import Any

import pytest

from reconciler.entitlements.conditions import value_test
from reconciler.entitlements.rulebook import handles
from reconciler.model.provenance import Location
from reconciler.model.rules import (
    About,
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Given,
    Not,
    Operator,
)
from reconciler.model.value import JSON

AT = Location("desired/a.yaml", 1, 1)


def meets(operator: str, value: JSON, *given: Any) -> bool:
    return value_test(Operator(operator), tuple(Given(each, str(each)) for each in given))(value)


@pytest.mark.parametrize(
    ("operator", "value", "given", "expected"),
    [
        ("equals", "Sales", "SALES", True),
        ("equals", "Straße", "STRASSE", True),
        (
            "equals",
            "Cafe\N{COMBINING ACUTE ACCENT}",
            "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE}",
            True,
        ),
        (
            "starts_with",
            "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE}",
            "Cafe\N{COMBINING ACUTE ACCENT}",
            True,
        ),
        (
            "contains",
            "Caf\N{LATIN SMALL LETTER E WITH ACUTE}",
            "Cafe\N{COMBINING ACUTE ACCENT}",
            True,
        ),
        (
            "ends_with",
            "Cafe\N{COMBINING ACUTE ACCENT}",
            "Caf\N{LATIN SMALL LETTER E WITH ACUTE}",
            True,
        ),
        ("matches", "Cafe\N{COMBINING ACUTE ACCENT}", "Caf.$", True),
        ("equals", "Sales ", "Sales", False),
        ("equals", None, "None", False),
        ("equals", "", "x", False),
        ("equals", {"Name": "x"}, "x", False),
        ("equals", ["a", "B"], "b", True),
        ("equals", [], "b", False),
        ("equals", 1, 1.0, True),
        ("equals", 1.0, "1", True),
        ("equals", "1.0", 1.0, True),
        ("equals", "007", 7, False),
        ("equals", "007", "7", False),
        ("equals", True, 1, False),
        ("equals", True, "True", True),
        ("equals", "true", True, True),
        ("equals", 0, False, False),
        ("equals", "2024-02-29T00:00:00Z", "2024-02-29", True),
        ("not_equals", None, "x", True),
        ("not_equals", "X", "x", False),
        ("contains", "Account Manager", "MANAGER", True),
        ("contains", None, "x", False),
        ("contains", 1234, "23", True),
        ("contains", ["a", "xyz"], "Y", True),
        ("starts_with", "Account", "acc", True),
        ("starts_with", "Account", "count", False),
        ("ends_with", "Account", "COUNT", True),
        ("ends_with", "Account", "acc", False),
        ("matches", "Account Manager", "^account", True),
        ("matches", "Account Manager", "manager", True),
        ("matches", "Account Manager", "^manager", False),
        ("matches", None, ".*", False),
        ("exists", 0, True, True),
        ("exists", False, True, True),
        ("exists", " ", True, False),
        ("exists", None, False, True),
        (
            "exists",
            {"PersonId": "00000000-0000-0000-0000-000000000000", "Email": None},
            True,
            False,
        ),
        ("exists", {"Email": "a@example.org"}, True, True),
        ("exists", [None], True, False),
        ("before", 0.5, 0.6, True),
        ("before", "0.5", 0.6, True),
        ("before", 0.6, 0.6, False),
        ("after", 40, 36, True),
        ("after", True, 0, False),
        ("after", "many", 0, False),
        ("after", "2026-01-02", date(2026, 1, 1), True),
        ("after", "2026-02-30", date(2026, 1, 1), False),
        ("after", None, date(2026, 1, 1), False),
        ("before", 20250101, date(2026, 1, 1), False),
    ],
)
def test_one_value(operator: str, value: JSON, given: Any, *, expected: bool) -> None:
    assert meets(operator, value, given) is expected


def test_a_value_is_one_of_several_whatever_their_types() -> None:
    assert meets("in", "sales", "HR", "Sales")
    assert meets("in", 2, "one", 2)
    assert not meets("not_in", 2, "one", 2)
    assert meets("not_in", None, "one", 2)


def asks(value: str, path: str = "A") -> FieldTest:
    return FieldTest(
        FieldPath(About.CONTRACT, (path,)), Operator.EQUALS, (Given(value, value),), AT
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (asks("x"), [("A", {"x"})]),
        (AllOf((asks("x"), Not(asks("y"), AT)), AT), [("A", {"x"})]),
        (AllOf((asks("x"), asks("y", "B")), AT), [("A", {"x"}), ("B", {"y"})]),
        (AnyOf((asks("x"), asks("y")), AT), [("A", {"x", "y"})]),
        (AnyOf((asks("x"), asks("y", "B")), AT), []),
        (AnyOf((AllOf((asks("x"), asks("z", "B")), AT), asks("y", "B")), AT), [("B", {"y", "z"})]),
        (Not(asks("x"), AT), []),
    ],
)
def test_what_a_rule_surely_asks_for_is_what_it_is_found_by(
    condition: Condition, expected: list[tuple[str, set[str]]]
) -> None:
    assert [(path.names[0], set(keys)) for path, keys in handles(condition)] == expected
