"""Rules that do nothing: nobody meets them, nobody ever can, or another rule gives all they give."""

from collections.abc import Mapping, Sequence

from reconciler.desired.findings import Findings, listed, shown
from reconciler.entitlements.contradicting import EQUALITIES, Clash, Literal, clashes
from reconciler.entitlements.implying import redundant
from reconciler.entitlements.prospects import never_met
from reconciler.model.address import PersonId
from reconciler.model.person import Person, member
from reconciler.model.rules import About, FieldPath, Operator, Rule
from reconciler.model.value import JSON

_WORDS = {
    Operator.EQUALS: "be",
    Operator.IN: "be",
    Operator.NOT_EQUALS: "be",
    Operator.NOT_IN: "be",
    Operator.CONTAINS: "contain",
    Operator.STARTS_WITH: "start with",
    Operator.ENDS_WITH: "end with",
    Operator.MATCHES: "match",
    Operator.BEFORE: "be before",
    Operator.AFTER: "be after",
}


def check_reach(
    persons: Mapping[PersonId, Person], rules: Sequence[Rule], findings: Findings
) -> None:
    """Warn about rules that give nobody anything, whatever the day, and about parts that never hold."""
    everybody = list(persons.values())
    unmet = {rule.name for rule in never_met(rules, everybody)} if everybody else set[str]()
    lists = _Lists(everybody)
    for rule in rules:
        found, is_possible = clashes(rule.when, lists.has)
        for clash in found:
            _complain(rule, clash, findings)
        if is_possible and rule.name in unmet:
            findings.warn(
                "rule-for-nobody",
                f"Nobody meets the rule {shown(rule.name)}, on any contract and any day.",
                rule.at,
                "Look for a value that is spelled otherwise in the data, or take the rule out.",
            )
    _check_redundant(rules, findings)


def _check_redundant(rules: Sequence[Rule], findings: Findings) -> None:
    """Warn about each rule of which another gives all."""
    for rule, other in redundant(rules):
        findings.warn(
            "redundant-rule",
            f"The rule {shown(other.name)}, at {other.at}, holds wherever {shown(rule.name)} does"
            " and gives all that it gives, for as long.",
            rule.at,
            "Take it out, or the other one where it says more than it should.",
            other.at,
        )


def _complain(rule: Rule, clash: Clash, findings: Findings) -> None:
    first, second = clash.first, clash.second
    what = shown(str(first.test.path))
    if first.test.path == second.test.path:
        detail = f"{what} is asked {_said(first)} and {_said(second)}; no value is left for it."
    else:
        also = shown(str(second.test.path))
        detail = (
            f"{what} is asked {_said(first)} and {also} {_said(second)}, so that the contract"
            " would end before it starts."
        )
    both_equal = {first.test.operator, second.test.operator} <= EQUALITIES
    findings.warn(
        "impossible-condition",
        f"In the rule {shown(rule.name)} {detail}",
        second.test.at,
        "Where either will do write `{in: [one, other]}`."
        if both_equal and first.holds and second.holds
        else "Take one of the two out, or put them below `any`.",
        first.test.at if first.test.at != second.test.at else None,
    )


def _said(literal: Literal) -> str:
    test = literal.test
    if test.operator is Operator.EXISTS:
        is_there = (test.given[0].value is True) is literal.holds
        return "to have a value" if is_there else "to have none"
    values = listed(given.written for given in test.given)
    denies = test.operator in {Operator.NOT_EQUALS, Operator.NOT_IN}
    return f"{'to' if literal.holds is not denies else 'not to'} {_WORDS[test.operator]} {values}"


class _Lists:
    """Whether somebody has a list at a path; looked up once, and only where it matters."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self._persons = persons
        self._known: dict[FieldPath, bool] = {}

    def has(self, path: FieldPath) -> bool:
        if path not in self._known:
            self._known[path] = any(
                _is_list(fields, path.names)
                for person in self._persons
                for fields in (
                    [person.fields]
                    if path.about is About.PERSON
                    else [contract.fields for contract in person.contracts]
                )
            )
        return self._known[path]


def _is_list(found: JSON, names: Sequence[str]) -> bool:
    for name in names:
        found = member(found, name)
    return isinstance(found, Sequence) and not isinstance(found, str)
