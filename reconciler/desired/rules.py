"""`rules` and `resources`: what person and contract attributes give, and the groups they need."""

from reconciler.desired.conditions import read_condition
from reconciler.desired.draft import Draft, Mention
from reconciler.desired.findings import shown
from reconciler.desired.name_template import read_template
from reconciler.desired.node import Node, Pairs
from reconciler.desired.page import Page
from reconciler.desired.values import whole
from reconciler.model.address import PermissionKind
from reconciler.model.rules import PermissionName, Resource, Rule, RuleGrants, Window

RULE_KEYS = ("name", "when", "window", "grant")
WINDOW_KEYS = ("days_before_start", "days_after_end")
GRANT_KEYS = ("account", "groups", "products", "group_per_contract")
RESOURCE_KEYS = ("group",)
STATES = ("enabled", "disabled")
MOST_DAYS = 36_500
_WHEN = "Write a condition, such as `when: {Contract.Department.ExternalId: SALES}`."
_GRANT = "Write what it gives, such as `grant: {account: enabled, groups: [Sales]}`."


def read_rule(page: Page, node: Node, draft: Draft) -> None:
    """Add the rule at a node to the draft, or problems to the findings."""
    pairs = page.pairs(node, "rules", RULE_KEYS)
    if pairs is None:
        draft.lost_rules = True
        return
    named = page.need(
        pairs, "name", "rules", "Write a name of its own; plans show it as the reason."
    )
    name = None if named is None else page.name(named, "rules.name")
    asked = page.need(pairs, "when", "rules", _WHEN)
    when = None if asked is None else read_condition(page, asked, "when", draft)
    given = page.get(pairs, "window")
    window = Window() if given is None else _window(page, given)
    wanted = page.need(pairs, "grant", "rules", _GRANT)
    grants = (
        None if wanted is None else _grants(page, wanted, draft, f"The rule {shown(name or '')}")
    )
    if name is None or when is None or window is None or grants is None:
        draft.lost_rules = True
        return
    draft.rules.append(Rule(name, when, window, grants, page.at(node)))


def read_resource(page: Page, node: Node, draft: Draft) -> None:
    """Add the resource at a node to the draft, or problems to the findings."""
    pairs = page.pairs(node, "resources", RESOURCE_KEYS)
    if pairs is None:
        return
    named = page.need(pairs, "group", "resources", "Write the group's name with a path in braces.")
    template = None if named is None else read_template(page, named, "resources.group", draft)
    if template is not None:
        draft.resources.append(Resource(template, page.at(node)))


def _window(page: Page, node: Node) -> Window | None:
    pairs = page.pairs(node, "window", WINDOW_KEYS)
    if pairs is None:
        return None
    days: list[int | None] = []
    for key in WINDOW_KEYS:
        found = page.get(pairs, key)
        days.append(0 if found is None else whole(page, found, f"window.{key}", 0, MOST_DAYS))
    before, after = days
    return None if before is None or after is None else Window(before, after)


def _grants(page: Page, node: Node, draft: Draft, what: str) -> RuleGrants | None:
    problems = len(page.findings)
    pairs = page.pairs(node, "grant", GRANT_KEYS)
    if pairs is None:
        return None
    asked = page.get(pairs, "account")
    state = None if asked is None else page.choice(asked, "grant.account", STATES)
    permissions = (
        *_names(page, pairs, "groups", PermissionKind.GROUP, draft, what),
        *_names(page, pairs, "products", PermissionKind.PRODUCT, draft, what),
    )
    named = page.get(pairs, "group_per_contract")
    template = (
        None if named is None else read_template(page, named, "grant.group_per_contract", draft)
    )
    if len(page.findings) > problems:
        return None
    if state is None and not permissions and template is None:
        page.error(
            "missing-key", pairs, "`grant` gives nothing, so the rule is never in force.", _GRANT
        )
        return None
    return RuleGrants(None if state is None else state == "enabled", permissions, template)


def _names(
    page: Page, pairs: Pairs, key: str, kind: PermissionKind, draft: Draft, what: str
) -> tuple[PermissionName, ...]:
    node = page.get(pairs, key)
    found = None if node is None else page.items(node, f"grant.{key}")
    named: list[PermissionName] = []
    for item in () if found is None else found.items:
        name = page.name(item, f"grant.{key}")
        if name is not None:
            named.append(PermissionName(kind, name))
            draft.mentions.append(Mention(named[-1], what, page.at(item)))
    return tuple(named)
