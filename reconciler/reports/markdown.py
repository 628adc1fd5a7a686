"""A plan as Markdown for a comment on a pull request, rendered from its JSON document alone.

Whatever others wrote stands in code spans: there nothing is mentioned, linked, shown as HTML or run.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final, NamedTuple

from msgspec import UNSET

from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.value import JSON
from reconciler.reports.entries import Entry, Field, Section, entries_of
from reconciler.reports.inert import name, visible
from reconciler.reports.reading import shown
from reconciler.reports.shape import ActionShape, CheckShape, PlanShape
from reconciler.reports.summary import differences, left_over, opening, refusal
from reconciler.reports.text import admitted_by
from reconciler.reports.words import ACTS, count

MOST: Final = 60_000
"""Characters that a comment has at most; GitHub takes 65,536."""
LONGEST: Final = 160
"""Characters of one name or value that are shown at most."""
LONGEST_OPTION: Final = 400
MOST_FIELDS: Final = 10
"""Fields of one account that are shown at most."""
FOLDED: Final = frozenset({Section.OTHERS, Section.RESOLVED, Section.POSTPONED, Section.EXCLUDED})
"""Sections that open at a click. What takes away, and what somebody must decide, is never folded."""
ELSEWHERE: Final = "`reconciler show FILE --format html`"
_REST: Final = len(f"\n\n… and 1,000,000,000 more, not shown here: {ELSEWHERE}")
_FOLD: Final = ("<details><summary>{}</summary>", "</details>")
_TITLES: Final = ("Who", "What", "Why")
_LESS: Final = "\N{MINUS SIGN}"
_SIGNS: Final[Mapping[str, str]] = {"-": f"{_LESS} ", "+": "+ "}


class _Part(NamedTuple):
    """A table of the comment. `rows` makes them anew each time, as many as are asked for."""

    title: str
    columns: Sequence[str]
    total: int
    rows: Callable[[], Iterator[str]]
    is_folded: bool = False
    intro: str = ""


def plan_markdown(document: Mapping[str, JSON]) -> str:
    """Return a plan as GitHub-flavoured Markdown of at most 60,000 characters.

    Removals come first and are never folded; what does not fit is counted. Raises BadInput where the
    document is no plan.
    """
    plan = shown(document, PlanShape)
    head, foot = _head(plan), _foot(plan)
    parts = [part for part in _parts(plan) if part.total]
    room = MOST - len(head) - len(foot) - 4 * len(parts)
    needs = [min(room, _length(part, room)) for part in parts]
    shares = _shares(needs, room)
    written = [_written(part, share) for part, share in zip(parts, shares, strict=True)]
    return "\n\n".join([head, *written, foot]) + "\n"


def code(text: str, most: int = LONGEST) -> str:
    """Return others' text as a code span that it cannot leave, fit for a cell of a table.

    A bar would end the cell in some readers even when it is escaped, so it stands between two spans.
    """
    text = visible(text)
    if len(text) > most:
        text = f"{text[:most]}… ({len(text) - most:,} more characters)"
    return "&#124;".join(_span(piece) for piece in text.split("|")) or "` `"


def _span(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.strip(" ") and (text[0] in "` " or text[-1] in "` ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _head(plan: PlanShape) -> str:
    until = plan.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    lines = [f"## {opening(plan)}"]
    lines += [f"**{refusal(plan)}**"] if refusal(plan) else []
    lines += [left_over(plan)] if left_over(plan) else []
    if plan.mode is Mode.ADDITIVE:
        lines.append("Additive: what takes something away is held back.")
    target = code(plan.target.base_url)
    lines.append(f"For {target}, as of {plan.as_of}; can be applied until {until} UTC.")
    return "\n\n".join(lines)


def _foot(plan: PlanShape) -> str:
    passed = sum(check.status is CheckStatus.PASSED for check in plan.checks)
    said = f"Safeguards: {count(passed, 'check')} passed. " if passed else ""
    return f"{said}Plan {code(plan.digest)}."


def _parts(plan: PlanShape) -> Iterator[_Part]:
    entries = entries_of(plan)
    of = {section: [each for each in entries if each.section is section] for section in Section}
    yield _section(Section.REMOVALS, of)
    yield from _checks(plan.checks)
    yield _section(Section.ERRORS, of, "Nothing of these persons changes; apply ends with 5.")
    yield _by_permission(differences(plan))
    for section in list(Section)[2:]:
        yield _section(section, of)


def _section(section: Section, of: Mapping[Section, Sequence[Entry]], intro: str = "") -> _Part:
    entries = of[section]
    return _Part(
        section.value,
        _TITLES,
        len(entries),
        lambda: map(_entry, entries),
        section in FOLDED,
        intro,
    )


def _entry(entry: Entry) -> str:
    who = [code(name(part)) for part in (entry.person, entry.account) if part is not None]
    what = _SIGNS.get(entry.sign, "") + entry.what.replace("_", " ")
    if entry.permission:
        kind, named = entry.permission
        what += ("" if entry.what.endswith(kind) else f", {kind}") + f" {code(name(named))}"
    why = f"{entry.reason}: " if entry.reason and entry.detail else entry.reason
    why += code(entry.detail, LONGEST_OPTION) if entry.detail else ""
    if entry.source:
        why += f" in {code(entry.source)}"
    return _row(" ".join(who), "<br>".join([what, *_fields(entry.fields)]), why)


def _fields(fields: Sequence[Field]) -> Iterator[str]:
    for field in fields[:MOST_FIELDS]:
        yield f"{code(name(field.name))}: {code(field.before)} → {code(field.after)}"
    if len(fields) > MOST_FIELDS:
        yield f"and {count(len(fields) - MOST_FIELDS, 'more field')}"


def _checks(checks: Sequence[CheckShape]) -> Iterator[_Part]:
    titles = ("Safeguard", "Is", "Limit")
    to_admit = "To admit exactly this, give plan or apply"
    failed = [check for check in checks if check.status is CheckStatus.FAILED]
    admitted = [check for check in checks if check.status is CheckStatus.ACKNOWLEDGED]
    yield _Part(
        "Refused by safeguards", (*titles, to_admit), len(failed), lambda: map(_check, failed)
    )
    yield _Part("Breaches acknowledged", titles, len(admitted), lambda: map(_check, admitted))
    warned = [check for check in checks if check.status is CheckStatus.WARNING]
    yield _Part("Policies not kept", titles, len(warned), lambda: map(_check, warned))


def _check(check: CheckShape) -> str:
    rule = code(check.rule) + (f"<br>{code(check.detail)}" if check.detail else "")
    of = f" of {check.of:,}" if check.of is not None else ""
    cells = [rule, f"{check.value:,}{of}", code(check.limit)]
    if check.status is CheckStatus.FAILED:
        option = admitted_by(check)
        cells.append(code(option, LONGEST_OPTION) if option else "nothing admits it")
    return _row(*cells)


def _by_permission(actions: Sequence[ActionShape]) -> _Part:
    """Return who gains and who loses members, the greatest losses first."""
    gains, losses = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for action in actions:
        if action.permission is not UNSET and action.account:
            counted = losses if ACTS[action.kind].removes else gains
            counted[action.permission.type, action.permission.name] += 1
    found = sorted(gains | losses, key=lambda each: (-losses[each], -gains[each], each))

    def rows() -> Iterator[str]:
        for kind, named in found:
            gained, lost = gains[kind, named], losses[kind, named]
            shown_as = f"{kind} {code(name(named))}"
            yield _row(shown_as, _signed("+", gained), _signed(_LESS, lost))

    return _Part("By group and product", ("Group or product", "Gains", "Loses"), len(found), rows)


def _signed(sign: str, number: int) -> str:
    return f"{sign}{number:,}" if number else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _opening(part: _Part) -> str:
    title = f"{part.title} ({part.total:,})"
    lines = [_FOLD[0].format(title) if part.is_folded else f"### {title}", ""]
    lines += [part.intro, ""] if part.intro else []
    lines += [_row(*part.columns), _row(*(["---"] * len(part.columns)))]
    return "\n".join(lines)


def _closing(part: _Part) -> str:
    return f"\n\n{_FOLD[1]}" if part.is_folded else ""


def _length(part: _Part, enough: int) -> int:
    """Return how many characters a part needs; no more is counted than `enough`."""
    length = len(_opening(part)) + len(_closing(part)) + _REST
    for row in part.rows():
        length += len(row) + 1
        if length > enough:
            break
    return length


def _shares(needs: Sequence[int], room: int) -> list[int]:
    """Return what each part gets: an equal share for all that need it, the rest to those first in line."""
    if not needs:
        return []
    shares = [min(need, room // len(needs)) for need in needs]
    left = room - sum(shares)
    for at, need in enumerate(needs):
        more = min(left, need - shares[at])
        shares[at] += more
        left -= more
    return shares


def _written(part: _Part, share: int) -> str:
    lines = [_opening(part)]
    left = share - len(lines[0]) - len(_closing(part)) - _REST
    for row in part.rows():
        left -= len(row) + 1
        if left < 0:
            break
        lines.append(row)
    more = part.total - len(lines) + 1
    rest = f"\n\n… and {more:,} more, not shown here: {ELSEWHERE}" if more else ""
    return "\n".join(lines) + rest + _closing(part)
