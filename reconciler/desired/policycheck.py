"""What holds between policies and the rest: no name twice, no group or product that nobody speaks of."""

from collections.abc import Sequence

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings, nearest, shown
from reconciler.entitlements.naming import pattern_of
from reconciler.entitlements.prospects import could_grant
from reconciler.model.address import PermissionKey, PermissionKind, fold
from reconciler.model.declared import PermissionEntry
from reconciler.model.policy import MaxMembers, MinMembers, Policy
from reconciler.model.rules import PermissionName, Resource, Rule


def check_policies(
    draft: Draft,
    permissions: Sequence[PermissionEntry],
    rules: Sequence[Rule],
    resources: Sequence[Resource],
    findings: Findings,
) -> tuple[Policy, ...]:
    """Return the policies sorted by name, after complaining about what could make one hold in vain."""
    named: dict[str, Policy] = {}
    known = _Known(permissions, rules, resources)
    for policy in sorted(draft.policies, key=lambda policy: policy.at):
        first = named.setdefault(fold(policy.name), policy)
        if first is not policy:
            findings.error(
                "duplicate-policy",
                f"The policy {shown(policy.name)} is also declared at {first.at}.",
                policy.at,
                "Give it a name of its own: plans and `--ack` name the policy.",
                first.at,
            )
        for permission in policy.demand.permissions:
            if known.has(permission):
                known.check_members(policy, permission, findings)
            elif not (draft.lost_records or draft.lost_rules):
                known.complain(policy, permission, findings)
    return tuple(sorted(named.values(), key=lambda policy: policy.name))


class _Known:
    """The groups and products that the files speak of."""

    def __init__(
        self,
        permissions: Sequence[PermissionEntry],
        rules: Sequence[Rule],
        resources: Sequence[Resource],
    ) -> None:
        self._entries = {PermissionKey.of(entry.kind, entry.name): entry for entry in permissions}
        self._rules = rules
        patterns = (pattern_of(resource.group) for resource in resources)
        self._patterns = [pattern for pattern in patterns if pattern is not None]

    def has(self, permission: PermissionName) -> bool:
        key = permission.key
        if key in self._entries or could_grant(self._rules, key):
            return True
        return key.kind is PermissionKind.GROUP and any(
            pattern.fullmatch(key.name) for pattern in self._patterns
        )

    def complain(self, policy: Policy, permission: PermissionName, findings: Findings) -> None:
        kind = permission.kind
        names = [entry.name for key, entry in self._entries.items() if key.kind is kind]
        names += [
            granted.name
            for rule in self._rules
            for granted in rule.grants.permissions
            if granted.kind is kind
        ]
        close = nearest(permission.name, names)
        findings.error(
            "unknown-permission",
            f"The policy {shown(policy.name)} is about the {kind} {shown(permission.name)}, of which"
            " no entry and no rule speaks, so it would hold in vain.",
            policy.at,
            f"Did you mean `{close}`?"
            if close
            else f"List it below `{kind}s`, or take it out; without `members` its members stay as they are.",
        )

    def check_members(self, policy: Policy, permission: PermissionName, findings: Findings) -> None:
        """Warn where nobody is ever asked for in the files, so that a policy about persons sees nobody."""
        entry = self._entries.get(permission.key)
        if isinstance(policy.demand, MaxMembers | MinMembers) or entry is None:
            return
        if entry.members is None and not could_grant(self._rules, permission.key):
            findings.warn(
                "unread-members",
                f"The policy {shown(policy.name)} is judged on members that the files give, and those of"
                f" the {permission.kind} {shown(permission.name)} are not managed here.",
                policy.at,
                "List its `members`, or give it by a rule.",
            )
