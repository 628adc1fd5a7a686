"""What an import wrote, what it could not say, and what is left to plan: as JSON and as text."""

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import unified_diff

from reconciler.model.issue import IssueStatus
from reconciler.model.plan import Plan
from reconciler.model.value import JSON
from reconciler.reports.document import as_document, counted
from reconciler.reports.inert import name, visible
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import FORMAT_VERSION, Count, Shape
from reconciler.reports.words import ACTS, VERBS, count

CHANGES = {
    "persons_added": ("person", "added"),
    "persons_changed": ("person", "changed"),
    "accounts_added": ("account", "added"),
    "accounts_changed": ("account", "changed"),
    "accounts_removed": ("account", "removed"),
    "groups_added": ("group", "added"),
    "groups_renamed": ("group", "renamed"),
    "groups_removed": ("group", "removed"),
    "products_added": ("product", "added"),
    "products_renamed": ("product", "renamed"),
    "products_removed": ("product", "removed"),
    "members_added": ("member", "added"),
    "members_removed": ("member", "removed"),
}
"""What is counted, in the order in which it is shown."""

SHOWN = 200
"""So many of what is left are listed in text; the rest are counted."""

_STYLES = {"+": Style.ADD, "-": Style.REMOVE, "@": Style.FAINT}


class FileShape(Shape, frozen=True, kw_only=True):
    """A desired file; `diff` only with --dry-run."""

    path: str
    status: str
    """`new` or `changed`."""
    diff: str | None


class LeftShape(Shape, frozen=True, kw_only=True):
    """What the files do not say, and why; `what` is account, person, group or product."""

    what: str
    name: str
    reason: str


class LeftToPlanShape(Shape, frozen=True, kw_only=True):
    """What the next plan has to do: actions by kind (those on the ledger alone left out), open issues by type."""

    is_empty: bool
    actions: dict[str, Count]
    issues: dict[str, Count]
    errors: Count
    warnings: list[str]


class ImportedShape(Shape, frozen=True, kw_only=True):
    """An import: the files that were written, or would be; what changed in them; and what is left."""

    format_version: str
    dry_run: bool
    files: list[FileShape]
    summary: dict[str, Count]
    left: list[LeftShape]
    plan: LeftToPlanShape


def imported_document(
    texts: Mapping[str, tuple[str, str]],
    left: Iterable[tuple[str, str, str]],
    plan: Plan,
    summary: Mapping[str, int],
    *,
    is_dry: bool,
) -> dict[str, JSON]:
    """Return the JSON of an import; `texts` are the files before and after."""
    kinds = [step.kind for step in plan.steps if step.kind != "correlate_account"]
    issues = Counter(i.type.value for i in plan.issues if i.status is IssueStatus.OPEN)
    return as_document(
        ImportedShape(
            format_version=FORMAT_VERSION,
            dry_run=is_dry,
            files=[
                FileShape(
                    path=path,
                    status="changed" if before else "new",
                    diff=_diff(path, before, after) if is_dry else None,
                )
                for path, (before, after) in texts.items()
            ],
            summary={key: summary[key] for key in CHANGES if summary.get(key)},
            left=[LeftShape(what=what, name=whose, reason=why) for what, whose, why in left],
            plan=LeftToPlanShape(
                is_empty=not kinds and not issues and not plan.errors,
                actions=counted(kinds),
                issues={kind: issues[kind] for kind in sorted(issues)},
                errors=len(plan.errors),
                warnings=list(plan.warnings),
            ),
        )
    )


def _diff(path: str, before: str, after: str) -> str:
    rows = unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"a/{path}" if before else "/dev/null",
        f"b/{path}",
    )
    return "".join(
        row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows
    )


# ---------------------------------------------------------------- text


def imported_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return an import as people read it: the files, what changed, what is left, and how the next plan looks."""
    done = shown(document, ImportedShape)
    page = Page(width, colour=colour)
    _write_files(page, done)
    if done.summary:
        said = [
            count(done.summary[key], CHANGES[key][0]) + f" {CHANGES[key][1]}"
            for key in CHANGES
            if key in done.summary
        ]
        page.blank()
        page.line(Span(", ".join(said) + "."))
    _write_left(page, done.left)
    page.blank()
    _write_plan(page, done)
    return page.text()


def _write_files(page: Page, done: ImportedShape) -> None:
    if not done.files:
        page.line(Span("The files say already what the tenant holds; none changes."))
        return
    verb = "Would write" if done.dry_run else "Wrote"
    page.line(Span(f"{verb} {count(len(done.files), 'file')}:", Style.STRONG))
    for file in done.files:
        page.line(Span(name(file.path)), Span(f"  {file.status}", Style.FAINT), indent=2)
    for file in done.files if done.dry_run else ():
        page.blank()
        for row in (file.diff or "").splitlines():
            is_head = row.startswith(("--- ", "+++ "))
            page.command(row, style=Style.STRONG if is_head else _STYLES.get(row[:1], Style.PLAIN))


def _write_left(page: Page, left: list[LeftShape]) -> None:
    if not left:
        return
    page.blank()
    page.line(Span(f"Not in the files ({len(left):,}):", Style.STRONG))
    for each in left[:SHOWN]:
        page.line(
            Span(f"{each.what} ", Style.FAINT),
            Span(name(each.name)),
            Span(f": {visible(each.reason)}"),
            indent=2,
        )
    if len(left) > SHOWN:
        page.line(Span(f"and {len(left) - SHOWN:,} more; --format json has them all"), indent=2)


def _write_plan(page: Page, done: ImportedShape) -> None:
    plan = done.plan
    if plan.is_empty:
        page.line(Span("The plan is empty: the files ask for what the tenant holds.", Style.ADD))
    else:
        verbs = Counter[str]()
        for kind, number in plan.actions.items():
            verbs[ACTS[kind].verb] += number
        parts = [f"{verbs[verb]:,} to {verb}" for verb in VERBS if verbs[verb]]
        parts += [count(sum(plan.issues.values()), "open issue")] if plan.issues else []
        parts += [f"{count(plan.errors, 'person')} left out"] if plan.errors else []
        page.line(Span(f"The plan is not empty: {', '.join(parts)}.", Style.CHANGE))
        page.command("reconciler plan", indent=2)
    for warning in plan.warnings:
        page.line(Span("Warning: ", Style.CHANGE), Span(warning))
