"""`when`: conditions on persons and contracts, joined by all, any and not."""

from reconciler.desired.draft import Draft
from reconciler.desired.expression import flaw_of_expression
from reconciler.desired.field_path import read_path
from reconciler.desired.node import Items, Node, Pairs, Scalar, is_null
from reconciler.desired.page import Page
from reconciler.desired.scalar import value_of
from reconciler.model.day import calendar_day_of
from reconciler.model.rules import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    Given,
    Not,
    Operator,
)

OPERATORS = tuple(operator.value for operator in Operator)
LISTS = frozenset({Operator.IN, Operator.NOT_IN})
TEXTUAL = frozenset({Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})
JOINTS = ("all", "any", "not")


def read_condition(page: Page, node: Node, what: str, draft: Draft) -> Condition | None:
    """Return a condition, or None where any part of it is wrong; every part is complained about.

    Several keys in one mapping hold together, as below `all`.
    """
    if not isinstance(node, Pairs):
        fix = "Write `all:` or `any:` above the list." if isinstance(node, Items) else ""
        page.wrong(node, what, "a mapping such as `Contract.Title.Name: Manager`", fix)
        return None
    if not node.pairs:
        page.error(
            "empty-condition",
            node,
            f"`{what}` asks for nothing, and it is not clear whether that is everybody or nobody.",
            "For everybody with a contract write `Contract.ExternalId: {exists: true}`.",
        )
        return None
    parts = [_part(page, key, value, draft) for key, value in node.pairs.values()]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 else AllOf(tuple(whole), page.at(node))


def _part(page: Page, key: Scalar, node: Node, draft: Draft) -> Condition | None:
    if key.text == "not":
        if isinstance(node, Items):
            page.error(
                "wrong-type",
                node,
                "`not` is a list, which could mean not all of them or none of them.",
                "Write `not: {all: [...]}` or `not: {any: [...]}`.",
            )
            return None
        part = read_condition(page, node, "not", draft)
        return None if part is None else Not(part, page.at(key))
    if key.text not in JOINTS:
        return _tests(page, key, node, draft)
    found = page.items(node, key.text)
    if found is None:
        return None
    if not found.items:
        page.error(
            "empty-condition",
            key,
            f"`{key.text}` lists no condition, and it is not clear whether that is everybody or nobody.",
            "List at least one, or take it out.",
        )
        return None
    read = [read_condition(page, item, key.text, draft) for item in found.items]
    parts = tuple(part for part in read if part is not None)
    if len(parts) < len(read):
        return None
    return AllOf(parts, page.at(key)) if key.text == "all" else AnyOf(parts, page.at(key))


def _tests(page: Page, key: Scalar, node: Node, draft: Draft) -> Condition | None:
    """Return the test or tests of one path."""
    only_exists = isinstance(node, Pairs) and node.pairs.keys() == {Operator.EXISTS.value}
    path = read_path(page, key, key.text, draft, of_object=only_exists)
    if isinstance(node, Scalar):
        given = _value(page, node, key.text)
        if path is None or given is None:
            return None
        return FieldTest(path, Operator.EQUALS, (given,), page.at(key))
    if isinstance(node, Items):
        page.wrong(node, key.text, "one value", "For one of several write `{in: [one, two]}`.")
        return None
    found = page.pairs(node, key.text, OPERATORS)
    if found is None or not found.pairs:
        if found is not None:
            page.wrong(node, key.text, "a value or an operator with one")
        return None
    tests: list[Condition] = []
    for operator, value in found.pairs.values():
        if operator.text in OPERATORS:
            given = _given(page, Operator(operator.text), value, f"{key.text}.{operator.text}")
            if given is not None and path is not None:
                tests.append(FieldTest(path, Operator(operator.text), given, page.at(key)))
    if len(tests) < len(found.pairs):
        return None
    return tests[0] if len(tests) == 1 else AllOf(tuple(tests), page.at(key))


# ---------------------------------------------------------------- what a field is compared with


def _given(page: Page, operator: Operator, node: Node, what: str) -> tuple[Given, ...] | None:
    if operator in LISTS:
        return _values(page, node, what)
    if operator is Operator.EXISTS:
        flag = page.flag(node, what)
        return None if flag is None else (Given(flag, "true" if flag else "false"),)
    if operator in {Operator.BEFORE, Operator.AFTER}:
        limit = _limit(page, node, what)
        return None if limit is None else (limit,)
    given = _value(page, node, what)
    if given is None:
        return None
    if operator in TEXTUAL and not given.written:
        page.error("bad-text", node, f"`{what}` is empty, so it would hold for every text.")
        return None
    if operator is Operator.MATCHES and not _is_expression(page, node, given.written, what):
        return None
    return (given,)


def _values(page: Page, node: Node, what: str) -> tuple[Given, ...] | None:
    found = page.items(node, what)
    if found is None:
        return None
    if not found.items:
        page.error("empty-condition", node, f"`{what}` lists no value.", "List at least one value.")
        return None
    read = [_value(page, item, what) for item in found.items]
    values = tuple(value for value in read if value is not None)
    return values if len(values) == len(read) else None


def _value(page: Page, node: Node, what: str) -> Given | None:
    if is_null(node):
        page.error(
            "wrong-type",
            node,
            f"`{what}` is empty; it must be a value.",
            "To ask for a field that is empty write `{exists: false}`.",
        )
        return None
    if not isinstance(node, Scalar):
        page.wrong(node, what, "one value")
        return None
    value = value_of(node)
    if node.text == "":
        page.error(
            "bad-text",
            node,
            f"`{what}` is an empty text, which no field equals.",
            "To ask for a field that is empty write `{exists: false}`.",
        )
        return None
    return Given(node.text if value is None else value, node.text)


def _limit(page: Page, node: Node, what: str) -> Given | None:
    found = page.scalar(node, what, "a date or a number")
    if found is None:
        return None
    day = calendar_day_of(found.text)
    if day is not None:
        return Given(day, found.text)
    number = value_of(found)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return Given(number, found.text)
    page.error(
        "bad-date",
        node,
        f"`{what}` is {page.shown(node)}, which is no date and no number.",
        "Write year, month and day, `2024-01-31`, or a number without quotes.",
    )
    return None


def _is_expression(page: Page, node: Node, text: str, what: str) -> bool:
    flaw = flaw_of_expression(text)
    if flaw is None:
        return True
    page.error(
        "bad-value",
        node,
        f"`{what}` is no regular expression that can be used: {flaw}.",
        "Put it in single quotes; `contains`, `starts_with` and `ends_with` need no expression.",
    )
    return False
