"""A time zone as a table that scripts can be given: when its clock changes, and to what."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.errors import BadInput

FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2101, 1, 1, tzinfo=UTC)
STRIDE = timedelta(days=4)
"""No zone ever changed its clock and changed it back within so few days."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """`offsets[i + 1]` holds from `moments[i]`, `offsets[0]` before them; all milliseconds."""

    moments: tuple[int, ...]
    offsets: tuple[int, ...]


def find_zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; raises BadInput where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            "Unknown time zone",
            f"There is no time zone {name!r}, so dates in mapping scripts have no meaning.",
            "Set time_zone to a name of the IANA list, such as Europe/Amsterdam.",
        ) from error


def milliseconds(moment: datetime) -> int:
    """Return a moment with a zone as JavaScript counts time."""
    return (moment - EPOCH) // MILLISECOND


@cache
def zone_table(name: str) -> ZoneTable:
    """Return every change of a zone's clock from 1900 to 2100."""
    zone = find_zone(name)
    moments: list[int] = []
    before, offset = FIRST, _offset(zone, FIRST)
    offsets = [offset]
    while before < LAST:
        after = before + STRIDE
        changed = _offset(zone, after)
        if changed != offset:
            moments.append(milliseconds(_change(zone, before, after)))
            offsets.append(changed)
        before, offset = after, changed
    return ZoneTable(tuple(moments), tuple(found // MILLISECOND for found in offsets))


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    # Asked for every few days of two centuries.
    return moment.astimezone(zone).utcoffset() or NOTHING


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _offset(zone, before)
    low, high = 0, (after - before) // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + middle * SECOND) == old:
            low = middle
        else:
            high = middle
    return before + high * SECOND
