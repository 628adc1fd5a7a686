"""`examples`: persons and what the rules must give them, judged whenever the files are read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.desired.draft import Draft, Example
from reconciler.desired.findings import Findings, nearest, shown
from reconciler.desired.node import Items, Node, Pairs, Scalar
from reconciler.desired.page import Page
from reconciler.desired.person import PersonReader
from reconciler.desired.persons import read_person
from reconciler.entitlements.entitle import entitle
from reconciler.model.address import PermissionKind, PersonId, fold
from reconciler.model.declared import AccountEntry, AccountState, Declared, Period
from reconciler.model.person import Person
from reconciler.model.rules import Rule
from reconciler.model.state import Desired, Wanted, WantedPermission

KEYS = ("name", "person", "as_of", "gives")
GIVEN_KEYS = ("account", "groups", "products")
NONE = "none"
STATES = ("enabled", "disabled", NONE)
SOMEBODY = PersonId("example")
"""Who a person of an example is that has no ExternalId."""


def read_example(page: Page, node: Node, draft: Draft) -> None:
    """Add the example at a node to the draft, or problems to the findings."""
    errors = page.findings.errors
    pairs = page.pairs(node, "examples", KEYS)
    if pairs is None:
        return
    named = page.get(pairs, "name")
    name = None if named is None else page.prose(named, "examples.name")
    who = page.need(
        pairs, "person", "examples", "Write a person as below `persons`, or an ExternalId."
    )
    person = None if who is None else _person(page, who)
    day = page.need(
        pairs, "as_of", "examples", "Write a day: an example shall not change its outcome."
    )
    as_of = None if day is None else page.day(day, "examples.as_of")
    wanted = page.need(
        pairs, "gives", "examples", "Write what must come out: `gives: {account: none}`."
    )
    gives = None if wanted is None else page.pairs(wanted, "gives", GIVEN_KEYS)
    if gives is None or person is None or as_of is None:
        return
    asked = page.get(gives, "account")
    example = Example(
        name=name or "",
        person=person,
        as_of=as_of,
        account=None if asked is None else page.choice(asked, "gives.account", STATES),
        groups=_names(page, gives, "groups"),
        products=_names(page, gives, "products"),
        at=page.at(node),
    )
    if page.findings.errors == errors:
        draft.examples.append(example)


def _person(page: Page, node: Node) -> Person | PersonId | None:
    if isinstance(node, Scalar):
        name = page.name(node, "examples.person")
        return None if name is None else PersonId(name)
    if isinstance(node, Items):
        page.wrong(node, "examples.person", "a person or an ExternalId")
        return None
    if "ExternalId" not in node.pairs:
        identity = Scalar(SOMEBODY, plain=False, line=node.line, column=node.column)
        node = Pairs({"ExternalId": (identity, identity), **node.pairs}, node.line, node.column)
    alone = Draft()
    reader = PersonReader(page.findings, alone)
    read_person(page, node, reader)
    reader.finish()
    return alone.persons[0] if alone.persons else None


def _names(page: Page, pairs: Pairs, key: str) -> tuple[str, ...] | None:
    found = page.get(pairs, key)
    return None if found is None else page.names(found, f"gives.{key}")


# ---------------------------------------------------------------- judging them


def check_examples(
    draft: Draft, persons: Mapping[PersonId, Person], rules: Sequence[Rule], findings: Findings
) -> None:
    """Complain about every example to which the rules give something else than it says.

    Only rules are judged: entries and member lines of a person of the files do not count. Where no rule
    gives accounts, everybody is taken to have one, or nothing would ever come out.
    """
    if draft.lost_rules:
        return
    by_rule = any(rule.grants.account is not None for rule in rules)
    for example in draft.examples:
        person = example.person if isinstance(example.person, Person) else None
        if not isinstance(example.person, Person):
            person = persons.get(example.person)
        if person is None:
            close = nearest(str(example.person), persons) if len(persons) <= 1_000 else None
            findings.error(
                "unknown-person",
                f"No person has the ExternalId {shown(str(example.person))}.",
                example.at,
                f'Did you mean "{close}"?' if close else "Write the person's attributes here.",
            )
            continue
        accounts = () if by_rule else (_account_of(person, example),)
        declared = Declared({person.id: person}, accounts, (), rules=tuple(rules))
        found = entitle(declared, example.as_of)
        if not by_rule:
            found = replace(found, accounts={})
        _judge(example, person, found, findings)


def _account_of(person: Person, example: Example) -> AccountEntry:
    return AccountEntry(person.id, AccountState.ENABLED, Period(), {}, example.at)


def _judge(example: Example, person: Person, found: Desired, findings: Findings) -> None:
    account = found.accounts.get(person.id)
    state, reason = NONE, ""
    if isinstance(account, Wanted):
        state = "enabled" if account.enabled else "disabled"
        reason = f" by {account.origin.detail}"
    if example.account is not None and example.account != state:
        _complain(example, f"the account is {state}{reason}, not {example.account}", findings)
    for kind, names in (
        (PermissionKind.GROUP, example.groups),
        (PermissionKind.PRODUCT, example.products),
    ):
        if names is not None:
            held = [
                wanted
                for key, wanted in found.permissions.items()
                if key.kind is kind and person.id in (wanted.members or {})
            ]
            _compare(example, person, kind, names, held, findings)
    for error in found.errors:
        _complain(example, error.detail.removesuffix("."), findings)


def _compare(
    example: Example,
    person: Person,
    kind: PermissionKind,
    names: Sequence[str],
    held: Sequence[WantedPermission],
    findings: Findings,
) -> None:
    expected = {fold(name): name for name in names}
    for wanted in held:
        if fold(wanted.name) not in expected:
            member = (wanted.members or {})[person.id]
            _complain(
                example,
                f"the {kind} {shown(wanted.name)} comes too, by {member.origin.detail}",
                findings,
            )
    there = {fold(wanted.name) for wanted in held}
    for folded, name in expected.items():
        if folded not in there:
            _complain(example, f"the {kind} {shown(name)} does not come", findings)


def _complain(example: Example, what: str, findings: Findings) -> None:
    who = f"In the example {shown(example.name)}" if example.name else "In this example"
    findings.error(
        "example-fails",
        f"{who}, as of {example.as_of}, {what}.",
        example.at,
        "Change the rules, or the example where it says what nobody wants any more.",
    )
