"""Groups and products of the files, held against those of a tenant: a name that it has not is a mistake."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from reconciler.desired.draft import Draft, Mention
from reconciler.desired.findings import Findings, nearest, shown
from reconciler.entitlements.resources import made_by
from reconciler.model.address import PermissionKey, PermissionKind
from reconciler.model.declared import Declared, PermissionEntry
from reconciler.model.person import Person
from reconciler.model.provenance import Location
from reconciler.model.rules import PermissionName, Resource
from reconciler.model.settings import Scope
from reconciler.model.state import Actual

SUGGESTIONS = 50
"""For so many names the nearest one is searched: it takes its time."""


def check_tenant(
    draft: Draft,
    declared: Declared,
    tenant: tuple[Actual, Scope],
    findings: Findings,
) -> None:
    """Complain about each name that no group or product of the tenant has and nothing makes.

    Also about names that two of them have, since nobody can tell which is meant.
    """
    persons = declared.persons.values()
    check = _Check(declared.permissions, declared.resources, persons, *tenant, findings)
    for entry in declared.permissions:
        check.entry(entry)
    for mention in draft.mentions:
        if mention.is_earlier:
            check.earlier(mention)
        else:
            check.mention(mention)


class _Check:
    """The names of the tenant and of the files, and the problems found."""

    def __init__(
        self,
        permissions: Sequence[PermissionEntry],
        resources: Sequence[Resource],
        persons: Iterable[Person],
        actual: Actual,
        scope: Scope,
        findings: Findings,
    ) -> None:
        self._counts = Counter(found.key for found in actual.permissions.values())
        self._names = {found.key: found.name for found in actual.permissions.values()}
        self._entries = {PermissionKey.of(entry.kind, entry.name): entry for entry in permissions}
        self._by_earlier = {
            PermissionKey.of(entry.kind, name): entry
            for entry in permissions
            for name in entry.previously
        }
        self._is_of_resource = made_by(resources, persons)
        self._scope = scope
        self._findings = findings
        self._searched = 0

    def entry(self, entry: PermissionEntry) -> None:
        names = [PermissionName(entry.kind, name) for name in (entry.name, *entry.previously)]
        known = [name for name in names if self._counts[name.key]]
        if known:
            self._ambiguous(known[0], entry.at)
        elif not self._is_made(names[0].key):
            self._missing(names[0], "The files list", entry.at)

    def mention(self, mention: Mention) -> None:
        key = mention.permission.key
        if self._counts[key]:
            if key not in self._entries:
                self._ambiguous(mention.permission, mention.at)
            return
        entry = self._entries.get(key)
        earlier = () if entry is None else entry.previously
        if any(self._counts[PermissionKey.of(key.kind, name)] for name in earlier):
            return
        if not self._is_made(key):
            self._missing(mention.permission, f"{mention.what} names", mention.at)

    def earlier(self, mention: Mention) -> None:
        """Warn of a name that was never there, where the group would be made anew, without its members."""
        key = mention.permission.key
        entry = self._by_earlier.get(key)
        if entry is None or not entry.create:
            return
        names = (entry.name, *entry.previously)
        if any(self._counts[PermissionKey.of(key.kind, name)] for name in names):
            return
        self._findings.warn(
            "unknown-in-tenant",
            f"The tenant has no group {shown(mention.permission.name)}, so {shown(entry.name)} would be"
            " made as a new group, without the members of an old one.",
            mention.at,
            self._did_you_mean(mention.permission) or "Take the earlier name out.",
        )

    # ------------------------------------------------------------ what is wrong

    def _is_made(self, key: PermissionKey) -> bool:
        """Tell whether an entry or a resource has the group made; nothing of that is out of scope."""
        entry = self._entries.get(key)
        if key.kind is not PermissionKind.GROUP or not self._scope.groups.admits(key.name):
            return False
        if entry is not None and entry.create:
            return True
        return self._is_of_resource(key)

    def _missing(self, name: PermissionName, who: str, at: Location) -> None:
        kind = name.kind.value
        admits = self._scope.groups if name.kind is PermissionKind.GROUP else self._scope.products
        if not admits.admits(name.name):
            self._findings.error(
                "unknown-in-tenant",
                f"{who} the {kind} {shown(name.name)}, which `scope.{kind}s` leaves out.",
                at,
                "Take it out here, or let the scope admit it.",
            )
            return
        instead = (
            "With `create: true` below `groups` it is made."
            if name.kind is PermissionKind.GROUP
            else "Make it in HelloID, or take it out."
        )
        self._findings.error(
            "unknown-in-tenant",
            f"{who} the {kind} {shown(name.name)}, which the tenant of the snapshot does not have.",
            at,
            self._did_you_mean(name) or instead,
        )

    def _ambiguous(self, name: PermissionName, at: Location) -> None:
        count = self._counts[name.key]
        if count > 1:
            self._findings.error(
                "ambiguous-in-tenant",
                f"{count} {name.kind}s of the tenant are called {shown(name.name)}.",
                at,
                "Rename all but one of them in HelloID.",
            )

    def _did_you_mean(self, name: PermissionName) -> str:
        self._searched += 1
        if self._searched > SUGGESTIONS:
            return ""
        close = nearest(name.name, _of_kind(self._names, name.kind))
        return f"Did you mean `{close}`?" if close else ""


def _of_kind(names: Mapping[PermissionKey, str], kind: PermissionKind) -> Iterable[str]:
    return [name for key, name in names.items() if key.kind is kind]
