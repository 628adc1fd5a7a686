"""A plan as Markdown for a comment on a pull request, rendered from its JSON document alone.

Whatever others wrote stands in code spans: there nothing is mentioned, linked, shown as HTML or run.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final

from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.value import JSON
from reconciler.reports.cells import LESS, code, row, signed
from reconciler.reports.entries import Entry, Field, Section, entries_of
from reconciler.reports.fitting import MOST, Part, fitted
from reconciler.reports.inert import name
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    ActionShape,
    CheckShape,
    DifferenceShape,
    ErrorShape,
    KnownShape,
    PlanShape,
)
from reconciler.reports.summary import differences, left_over, opening, refusal
from reconciler.reports.tally import NO_DEPARTMENT, by_department, by_permission
from reconciler.reports.text import admitted_by
from reconciler.reports.words import count

__all__ = ["MOST", "code", "plan_markdown"]

LONGEST_OPTION: Final = 400
MOST_FIELDS: Final = 10
"""Fields of one account that are shown at most."""
FOLDED: Final = frozenset({Section.OTHERS, Section.RESOLVED, Section.POSTPONED, Section.EXCLUDED})
"""Sections that open at a click. What takes away, and what somebody must decide, is never folded."""
ELSEWHERE: Final = "`reconciler show FILE --format html`"
TITLES: Final = ("Who", "What", "Why")
"""Of the columns of an entry."""
_NOBODY: Final[Mapping[str, KnownShape]] = {}
_SIGNS: Final[Mapping[str, str]] = {"-": f"{LESS} ", "+": "+ "}


def plan_markdown(document: Mapping[str, JSON]) -> str:
    """Return a plan as GitHub-flavoured Markdown of at most 60,000 characters.

    Removals come first and are never folded; what does not fit is counted. Raises BadInput where the
    document is no plan.
    """
    plan = shown(document, PlanShape)
    return fitted(_head(plan), _parts(plan), _foot(plan), ELSEWHERE)


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


def _parts(plan: PlanShape) -> Iterator[Part]:
    entries = entries_of(plan)
    of = {section: [each for each in entries if each.section is section] for section in Section}
    yield _section(Section.REMOVALS, of, plan.persons)
    yield from _checks(plan.checks)
    intro = "Nothing of these persons changes; apply ends with 5."
    yield _section(Section.ERRORS, of, plan.persons, intro)
    yield from counted(differences(plan), plan.persons)
    for section in list(Section)[2:]:
        yield _section(section, of, plan.persons)


def _section(
    section: Section,
    of: Mapping[Section, Sequence[Entry]],
    persons: Mapping[str, KnownShape],
    intro: str = "",
) -> Part:
    entries = of[section]
    return Part(
        section.value,
        TITLES,
        len(entries),
        lambda: (entry_row(entry, persons) for entry in entries),
        section in FOLDED,
        intro,
    )


def entry_row(entry: Entry, persons: Mapping[str, KnownShape] = _NOBODY) -> str:
    """Return an entry as a row of three cells: who, what, why."""
    known = None if entry.person is None else persons.get(entry.person)
    called = known.name if known is not None and known.name != entry.person else None
    parts = (called, entry.person, entry.account)
    who = [code(name(part)) for part in parts if part is not None]
    what = _SIGNS.get(entry.sign, "") + entry.what.replace("_", " ")
    if entry.permission:
        kind, named = entry.permission
        what += ("" if entry.what.endswith(kind) else f", {kind}") + f" {code(name(named))}"
    why = f"{entry.reason}: " if entry.reason and entry.detail else entry.reason
    why += code(entry.detail, LONGEST_OPTION) if entry.detail else ""
    if entry.source:
        why += f" in {code(entry.source)}"
    return row(" ".join(who), "<br>".join([what, *_fields(entry.fields)]), why)


def _fields(fields: Sequence[Field]) -> Iterator[str]:
    for field in fields[:MOST_FIELDS]:
        yield f"{code(name(field.name))}: {code(field.before)} → {code(field.after)}"
    if len(fields) > MOST_FIELDS:
        yield f"and {count(len(fields) - MOST_FIELDS, 'more field')}"


def _checks(checks: Sequence[CheckShape]) -> Iterator[Part]:
    titles = ("Safeguard", "Is", "Limit")
    to_admit = "To admit exactly this, give plan or apply"
    failed = [check for check in checks if check.status is CheckStatus.FAILED]
    admitted = [check for check in checks if check.status is CheckStatus.ACKNOWLEDGED]
    yield Part(
        "Refused by safeguards", (*titles, to_admit), len(failed), lambda: map(_check, failed)
    )
    yield Part("Breaches acknowledged", titles, len(admitted), lambda: map(_check, admitted))
    warned = [check for check in checks if check.status is CheckStatus.WARNING]
    yield Part("Policies not kept", titles, len(warned), lambda: map(_check, warned))


def _check(check: CheckShape) -> str:
    rule = code(check.rule) + (f"<br>{code(check.detail)}" if check.detail else "")
    of = f" of {check.of:,}" if check.of is not None else ""
    cells = [rule, f"{check.value:,}{of}", code(check.limit)]
    if check.status is CheckStatus.FAILED:
        option = admitted_by(check)
        cells.append(code(option, LONGEST_OPTION) if option else "nothing admits it")
    return row(*cells)


def counted(
    actions: Sequence[ActionShape | DifferenceShape], persons: Mapping[str, KnownShape]
) -> Iterator[Part]:
    """Yield who gains and who loses, by group and product and by department, the greatest losses first."""
    permissions = by_permission(actions)
    yield Part(
        "By group and product",
        ("Group or product", "Gains", "Loses"),
        len(permissions),
        lambda: (
            row(
                f"{one.type} {code(name(one.name))}",
                signed("+", one.gains),
                signed(LESS, one.losses),
            )
            for one in permissions
        ),
    )
    departments = by_department(actions, persons) if persons else ()
    yield Part(
        "By department",
        ("Department", "Persons", "Given", "Changed", "Taken"),
        len(departments),
        lambda: (
            row(
                NO_DEPARTMENT if one.name is None else code(name(one.name)),
                f"{one.persons:,}",
                signed("+", one.gives),
                signed("", one.changes),
                signed(LESS, one.takes),
            )
            for one in departments
        ),
    )


def errors_part(errors: Sequence[ErrorShape], intro: str) -> Part:
    """Return the persons left out, and why."""

    def rows() -> Iterator[str]:
        for error in errors:
            said = f"{error.summary}. {error.detail}" if error.detail else error.summary
            source = f" in {code(error.source)}" if error.source else ""
            yield row(code(name(error.person)), code(said, LONGEST_OPTION) + source)

    return Part(Section.ERRORS, ("Who", "Why"), len(errors), rows, intro=intro)


def warnings_part(warnings: Sequence[str]) -> Part:
    """Return warnings, a row each."""
    return Part(
        Section.WARNINGS,
        ("Warning",),
        len(warnings),
        lambda: (row(code(warning, LONGEST_OPTION)) for warning in warnings),
    )
