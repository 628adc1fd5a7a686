"""The digest of the declared state and the field mapping."""

from datetime import date
from hashlib import sha256

import msgspec

from reconciler.model.declared import Declared, MemberEntry, Period
from reconciler.model.policy import AllowedOnly, MaxMembers, MinMembers, Policy, RequireUntil
from reconciler.model.rules import AllOf, AnyOf, Condition, FieldTest, Given, Not, Rule


def digest_of(declared: Declared, mapping_text: bytes) -> str:
    """Return "sha256:…" of all that is declared, in the order given, without any location."""
    encoder = msgspec.json.Encoder(order="deterministic")
    whole = sha256(b"declared 1\n")

    def add(record: list[object]) -> None:
        whole.update(encoder.encode(record) + b"\n")

    for person in declared.persons.values():
        add(["person", person.fields])
    for account in declared.accounts:
        add(["account", account.person, account.state, _days(account.period), account.fields])
    for entry in declared.permissions:
        members = None if entry.members is None else [_member(one) for one in entry.members]
        add(
            [
                "permission",
                entry.kind,
                entry.name,
                entry.previously,
                entry.create,
                entry.authoritative,
                entry.protected,
                entry.description,
                members,
            ]
        )
    for rule in declared.rules:
        add(_rule(rule))
    for resource in declared.resources:
        add(["resource", resource.group.text])
    for policy in declared.policies:
        add(_policy(policy))
    for resolution in declared.resolutions:
        add(["resolution", resolution.mark])
    whole.update(b"mapping " + sha256(mapping_text).hexdigest().encode())
    return f"sha256:{whole.hexdigest()}"


def _rule(rule: Rule) -> list[object]:
    grants, template = rule.grants, rule.grants.group_per_contract
    return [
        "rule",
        rule.name,
        _condition(rule.when),
        [rule.window.days_before_start, rule.window.days_after_end],
        grants.account,
        sorted([each.kind.value, each.name] for each in grants.permissions),
        None if template is None else template.text,
    ]


def _policy(policy: Policy) -> list[object]:
    demand = policy.demand
    more: object = None
    match demand:
        case RequireUntil() | MaxMembers():
            more = demand.at_most
        case MinMembers():
            more = demand.at_least
        case AllowedOnly():
            more = _condition(demand.when)
        case _:
            pass
    names = [list(permission.key) for permission in demand.permissions]
    return ["policy", policy.name, type(demand).__name__, names, more, policy.severity.value]


def _condition(condition: Condition) -> list[object]:
    match condition:
        case FieldTest(path=path, operator=operator, given=given):
            return [str(path), operator.value, [_given(each) for each in given]]
        case AllOf(parts=parts):
            return ["all", [_condition(part) for part in parts]]
        case AnyOf(parts=parts):
            return ["any", [_condition(part) for part in parts]]
        case Not(part=part):
            return ["not", _condition(part)]


def _given(given: Given) -> list[object]:
    value = given.value
    return [value.isoformat() if isinstance(value, date) else value, given.written]


def _member(member: MemberEntry) -> list[object]:
    return [member.person, _days(member.period), member.reason, member.ticket]


def _days(period: Period) -> list[str | None]:
    return [day.isoformat() if day else None for day in (period.start, period.until)]
