"""The kinds of values that settings have: numbers, durations, patterns, addresses."""

import re
import zoneinfo
from collections.abc import Callable, Collection
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from reconciler.desired.findings import nearest
from reconciler.desired.node import Node, Scalar, is_null
from reconciler.desired.page import Page
from reconciler.desired.scalar import value_of

SANDBOX = "sandbox:"
_DURATION = re.compile(r"(?:[0-9]+[smhdw])+")
_PART = re.compile(r"([0-9]+)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def text(page: Page, node: Node, what: str) -> str | None:
    """Return a text that is not empty."""
    found = page.scalar(node, what, "a text")
    if found is not None and not found.text.strip():
        page.error("bad-text", node, f"`{what}` is empty.")
        return None
    return None if found is None else found.text


def texts(page: Page, node: Node, what: str) -> tuple[str, ...] | None:
    """Return a list of texts."""
    found = page.items(node, what)
    if found is None:
        return None
    read = (text(page, item, what) for item in found.items)
    return tuple(item for item in read if item is not None)


def flag(page: Page, node: Node, what: str) -> bool | None:
    """Return true or false."""
    return page.flag(node, what)


def whole(page: Page, node: Node, what: str, least: int, most: int) -> int | None:
    """Return a whole number between two others, both included."""
    found = value_of(node) if isinstance(node, Scalar) else None
    if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
        return found
    page.wrong(node, what, f"a whole number from {least:,} to {most:,}")
    return None


def at_least_one(page: Page, node: Node, what: str) -> int | None:
    """Return a whole number of days from 1."""
    return whole(page, node, what, 1, 36_500)


def count(page: Page, node: Node, what: str) -> int | None:
    """Return a whole number from 0."""
    return whole(page, node, what, 0, 1_000_000_000)


def connections(page: Page, node: Node, what: str) -> int | None:
    """Return a number of requests in flight."""
    return whole(page, node, what, 1, 256)


def positive(page: Page, node: Node, what: str) -> float | None:
    """Return a number greater than 0."""
    found = value_of(node) if isinstance(node, Scalar) else None
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 < found <= 1_000_000:
        return float(found)
    page.wrong(node, what, "a number greater than 0")
    return None


def percent(page: Page, node: Node, what: str) -> float | None:
    """Return a percentage, written `5` or `5%`."""
    found: object = None
    if isinstance(node, Scalar):
        found = value_of(Scalar(node.text.removesuffix("%").strip(), plain=True, line=0, column=0))
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= 100:
        return found
    page.wrong(node, what, "a percentage from 0 to 100")
    return None


def duration(page: Page, node: Node, what: str) -> timedelta | None:
    """Return a duration such as `24h`, `30d`, `90m` or `1d12h`."""
    found = page.scalar(node, what, "a duration")
    if found is None:
        return None
    total = _duration(found.text)
    if total is None:
        page.error(
            "bad-value",
            node,
            f"`{what}` is {page.shown(node)}; it must be a duration longer than nothing.",
            "Write a number and s, m, h, d or w, such as `24h`, `30d` or `90m`.",
        )
    return total


def _duration(written: str) -> timedelta | None:
    if len(written) > 40 or _DURATION.fullmatch(written) is None:
        return None
    try:
        total = timedelta()
        for number, unit in _PART.findall(written):
            total += timedelta(**{_UNITS[unit]: int(number)})
    except OverflowError:
        return None
    return total if timedelta() < total <= timedelta(days=36_500) else None


def time_zone(page: Page, node: Node, what: str) -> str | None:
    """Return the name of a time zone that exists."""
    found = page.scalar(node, what, "a time zone")
    if found is None:
        return None
    try:
        zoneinfo.ZoneInfo(found.text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        close = nearest(found.text, zoneinfo.available_timezones())
        page.error(
            "bad-value",
            node,
            f"There is no time zone {page.shown(node)}.",
            f"Did you mean `{close}`?" if close else "Write one such as `Europe/Amsterdam`.",
        )
        return None
    return found.text


def base_url(page: Page, node: Node, what: str) -> str | None:
    """Return the tenant's address without a trailing slash, or `sandbox:PATH`."""
    found = text(page, node, what)
    if found is None:
        return None
    flaw = _sandbox_flaw(found) if found.startswith(SANDBOX) else _address_flaw(found)
    if flaw is None:
        return found.rstrip("/")
    page.error(
        "bad-value",
        node,
        f"`{what}` {flaw}.",
        "Write `https://TENANT.helloid.com/api/v1`, or `sandbox:PATH` for the embedded tenant.",
    )
    return None


def _sandbox_flaw(found: str) -> str | None:
    return None if found.removeprefix(SANDBOX).strip("/ ") else "names no file after `sandbox:`"


def _address_flaw(found: str) -> str | None:
    try:
        parts = urlsplit(found)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() for c in found):
        return "is no address"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password; they belong in `api_key` and `api_secret`"
    if parts.query or parts.fragment:
        return "has a `?` or `#` part"
    if parts.scheme == "http" and not _is_loopback(host):
        return "is plain http, which would show the credentials to everybody on the way; use https"
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def ledger(page: Page, node: Node, what: str) -> str | None:
    """Return the ledger's address, or `none`."""
    found = None if is_null(node) else text(page, node, what)
    if found is not None and _is_ledger(found):
        return found
    if found is not None or is_null(node):
        page.error(
            "bad-value",
            node,
            f"`{what}` is no ledger that can be kept.",
            "Write `sqlite:///PATH`, `postgresql+psycopg://USER@HOST/DB`, or `none` for no ledger.",
        )
    return None


def _is_ledger(found: str) -> bool:
    if found == "none":
        return True
    if found.startswith("sqlite:///"):
        path = found.removeprefix("sqlite:///").partition("?")[0]
        return bool(path.strip("/ ")) and path != ":memory:"
    try:
        parts = urlsplit(found)
        return (
            parts.scheme == "postgresql+psycopg"
            and bool(parts.hostname or parts.query)
            and bool(parts.path.strip("/"))
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def one_of(choices: Collection[str]) -> Callable[[Page, Node, str], str | None]:
    """Return a reader of one of a few words."""
    return lambda page, node, what: page.choice(node, what, choices)
