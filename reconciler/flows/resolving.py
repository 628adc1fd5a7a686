"""Resolve: walk through open issues, and write what was decided as `resolutions:` for a pull request."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches, unified_diff
from pathlib import Path

from reconciler.desired.editing import Editor, Value, read_text, save_all
from reconciler.desired.files import SUFFIXES, is_inside, named
from reconciler.desired.resolutions import PERIODS
from reconciler.errors import BadInput
from reconciler.flows.findings import offered
from reconciler.flows.planning import PlanOptions, plan_on, read_ground
from reconciler.flows.project import Project, find_problems, notes_of, today
from reconciler.flows.world import World
from reconciler.model.address import AccountName, fold
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.problem import Severity
from reconciler.model.resolution import EXCLUDE, Resolution
from reconciler.model.state import Actual

NAMED_BY_PERSON = (IssueType.ACCOUNT_MISSING, IssueType.PERSON_MULTIPLE_ACCOUNTS)


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """An issue that waits for somebody, what may be decided, and how an entry names it.

    `instead` are the entries about this issue that the files hold and that are used up or over.
    """

    issue: Issue
    offered: tuple[str, ...]
    naming: Mapping[str, Value]
    instead: tuple[Resolution, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """All open issues of a project, as of a day; `open_issues` are in the plan's order."""

    project: Project
    as_of: date
    open_issues: tuple[OpenIssue, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided about an issue. An exclusion has a reason and either a period or an end."""

    about: OpenIssue
    resolution: str
    reason: str | None = None
    period: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which issues are asked about; `types` and `persons` empty are all of them.

    With `everything` also those that the next plan settles by itself.
    """

    types: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    everything: bool = False

    def admits(self, issue: Issue) -> bool:
        """Tell whether an issue is asked about."""
        about = {issue.person, *issue.persons}
        wanted = (
            (IssueStatus.OPEN, IssueStatus.RESOLVED) if self.everything else (IssueStatus.OPEN,)
        )
        return (
            issue.status in wanted
            and (not self.types or issue.type.value in self.types)
            and (not self.persons or not about.isdisjoint(self.persons))
        )


async def find_open(world: World, snapshot: Path | None, asked: Filter) -> Waiting:
    """Return the issues that are asked about. Reads the tenant, or a snapshot; writes nothing.

    Raises BadInput where the project has errors, or there is no such type or person.
    """
    options = PlanOptions(snapshot=snapshot, persons=asked.persons)
    for name in asked.types:
        _check_type(name)
    ground = await read_ground(world, options)
    as_of = today(world, ground.project.settings)
    issues = plan_on(ground, options, as_of).issues
    opened = (_opened(each, ground.project, ground.actual) for each in issues if asked.admits(each))
    return Waiting(ground.project, as_of, tuple(opened))


def _check_type(name: str) -> None:
    known = [each.value for each in IssueType]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise BadInput(
            "No such type of issue",
            f"--type {name}: the types are {', '.join(known)}.",
            f"Did you mean {near[0]}?" if near else "",
        )


def _opened(issue: Issue, project: Project, actual: Actual) -> OpenIssue:
    about = tuple(each for each in project.declared.resolutions if _is_about(each, issue))
    return OpenIssue(issue, offered(issue, actual), _naming(issue, actual), about)


def _is_about(entry: Resolution, issue: Issue) -> bool:
    if entry.issue is not issue.type:
        return False
    if entry.person is not None and entry.person != issue.person:
        return False
    if entry.account is not None and not _names(entry.account, issue.account):
        return False
    wanted = entry.permission.key if entry.permission is not None else None
    return wanted is None or (issue.permission is not None and issue.permission.key == wanted)


def _names(written: str, account: AccountName | None) -> bool:
    return account is not None and fold(written) in (fold(account.user_name), account.ref)


def _naming(issue: Issue, actual: Actual) -> Mapping[str, Value]:
    """Return the keys by which an entry says which issue it is about."""
    if issue.type in NAMED_BY_PERSON:
        return {"person": issue.person}
    named: dict[str, Value] = {"account": _account(issue.account, actual)}
    if issue.permission is not None:
        named["permission"] = {issue.permission.kind.value: issue.permission.name}
    return named


def _account(account: AccountName | None, actual: Actual) -> str | None:
    """Return an account's user name, or its userGUID where another account has the same name."""
    if account is None or account.ref is None:
        return None if account is None else account.user_name
    names = Counter(fold(found.user_name) for found in actual.accounts.values())
    return account.user_name if names[fold(account.user_name)] == 1 else account.ref


# ---------------------------------------------------------------- what is written


@dataclass(frozen=True, slots=True)
class Draft:
    """What the files become: `path` gets the resolutions, `diff` is all of it as a unified diff."""

    path: Path
    before: Mapping[Path, str]
    after: Mapping[Path, str]
    diff: str


def draft_of(
    world: World, waiting: Waiting, decided: Sequence[Decided], into: Path | None
) -> Draft:
    """Return what the files become; entries that are replaced go, wherever they stand. Writes nothing.

    `into` None is `resolutions.yaml` in the desired folder. Raises BadInput for what is not offered, for
    an exclusion without a reason or an end, and for a file that is not read as desired state.
    """
    for each in decided:
        _check(each, waiting.as_of)
    folder = world.root / waiting.project.settings.desired
    path = into or folder / "resolutions.yaml"
    _check_place(path, folder)
    before = {path: read_text(path)}
    editors = {path: Editor(before[path], named(path, world.root))}
    for entry in _replaced(decided):
        file = world.root / entry.at.file
        here = next((known for known in before if _is_same(known, file)), file)
        if here not in before:
            before[here] = read_text(here)
            editors[here] = Editor(before[here], entry.at.file)
        editors[here].entry_at("resolutions", entry.at).remove()
    for each in decided:
        editors[path].add("resolutions", entry_of(each, waiting.as_of))
    after = {file: editor.text for file, editor in editors.items()}
    return Draft(path, before, after, "".join(_diff(world.root, before, after)))


def write(world: World, draft: Draft) -> None:
    """Write a draft. Raises BadInput with every file as it was: also where they would then have an error."""
    made = [path for path in draft.after if not path.exists()]
    save_all(draft.after, notes_of(world), draft.before)
    problems = tuple(p for p in find_problems(world) if p.severity is Severity.ERROR)
    if problems:
        save_all({path: text for path, text in draft.before.items() if path not in made})
        for path in made:
            path.unlink()
        raise BadInput("What was decided cannot be written", problems=problems)


def _check(decided: Decided, as_of: date) -> None:
    fitting, said = decided.about.offered, decided.about.issue.detail
    if decided.resolution not in fitting:
        near = get_close_matches(decided.resolution, fitting, n=1)
        raise BadInput(
            "This does not resolve the issue",
            f"{said}: {decided.resolution} is not among {', '.join(fitting)}.",
            f"Did you mean {near[0]}?" if near else "",
        )
    ends = decided.period is not None, decided.until is not None
    if decided.resolution != EXCLUDE:
        if any(ends):
            raise BadInput(
                "Only an exclusion has an end",
                f"{decided.resolution} settles the issue, or not now.",
            )
        return
    if not (decided.reason or "").strip():
        raise BadInput("An exclusion needs a reason", f"It hides that {said}.")
    if ends.count(True) != 1:
        raise BadInput(
            "An exclusion needs one end",
            "It has two." if all(ends) else "It has none.",
            f"Give a period ({', '.join(PERIODS)}), or the day on which the issue is back.",
        )
    if decided.period is not None and decided.period not in PERIODS:
        raise BadInput("No such period", f"{decided.period}: the periods are {', '.join(PERIODS)}.")
    if decided.until is not None and decided.until <= as_of:
        raise BadInput("The exclusion is over", f"{decided.until} is not after today ({as_of}).")


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _replaced(decided: Sequence[Decided]) -> list[Resolution]:
    by_place = {entry.at: entry for each in decided for entry in each.about.instead}
    return [by_place[at] for at in sorted(by_place)]


def _check_place(path: Path, folder: Path) -> None:
    if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
        raise BadInput(
            "Not a desired file",
            f"--into {path}: desired files end in .yaml or .yml, and no hidden one is read.",
        )
    if not is_inside(path, folder):
        raise BadInput(
            "Not a desired file",
            f"--into {path}: it is not below {folder}, so what it says would not be in force.",
        )


def _diff(root: Path, before: Mapping[Path, str], after: Mapping[Path, str]) -> Iterator[str]:
    for path, text in sorted(after.items()):
        name = named(path, root)
        was, is_now = before[path].splitlines(keepends=True), text.splitlines(keepends=True)
        yield from unified_diff(was, is_now, f"a/{name}", f"b/{name}")


def entry_of(decided: Decided, as_of: date) -> Mapping[str, Value]:
    """Return the entry below `resolutions` that says what was decided."""
    issue = decided.about.issue
    entry: dict[str, Value] = {
        "issue": issue.type.value,
        **decided.about.naming,
        "resolution": decided.resolution,
    }
    if decided.resolution == EXCLUDE:
        if decided.period is not None:
            entry["period"] = decided.period
        entry["from"] = as_of
        if decided.period is None:
            entry["until"] = decided.until
    if decided.reason:
        entry["reason"] = decided.reason
    return entry


def chosen(waiting: Waiting, ids: Sequence[str]) -> Iterator[OpenIssue]:
    """Return the open issues of these ids, of which the first characters are enough. Raises BadInput."""
    for given in dict.fromkeys(ids):
        fitting = [each for each in waiting.open_issues if each.issue.id.startswith(given)]
        if len(fitting) != 1:
            what = "No open issue" if not fitting else f"{len(fitting)} open issues"
            raise BadInput(
                f"{what} of this id" if not fitting else "The id is not enough",
                f"--issue {given}: {what.lower()} of this tenant {'has' if not fitting else 'have'} it.",
                "The ids are in: reconciler audit --format json",
            )
        yield fitting[0]
