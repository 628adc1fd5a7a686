"""Saved documents read back: a plan's shape is checked at the door, then trusted."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Never, TypeVar, cast

import msgspec

from reconciler.errors import BadInput, PlanNotUsable
from reconciler.model.plan import Plan
from reconciler.model.value import JSON
from reconciler.reports.canonical import digest_of, seal_of
from reconciler.reports.inert import visible
from reconciler.reports.kinds import Kind, kind_of
from reconciler.reports.restore import Misfit, plan_of
from reconciler.reports.shape import PlanShape, Shape

LARGEST: Final = 512 * 1024 * 1024
"""Bytes that a plan file may have; a plan of a million grants has some 200 MB."""
PLAN_AGAIN: Final = "Make a new plan: reconciler plan -o FILE"
_MARKS = ("actions", "digest", "seal", "created_at", "expires_at")
_Kind = TypeVar("_Kind", bound=Shape)


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What is known of a plan file beside the plan: when, what seals it, and the document itself."""

    created_at: datetime
    expires_at: datetime
    digest: str
    seal: str
    document: Mapping[str, JSON]


def read_plan(data: bytes, file: str) -> tuple[Plan, PlanHeader]:
    """Return the plan in a file's bytes; `file` is its name, for messages.

    Raises BadInput where the file is no plan (with the place), PlanNotUsable where it was one and an
    edit broke it. Does not judge a plan that reads well: see check_intact and check_current.
    """
    try:
        return _plan_in(_parsed(data), file)
    except _Unread as unread:
        raise _no_plan(file, str(unread)) from unread


def read_any(data: bytes, file: str) -> tuple[Kind, Mapping[str, JSON]]:
    """Return which of our documents a file's bytes are, and the document; `file` is its name, for messages.

    Raises BadInput where it is none, PlanNotUsable where it is a plan that is not what was written.
    What other documents hold is judged where they are shown.
    """
    try:
        document = _parsed(data)
    except _Unread as unread:
        raise _none_of_ours(file, str(unread)) from unread
    kind = kind_of(document)
    if kind is None:
        raise _none_of_ours(file, "It is JSON, but has the members of none of them.")
    if kind is Kind.PLAN:
        check_intact(_plan_in(document, file)[1])
    elif "format_version" in document:
        _check_known(document, file)
    return kind, document


def _plan_in(document: Mapping[str, JSON], file: str) -> tuple[Plan, PlanHeader]:
    _check_version(document, file)
    try:
        shape = as_shape(document, PlanShape)
        plan = plan_of(shape)
    except Misfit as misfit:
        _check_unbroken(document, file, str(misfit))
        raise _no_plan(file, str(misfit)) from misfit
    header = PlanHeader(shape.created_at, shape.expires_at, shape.digest, shape.seal, document)
    return plan, header


def check_intact(header: PlanHeader) -> None:
    """Raise PlanNotUsable when the plan is not what was written: an accident or an edit."""
    if not _is_intact(header.document):
        raise _altered("Its content does not match its digest and seal.")


def check_current(header: PlanHeader, now: datetime) -> None:
    """Raise PlanNotUsable when the plan has expired."""
    if now >= header.expires_at:
        until = header.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        raise PlanNotUsable(
            "This plan has expired",
            f"It was valid until {until} UTC; the tenant may have changed since it was made.",
            PLAN_AGAIN,
        )


def as_shape(document: Mapping[str, JSON], kind: type[_Kind]) -> _Kind:
    """Return a document as a shape. Raises Misfit, which names the place."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise Misfit(visible(str(error))) from error
    except (UnicodeEncodeError, RecursionError) as error:
        raise Misfit("It holds a member name that is no text, or nests too deep.") from error


def shown(document: Mapping[str, JSON], kind: type[_Kind]) -> _Kind:
    """Return a document as the shape a report is rendered from. Raises BadInput."""
    try:
        return as_shape(document, kind)
    except Misfit as misfit:
        raise BadInput("This document cannot be shown", str(misfit)) from misfit


class _Unread(ValueError):
    """These bytes are no JSON object of ours; the message says why."""


def _parsed(data: bytes) -> Mapping[str, JSON]:
    if len(data) > LARGEST:
        raise _Unread(f"It has {len(data):,} bytes; at most {LARGEST:,} are read.")
    try:
        read = cast(
            "JSON",
            json.loads(
                data.decode("utf-8-sig"),
                object_pairs_hook=_object,
                parse_constant=_no_number,
                parse_float=_finite,
            ),
        )
    except RecursionError as error:
        raise _Unread("It nests too deep.") from error
    except UnicodeDecodeError as error:
        raise _Unread(f"It is no UTF-8 text: byte {error.start} fits nothing.") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _Unread(f"It is no JSON: {error.msg}, at {place}.") from error
    except ValueError as error:
        raise _Unread(f"It is no JSON of ours: {visible(str(error))}.") from error
    if not isinstance(read, Mapping):
        raise _Unread("It is JSON, but no JSON object.")
    return read


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name in counts if counts[name] > 1)
        raise ValueError(f"the member {twice!r} is there twice in one object")
    return found


def _no_number(text: str) -> Never:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("a number is too large")
    return number


def _check_version(document: Mapping[str, JSON], file: str) -> None:
    version = _version_of(document)
    if version is None:
        raise _no_plan(file, "It has no `format_version` such as 1.0.")
    if version.split(".")[0] != "1":
        raise BadInput(
            "This plan has a format that is not known here",
            f"{visible(file)}: format_version is {version}; this version reads 1.x.",
            "Use the version of reconciler that made it, or make a new plan.",
        )
    missing = [mark for mark in _MARKS if mark not in document]
    if missing:
        raise _no_plan(file, f"It has no member `{missing[0]}`.")


def _check_known(document: Mapping[str, JSON], file: str) -> None:
    version = _version_of(document)
    if version is None:
        raise _none_of_ours(file, "Its `format_version` is no version such as 1.0.")
    if version.split(".")[0] != "1":
        raise BadInput(
            "This report has a format that is not known here",
            f"{visible(file)}: format_version is {version}; this version reads 1.x.",
            "Use the version of reconciler that made it, or make it anew.",
        )


def _version_of(document: Mapping[str, JSON]) -> str | None:
    match document.get("format_version"):
        case str(version) if re.fullmatch(r"\d{1,9}\.\d{1,9}", version):
            return version
        case _:
            return None


def _check_unbroken(document: Mapping[str, JSON], file: str, misfit: str) -> None:
    if not _is_intact(document):
        raise _altered(f"{visible(file)}: {misfit}")


def _is_intact(document: Mapping[str, JSON]) -> bool:
    digest = document.get("digest")
    created, expires = document.get("created_at"), document.get("expires_at")
    if not (isinstance(digest, str) and isinstance(created, str) and isinstance(expires, str)):
        return False
    try:
        sealed = document.get("seal") == seal_of(digest, created, expires)
        return sealed and digest == digest_of(document)
    except RecursionError:
        return False


def _altered(detail: str) -> PlanNotUsable:
    return PlanNotUsable("This plan was altered after it was made", detail, PLAN_AGAIN)


def _no_plan(file: str, detail: str) -> BadInput:
    return BadInput(
        "This file is no plan",
        f"{visible(file)}: {detail}",
        "Give a file that `reconciler plan -o FILE` wrote.",
    )


def _none_of_ours(file: str, detail: str) -> BadInput:
    return BadInput(
        "This file is no report of reconciler",
        f"{visible(file)}: {detail}",
        "Give what `plan -o FILE` wrote, or another command with `--format json -o FILE`.",
    )
