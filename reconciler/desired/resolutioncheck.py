"""What holds between resolutions and the rest: nothing decided twice, and no person that nobody knows."""

from collections import defaultdict
from dataclasses import replace

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings, shown
from reconciler.desired.period import overlap
from reconciler.model.address import fold
from reconciler.model.declared import Period
from reconciler.model.provenance import Location
from reconciler.model.resolution import Resolution

NOWHERE = Location("", 0, 0)


def check_resolutions(draft: Draft, findings: Findings) -> tuple[Resolution, ...]:
    """Return the resolutions sorted, after complaining about those of one issue that share a day.

    An account that one entry names by its user name and another by its userGUID is one only in the
    tenant, so that is told by a plan.
    """
    kept: list[Resolution] = []
    by_issue: defaultdict[tuple[str, ...], list[Resolution]] = defaultdict(list)
    for entry in sorted(draft.resolutions, key=lambda entry: entry.at):
        others = by_issue[_about(entry)]
        other = next((each for each in others if overlap(_period(each), _period(entry))), None)
        if other is None:
            others.append(entry)
            kept.append(entry)
        else:
            _complain(entry, other, findings)
    return tuple(sorted(kept, key=lambda entry: (*_about(entry), str(entry.start or ""))))


def _about(entry: Resolution) -> tuple[str, ...]:
    key = entry.permission.key if entry.permission is not None else ()
    return (entry.issue.value, fold(entry.account or ""), entry.person or "", *key)


def _period(entry: Resolution) -> Period:
    return Period(entry.start, entry.until)


def _complain(entry: Resolution, other: Resolution, findings: Findings) -> None:
    if _says(entry) == _says(other):
        findings.error(
            "duplicate-resolution",
            f"The same is decided at {other.at}.",
            entry.at,
            "Keep one of the two.",
            other.at,
        )
        return
    findings.error(
        "contradiction",
        f"Another resolution of this issue, {shown(other.resolution)} at {other.at}, holds on some of the"
        " same days.",
        entry.at,
        "Keep one of the two, or give exclusions `from` and `until` that do not overlap.",
        other.at,
    )


def _says(entry: Resolution) -> Resolution:
    return replace(entry, account=None, permission=None, reason=None, at=NOWHERE)
