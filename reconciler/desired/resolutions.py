"""`resolutions`: what somebody decided about an issue, with a reason and an end."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from reconciler.desired.draft import Draft
from reconciler.desired.findings import listed, nearest, shown
from reconciler.desired.node import Node, Pairs
from reconciler.desired.page import Page
from reconciler.desired.period import ALWAYS, read_period
from reconciler.model.address import PermissionKind, PersonId
from reconciler.model.declared import Period
from reconciler.model.issue import IssueType
from reconciler.model.resolution import EXCLUDE, OFFERED, Resolution
from reconciler.model.rules import PermissionName

ABOUT_PERSON = (IssueType.ACCOUNT_MISSING, IssueType.PERSON_MULTIPLE_ACCOUNTS)
ABOUT_PERMISSION = (IssueType.PERMISSION_UNMANAGED, IssueType.PERMISSION_MISSING)
SUBJECTS = ("account", "person", "permission")
DAYS = ("period", "from", "until")
KEYS = ("issue", *SUBJECTS, "resolution", *DAYS, "reason")
ISSUES = tuple(issue.value for issue in IssueType)
RESOLUTIONS = tuple(sorted({each for offered in OFFERED.values() for each in offered}))
KINDS = tuple(kind.value for kind in PermissionKind)
PERIODS = {"3 months": 3, "6 months": 6, "1 year": 12, "3 years": 36}
"""How long an exclusion may last, in months."""
_HOW = {
    "account": "Write the user name or the userGUID of the account.",
    "person": "Write the person's ExternalId.",
    "permission": "Write `permission: {group: NAME}` or `{product: NAME}`.",
}
_END = "Write `period: 6 months` with `from`, or `until: DATE`, the first day on which it is back."


def subjects_of(issue: IssueType) -> tuple[str, ...]:
    """Return the keys by which a resolution says what an issue of this type is about."""
    if issue in ABOUT_PERSON:
        return ("person",)
    return ("account", "permission") if issue in ABOUT_PERMISSION else ("account",)


def read_resolution(page: Page, node: Node, draft: Draft) -> None:
    """Add the resolution at a node to the draft, or problems to the findings."""
    errors = page.findings.errors
    pairs = page.pairs(node, "resolutions", KEYS)
    if pairs is None:
        return
    issue = _issue(page, pairs)
    resolution = _resolution(page, pairs, issue)
    subject = _Subject() if issue is None else _subject(page, pairs, issue)
    reason = _reason(page, pairs, resolution)
    days = _days(page, pairs, resolution)
    if issue is None or resolution is None or page.findings.errors > errors:
        return
    draft.resolutions.append(
        Resolution(
            issue=issue,
            resolution=resolution,
            account=subject.account,
            person=subject.person,
            permission=subject.permission,
            reason=reason,
            start=days.start,
            until=days.until,
            at=page.at(node),
        )
    )


def _issue(page: Page, pairs: Pairs) -> IssueType | None:
    asked = page.need(pairs, "issue", "resolutions", f"Write {listed(ISSUES)}.")
    found = None if asked is None else page.choice(asked, "resolutions.issue", ISSUES)
    return None if found is None else IssueType(found)


def _resolution(page: Page, pairs: Pairs, issue: IssueType | None) -> str | None:
    offered = RESOLUTIONS if issue is None else OFFERED[issue]
    choices = listed(offered)
    asked = page.need(pairs, "resolution", "resolutions", f"Write {choices}.")
    found = None if asked is None else page.scalar(asked, "resolutions.resolution", choices)
    if found is None or found.text in offered:
        return None if found is None else found.text
    # One that settles another type is no slip of the pen: nothing near it is meant.
    close = None if found.text in RESOLUTIONS else nearest(found.text, offered)
    page.error(
        "not-offered",
        found,
        f"{page.shown(found)} does not resolve {'any issue' if issue is None else f'`{issue}`'}."
        f" What does is {choices}.",
        f"Did you mean `{close}`?" if close else f"Write {choices}.",
    )
    return None


# ---------------------------------------------------------------- what it is about


@dataclass(frozen=True, slots=True)
class _Subject:
    account: str | None = None
    person: PersonId | None = None
    permission: PermissionName | None = None


def _subject(page: Page, pairs: Pairs, issue: IssueType) -> _Subject:
    needed = subjects_of(issue)
    for key in SUBJECTS:
        if key in pairs.pairs and key not in needed:
            page.error(
                "superfluous-key",
                pairs.pairs[key][0],
                f"An issue of type `{issue}` is named by {listed(needed, 'and')}; `{key}` says nothing more.",
                f"Take `{key}` out"
                + (
                    "."
                    if all(each in pairs.pairs for each in needed)
                    else f" and write {listed(needed, 'and')}."
                ),
            )
    given = {key: page.need(pairs, key, "resolutions", _HOW[key]) for key in needed}
    account, person, permission = (given.get(key) for key in SUBJECTS)
    who = None if person is None else page.name(person, "resolutions.person")
    return _Subject(
        account=None if account is None else page.name(account, "resolutions.account"),
        person=None if who is None else PersonId(who),
        permission=None if permission is None else _permission(page, permission),
    )


def _permission(page: Page, node: Node) -> PermissionName | None:
    what = "resolutions.permission"
    if not isinstance(node, Pairs):
        page.wrong(node, what, "a group or a product", _HOW["permission"])
        return None
    pairs = page.pairs(node, what, KINDS)
    known = [kind for kind in PermissionKind if kind.value in node.pairs]
    if pairs is None or len(known) != 1:
        page.error(
            "bad-value" if known else "missing-key",
            node,
            "A resolution is about one group or one product.",
            _HOW["permission"],
        )
        return None
    name = page.name(pairs.pairs[known[0].value][1], f"{what}.{known[0].value}")
    return None if name is None else PermissionName(known[0], name)


# ---------------------------------------------------------------- why, and how long


def _reason(page: Page, pairs: Pairs, resolution: str | None) -> str | None:
    given = page.get(pairs, "reason")
    reason = None if given is None else page.prose(given, "resolutions.reason")
    if resolution == EXCLUDE and (given is None or (reason is not None and not reason.strip())):
        page.error(
            "missing-key",
            pairs if given is None else given,
            "An exclusion needs a `reason`: it hides a difference from everybody for a long time.",
            "Write why the difference is accepted, such as `reason: Audit until spring`.",
        )
    return reason


def _days(page: Page, pairs: Pairs, resolution: str | None) -> Period:
    """Return the days on which the entry hides its issue; always for what hides nothing."""
    if resolution is None:
        return ALWAYS
    if resolution != EXCLUDE:
        for key in DAYS:
            if key in pairs.pairs:
                page.error(
                    "superfluous-key",
                    pairs.pairs[key][0],
                    f"Only an exclusion has days, and this is {shown(resolution)}.",
                    f"Take `{key}` out, or write `resolution: {EXCLUDE}`.",
                )
        return ALWAYS
    length, until = page.get(pairs, "period"), page.get(pairs, "until")
    if length is not None and until is not None:
        page.error(
            "contradiction",
            pairs.pairs["period"][0],
            "`period` and `until` both say when the exclusion ends.",
            "Keep one of the two.",
        )
    elif length is not None:
        return _period(page, pairs, length)
    elif until is None:
        page.error(
            "missing-key",
            pairs,
            "An exclusion needs an end: it is a difference accepted until a day.",
            _END,
        )
    return read_period(page, pairs, "resolutions") or ALWAYS


def _period(page: Page, pairs: Pairs, length: Node) -> Period:
    asked = page.choice(length, "resolutions.period", tuple(PERIODS))
    first = page.get(pairs, "from")
    if first is None:
        page.error(
            "missing-key",
            length,
            "`period` without `from` has no end: nobody knows from which day it counts.",
            "Write the day on which the exclusion begins, such as `from: 2026-11-01`.",
        )
        return ALWAYS
    start = page.day(first, "resolutions.from")
    if start is None or asked is None:
        return ALWAYS
    until = months_later(start, PERIODS[asked])
    if until is None:
        page.error(
            "bad-date",
            first,
            f"{start} and {asked} later is beyond the calendar.",
            "Write a day on which the exclusion really begins.",
        )
    return Period(start, until)


def months_later(day: date, months: int) -> date | None:
    """Return the same day of the month so many months later, or that month's last; None beyond the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
