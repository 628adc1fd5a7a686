"""Resolutions that decide nothing: about no issue, over, used up, or in doubt. Each can be taken out or mended."""

from collections.abc import Mapping, Sequence

from reconciler.governance.resolving import Resolver
from reconciler.model.address import AccountName, PermissionKind, fold
from reconciler.model.change import UpdateAccount
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Drawn, Mode
from reconciler.model.resolution import EXCLUDE, RESOLVE, Act, Resolution
from reconciler.model.settings import Scope

USER_NAME = "username"


def leftovers(resolver: Resolver, drawn: Drawn, scope: Scope, *, whole: bool) -> tuple[str, ...]:
    """Return a warning, with file and line, for each resolution that decides nothing as it stands.

    Of an entry about a person or account whose issues could not be looked for, nothing is said that would
    have it taken out; nor of any where the plan is not about everybody (`whole` false).
    """
    found: list[tuple[Resolution, str]] = []
    issues = drawn.plan.issues
    fits: set[Resolution] = set()
    renamed = _renamed(drawn)
    for issue in issues:
        about = resolver.about(issue)
        fits.update(about)
        in_force = [entry for entry in about if resolver.holds(entry)]
        doubt = _doubt(resolver, issue, in_force, drawn.plan.mode)
        if doubt is not None:
            found.append((in_force[0], doubt))
    for entry in resolver.entries:
        if not whole and entry not in fits:
            continue
        why = _why_idle(resolver, entry, fits, drawn, scope) or _loses_its_name(entry, renamed)
        if why is not None:
            found.append((entry, why))
    ordered = sorted(found, key=lambda each: (each[0].at, each[1]))
    return tuple(f"{named(entry)}: {why} ({entry.at.short})" for entry, why in ordered)


def named(entry: Resolution) -> str:
    """Return an entry in words: what it decides about what."""
    words = [entry.resolution, "for", entry.issue.value, entry.account or entry.person or ""]
    if entry.permission is not None:
        words += [entry.permission.kind.value, entry.permission.name]
    return " ".join(words)


def _why_idle(
    resolver: Resolver, entry: Resolution, fits: set[Resolution], drawn: Drawn, scope: Scope
) -> str | None:
    permission = entry.permission
    if permission is not None and resolver.is_ambiguous(entry):
        return (
            f"Several {permission.kind}s in the tenant are called {permission.name}, so it decides nothing."
            " Write the reference of the one that is meant instead of its name."
        )
    if entry.resolution == EXCLUDE and resolver.is_over(entry):
        return f"The exclusion ended on {entry.until}. Take it out, or decide anew."
    if entry.resolution == RESOLVE and resolver.is_spent(entry):
        return "A report has shown the issue as postponed, and it is back. Take it out, or decide."
    if entry not in fits:
        return _fits_nothing(entry, drawn, scope) if resolver.holds(entry) else None
    if entry.resolution == RESOLVE and not resolver.audited.kept:
        return (
            "With `ledger: none` nobody remembers reports: the issue stays postponed until this is"
            " taken out."
        )
    return None


def _fits_nothing(entry: Resolution, drawn: Drawn, scope: Scope) -> str | None:
    if {entry.person or "", fold(entry.account or "")} & drawn.unseen:
        return None
    permission = entry.permission
    if entry.account is not None and not scope.accounts.admits(entry.account):
        return "It fits no issue: scope.accounts leaves the account out. Take it out."
    if permission is not None:
        is_group = permission.kind is PermissionKind.GROUP
        if not (scope.groups if is_group else scope.products).admits(permission.name):
            return (
                f"It fits no issue: scope.{permission.kind}s leaves the {permission.kind} out."
                " Take it out."
            )
    return "It fits no issue, or none any more. Take it out."


def _renamed(drawn: Drawn) -> Mapping[str, tuple[AccountName, str]]:
    """Return the accounts that the plan renames, by the folded name that they have now, and the new name."""
    found: dict[str, tuple[AccountName, str]] = {}
    for step in drawn.plan.steps:
        if isinstance(step.change, UpdateAccount):
            account = step.change.subject.account
            for change in step.change.fields:
                is_name = fold(change.field) == USER_NAME and isinstance(change.after, str)
                if is_name and fold(str(change.after)) != fold(account.user_name):
                    found[fold(account.user_name)] = account, str(change.after)
    return found


def _loses_its_name(
    entry: Resolution, renamed: Mapping[str, tuple[AccountName, str]]
) -> str | None:
    if entry.account is None or fold(entry.account) not in renamed:
        return None
    account, name = renamed[fold(entry.account)]
    return (
        f"This plan renames the account to {name}, and then nothing is decided about it any more."
        f" Write its userGUID instead: {account.ref}"
    )


def _doubt(
    resolver: Resolver, issue: Issue, in_force: Sequence[Resolution], mode: Mode
) -> str | None:
    if resolver.disagree(in_force):
        where = " and ".join(entry.at.short for entry in in_force[1:])
        return (
            f"{where} decides otherwise about the same issue, so nothing is done. Keep one of them."
        )
    if in_force and _is_done(resolver, issue, mode):
        return "The account is disabled already. Take it out, or decide to delete it."
    return None


def _is_done(resolver: Resolver, issue: Issue, mode: Mode) -> bool:
    return (
        issue.type is IssueType.ACCOUNT_UNMANAGED
        and issue.status is IssueStatus.OPEN
        and mode is Mode.SYNC
        and isinstance(resolver.on(issue), Act)
    )
