"""What is done about each issue: what an entry of the files decided, else what the settings say of its type."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.model.address import PermissionKey, fold
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.provenance import Cause, CauseKind, Location
from reconciler.model.report import Audited
from reconciler.model.resolution import EXCLUDE, OFFERED, RESOLVE, Act, Decision, Leave, Resolution
from reconciler.model.settings import Settings

AUTOMATIC = "governance.automatic"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNASKED_FOR = (IssueType.ACCOUNT_UNMANAGED, IssueType.PERMISSION_UNMANAGED)
"""What no line of the files is about, so that the settings alone are the cause of settling it."""

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolver:
    """Decides about issues as of a day. The same issue always gets the same answer.

    `twins` are names that several groups or products of the tenant carry: an entry that says no more
    than such a name decides nothing. `auditing` is set for the report that is being made now.
    """

    as_of: date
    automatic: Mapping[IssueType, str]
    entries: tuple[Resolution, ...] = ()
    audited: Audited = field(default_factory=Audited)
    auditing: bool = False
    twins: frozenset[PermissionKey] = frozenset()
    at: Mapping[str, Location] = field(default_factory=dict[str, Location])
    _by_subject: Mapping[_Key, tuple[Resolution, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: defaultdict[_Key, list[Resolution]] = defaultdict(list)
        for entry in self.entries:
            found[_key_of(entry)].append(entry)
        object.__setattr__(self, "_by_subject", {key: tuple(each) for key, each in found.items()})

    def on(self, issue: Issue) -> Decision:
        """Return what is to be done about an issue. An entry beats `governance.automatic`.

        Where entries in force disagree, which the files cannot show because one names the account by its
        user name and the other by its userGUID, nothing is done.
        """
        found = self.in_force(issue)
        if not found:
            return self._by_type(issue.type)
        if self.disagree(found):
            return Leave(IssueStatus.OPEN)
        entry = found[0]
        if entry.resolution == RESOLVE:
            return Leave(IssueStatus.POSTPONED, entry)
        if entry.resolution == EXCLUDE:
            return Leave(IssueStatus.EXCLUDED, entry)
        return Act(entry.resolution, _cause_of(entry), entry)

    def in_force(self, issue: Issue) -> tuple[Resolution, ...]:
        """Return the entries about an issue that count on this day, in the files' order."""
        return tuple(entry for entry in self.about(issue) if self.holds(entry))

    def about(self, issue: Issue) -> tuple[Resolution, ...]:
        """Return the entries about an issue, whether they count today or not, in the files' order."""
        if not self.entries:
            return ()
        found = (entry for key in _keys(issue) for entry in self._by_subject.get(key, ()))
        return tuple(sorted((e for e in found if not self.is_ambiguous(e)), key=lambda e: e.at))

    def holds(self, entry: Resolution) -> bool:
        """Tell whether an entry counts on this day: an exclusion between its dates, `resolve` until it is spent."""
        if entry.resolution == RESOLVE:
            return not self.is_spent(entry)
        if entry.start is not None and self.as_of < entry.start:
            return False
        return not self.is_over(entry)

    def is_over(self, entry: Resolution) -> bool:
        """Tell whether an exclusion has ended."""
        return entry.until is not None and self.as_of >= entry.until

    def is_spent(self, entry: Resolution) -> bool:
        """Tell whether a `resolve` entry has postponed its issue already; never where nobody remembers."""
        return self.audited.kept and self.audited.is_spent(entry.mark, auditing=self.auditing)

    def is_ambiguous(self, entry: Resolution) -> bool:
        """Tell whether an entry names a permission by a name that several in the tenant carry."""
        named = entry.permission
        return named is not None and _guid(named.name) is None and named.key in self.twins

    def disagree(self, found: Iterable[Resolution]) -> bool:
        """Tell whether entries about one issue say different things."""
        return len({entry.resolution for entry in found}) > 1

    def _by_type(self, kind: IssueType) -> Decision:
        chosen = self.automatic.get(kind, "report")
        if chosen not in OFFERED[kind] or chosen in (RESOLVE, EXCLUDE):
            return Leave(IssueStatus.OPEN)
        if kind not in UNASKED_FOR:
            return Act(chosen, None)
        place = self.at.get(f"{AUTOMATIC}.{kind}") or self.at.get(AUTOMATIC)
        source = place.short if place is not None else None
        return Act(chosen, Cause(CauseKind.RESOLUTION, f"{AUTOMATIC} {kind}: {chosen}", source))


def resolver_of(
    settings: Settings,
    entries: tuple[Resolution, ...],
    as_of: date,
    audited: Audited,
    twins: frozenset[PermissionKey] = frozenset(),
    *,
    auditing: bool = False,
) -> Resolver:
    """Return who decides about the issues of a project on a day."""
    return Resolver(as_of, settings.automatic, entries, audited, auditing, twins, settings.at)


def _cause_of(entry: Resolution) -> Cause:
    said = f"{entry.resolution}: {entry.reason}" if entry.reason else entry.resolution
    return Cause(CauseKind.RESOLUTION, said, entry.at.short)


# ---------------------------------------------------------------- which entry is about which issue


def _key_of(entry: Resolution) -> _Key:
    about = ("person", entry.person or "")
    if entry.account is not None:
        ref = _guid(entry.account)
        about = ("name", fold(entry.account)) if ref is None else ("ref", ref)
    named = entry.permission
    if named is None:
        return (entry.issue, *about)
    ref = _guid(named.name)
    what = (named.key.name, "") if ref is None else ("", ref)
    return (entry.issue, *about, named.kind, *what)


def _keys(issue: Issue) -> Iterator[_Key]:
    """Give every way in which an entry may name what the issue is about."""
    permission = issue.permission
    permissions: tuple[_Key, ...] = ((),)
    if permission is not None:
        kind = permission.kind
        permissions = ((kind, permission.key.name, ""), (kind, "", permission.ref or "-"))
    for about in _subjects(issue):
        for named in permissions:
            yield (issue.type, *about, *named)


def _subjects(issue: Issue) -> Iterator[_Key]:
    if issue.person is not None:
        yield ("person", issue.person)
    if issue.account is not None:
        yield ("name", fold(issue.account.user_name))
        if issue.account.ref is not None:
            yield ("ref", issue.account.ref)


def _guid(text: str) -> str | None:
    """Return a text as the reference it is, or None: a name that looks like one is taken for none."""
    folded = fold(text)
    return folded if GUID.fullmatch(folded) else None
