"""Rules that do nothing: nobody meets them, nobody ever can, or another rule gives all they give."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from reconciler.desired.findings import Findings, listed, shown
from reconciler.entitlements.prospects import never_met
from reconciler.entitlements.values import Key, keys_for
from reconciler.model.address import PersonId
from reconciler.model.person import Person
from reconciler.model.rules import (
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Not,
    Operator,
    Rule,
)

_Shape: TypeAlias = "tuple[object, ...]"
"""A condition without its places, to compare it with others."""


def check_reach(
    persons: Mapping[PersonId, Person], rules: Sequence[Rule], findings: Findings
) -> None:
    """Warn about rules that give nobody anything, whatever the day."""
    by_condition: dict[_Shape, list[Rule]] = {}
    unmet = (
        {rule.name for rule in never_met(rules, list(persons.values()))} if persons else set[str]()
    )
    for rule in rules:
        is_possible = _check_possible(rule, rule.when, findings)
        if is_possible and rule.name in unmet:
            findings.warn(
                "rule-for-nobody",
                f"Nobody meets the rule {shown(rule.name)}, on any contract and any day.",
                rule.at,
                "Look for a value that is spelled otherwise in the data, or take the rule out.",
            )
        alike = by_condition.setdefault(_shape(rule.when), [])
        wider = next((other for other in alike if _covers(other, rule)), None)
        narrower = next((other for other in alike if _covers(rule, other)), None)
        if wider is not None:
            _redundant(rule, wider, findings)
        elif narrower is not None:
            _redundant(narrower, rule, findings)
        alike.append(rule)


def _redundant(rule: Rule, other: Rule, findings: Findings) -> None:
    findings.warn(
        "redundant-rule",
        f"The rule {shown(other.name)}, at {other.at}, has the same conditions and gives all that"
        f" {shown(rule.name)} gives, for as long.",
        rule.at,
        "Take one of the two out.",
        other.at,
    )


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Tell whether a rule with the same conditions gives at least what another gives."""
    mine, other = wide.grants, narrow.grants
    return (
        wide.window.days_before_start >= narrow.window.days_before_start
        and wide.window.days_after_end >= narrow.window.days_after_end
        and (other.account is None or mine.account is True or mine.account is other.account)
        and {each.key for each in other.permissions} <= {each.key for each in mine.permissions}
        and other.group_per_contract in {None, mine.group_per_contract}
    )


def _check_possible(rule: Rule, condition: Condition, findings: Findings) -> bool:
    """Warn about conditions that cannot hold together; tell whether there are none."""
    match condition:
        case FieldTest():
            return True
        case Not(part=part):
            return _check_possible(rule, part, findings)
        case AnyOf(parts=parts):
            return _check_parts(rule, parts, findings)
        case AllOf(parts=parts):
            clash = _clash(parts)
            if clash is None:
                return _check_parts(rule, parts, findings)
    first, second = clash
    values = listed(
        [*(each.written for each in first.given), *(each.written for each in second.given)], "and"
    )
    findings.warn(
        "impossible-condition",
        f"In the rule {shown(rule.name)} {shown(str(first.path))} is asked to be {values} at once.",
        second.at,
        "Where either will do write `{in: [one, other]}`.",
        first.at,
    )
    return False


def _check_parts(rule: Rule, parts: Sequence[Condition], findings: Findings) -> bool:
    are_possible = [_check_possible(rule, part, findings) for part in parts]
    return False not in are_possible


def _clash(parts: Sequence[Condition]) -> tuple[FieldTest, FieldTest] | None:
    """Return two tests of one path for equality that no single value meets."""
    seen: dict[FieldPath, tuple[FieldTest, frozenset[Key]]] = {}
    for part in parts:
        if isinstance(part, FieldTest) and part.operator in {Operator.EQUALS, Operator.IN}:
            keys = frozenset(key for each in part.given for key in keys_for(each))
            first = seen.setdefault(part.path, (part, keys))
            if first[1].isdisjoint(keys):
                return first[0], part
    return None


def _shape(condition: Condition) -> _Shape:
    match condition:
        case FieldTest(path=path, operator=operator, given=given):
            return path, operator, tuple(each.written for each in given)
        case AllOf(parts=parts):
            return "all", *map(_shape, parts)
        case AnyOf(parts=parts):
            return "any", *map(_shape, parts)
        case Not(part=part):
            return "not", _shape(part)
