"""`policies`: what must hold of who gets what, whoever or whatever gives it."""

from datetime import timedelta

from reconciler.desired.conditions import read_condition
from reconciler.desired.draft import Draft, Mention
from reconciler.desired.findings import listed, shown
from reconciler.desired.node import Node, Pairs, Scalar
from reconciler.desired.page import Page
from reconciler.desired.values import count, duration
from reconciler.model.address import PermissionKind
from reconciler.model.policy import (
    AllowedOnly,
    Demand,
    ForbidTogether,
    MaxMembers,
    MinMembers,
    Policy,
    PolicySeverity,
    RequireReason,
    RequireUntil,
)
from reconciler.model.rules import PermissionName

TOGETHER, UNTIL, REASON = "forbid_together", "require_until", "require_reason"
ALLOWED, MOST, LEAST = "allowed_only", "max_members", "min_members"
DEMANDS = (TOGETHER, UNTIL, REASON, ALLOWED, MOST, LEAST)
QUALIFIERS = {"at_most": (UNTIL, MOST), "at_least": (LEAST,), "when": (ALLOWED,)}
"""The keys that say more of a demand, and of which."""
KEYS = ("name", *DEMANDS, *QUALIFIERS, "severity")
SEVERITIES = tuple(severity.value for severity in PolicySeverity)
KINDS = tuple(kind.value for kind in PermissionKind)
_ONE = "Write one of them, such as `forbid_together: [{group: Buyers}, {group: Payers}]`."
_DAY = timedelta(days=1)


def read_policy(page: Page, node: Node, draft: Draft) -> None:
    """Add the policy at a node to the draft, or problems to the findings."""
    errors = page.findings.errors
    pairs = page.pairs(node, "policies", KEYS)
    if pairs is None:
        return
    named = page.need(pairs, "name", "policies", "Write a name of its own; plans show it.")
    name = None if named is None else page.name(named, "policies.name")
    asked = page.get(pairs, "severity")
    severity = (
        PolicySeverity.ERROR.value
        if asked is None
        else page.choice(asked, "policies.severity", SEVERITIES)
    )
    key = _demand_key(page, pairs)
    if key is None:
        return
    _check_qualifiers(page, pairs, key)
    what = f"The policy {shown(name or '')}"
    demand = _demand(page, pairs, key, draft, what)
    if demand is None or name is None or severity is None or page.findings.errors > errors:
        return
    draft.policies.append(Policy(name, demand, PolicySeverity(severity), page.at(node)))


def _demand_key(page: Page, pairs: Pairs) -> str | None:
    present = [pairs.pairs[key][0] for key in DEMANDS if key in pairs.pairs]
    if not present:
        page.error("missing-key", pairs, f"`policies` needs {listed(DEMANDS)}.", _ONE)
        return None
    for other in present[1:]:
        page.error(
            "one-demand",
            other,
            f"This policy asks for {shown(present[0].text)} already.",
            f"Make {shown(other.text)} a policy with a name of its own.",
        )
    return present[0].text if len(present) == 1 else None


def _check_qualifiers(page: Page, pairs: Pairs, key: str) -> None:
    for qualifier, demands in QUALIFIERS.items():
        if qualifier in pairs.pairs and key not in demands:
            page.error(
                "unknown-key",
                pairs.pairs[qualifier][0],
                f"`{qualifier}` says nothing about {shown(key)}.",
                f"It belongs to {listed(demands)}; take it out here.",
            )


def _demand(page: Page, pairs: Pairs, key: str, draft: Draft, what: str) -> Demand | None:
    permissions = _permissions(page, pairs, key, draft, what)
    demand: Demand | None = None
    match key:
        case "forbid_together":
            demand = ForbidTogether(permissions)
        case "require_reason":
            demand = RequireReason(permissions)
        case "require_until":
            longest = page.get(pairs, "at_most")
            demand = RequireUntil(permissions, None if longest is None else _days(page, longest))
        case "allowed_only":
            fix = "Write who may hold it, such as `when: {Contract.Department.ExternalId: IT}`."
            asked = page.need(pairs, "when", "policies", fix)
            when = None if asked is None else read_condition(page, asked, "when", draft)
            demand = None if when is None else AllowedOnly(permissions, when)
        case "max_members":
            asked = page.need(pairs, "at_most", "policies", "Write how many, such as `at_most: 5`.")
            number = None if asked is None else count(page, asked, "policies.at_most")
            demand = None if number is None else MaxMembers(permissions, number)
        case _:
            asked = page.need(pairs, "at_least", "policies", "Write how many: `at_least: 2`.")
            number = None if asked is None else count(page, asked, "policies.at_least")
            demand = None if number is None else MinMembers(permissions, number)
    return demand


def _days(page: Page, node: Node) -> int | None:
    longest = duration(page, node, "policies.at_most")
    if longest is None:
        return None
    if longest % _DAY:
        page.error(
            "bad-value",
            node,
            f"`policies.at_most` is {page.shown(node)}; memberships begin and end with whole days.",
            "Write whole days, such as `90d`.",
        )
        return None
    return longest // _DAY


def _permissions(
    page: Page, pairs: Pairs, key: str, draft: Draft, what: str
) -> tuple[PermissionName, ...]:
    at, node = pairs.pairs[key]
    found = page.items(node, f"policies.{key}")
    if found is None:
        return ()
    read = [_permission(page, item, key) for item in found.items]
    named = [permission for permission in read if permission is not None]
    draft.mentions.extend(
        Mention(permission, what, page.at(item))
        for permission, item in zip(read, found.items, strict=True)
        if permission is not None
    )
    once = {permission.key: permission for permission in reversed(named)}
    least = 2 if key == TOGETHER else 1
    if len(named) == len(read) and len(once) < least:
        page.error(
            "bad-value",
            at,
            f"`{key}` needs at least {'two different groups or products' if least == 2 else 'one'}.",
            f"Write them so: `{key}: [{{group: Buyers}}, {{product: CRM}}]`.",
        )
    return tuple(once[each] for each in sorted(once))


def _permission(page: Page, node: Node, key: str) -> PermissionName | None:
    what = f"policies.{key}"
    if isinstance(node, Scalar):
        page.wrong(
            node, what, "a group or a product", f"Write `{{group: {node.text}}}`, or `product`."
        )
        return None
    pairs = page.pairs(node, what, KINDS)
    if pairs is None:
        return None
    known = [kind for kind in PermissionKind if kind.value in pairs.pairs]
    if len(known) != 1:
        page.error(
            "one-demand" if known else "missing-key",
            pairs,
            f"Each item of `{key}` is a group or a product.",
            "Write `{group: NAME}` or `{product: NAME}`.",
        )
        return None
    name = page.name(pairs.pairs[known[0].value][1], f"{what}.{known[0].value}")
    return None if name is None else PermissionName(known[0], name)
