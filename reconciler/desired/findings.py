"""Collecting problems: every one of every file in one run, each with its place and its fix."""

from collections.abc import Iterable
from difflib import get_close_matches

from reconciler.model.address import fold
from reconciler.model.problem import Problem, Severity, in_order
from reconciler.model.provenance import Location

SUMMARIES = {
    "alias-limit": "Aliases expand too far",
    "ambiguous-in-tenant": "Name of several groups or products",
    "ambiguous-text": "Text needs quotes",
    "bad-date": "Not a date",
    "bad-key": "Key is not a text",
    "bad-path": "Path cannot be used",
    "bad-text": "Text cannot be used",
    "bad-value": "Value is not allowed",
    "contract-dates": "Contract ends before it starts",
    "contradiction": "Entries contradict each other",
    "credential-in-file": "Credential in a file",
    "duplicate-key": "Duplicate key",
    "duplicate-member": "Person is listed twice",
    "duplicate-permission": "Group or product is declared twice",
    "duplicate-person": "Person is declared twice",
    "duplicate-policy": "Policy is declared twice",
    "duplicate-resolution": "Resolution is declared twice",
    "duplicate-rule": "Rule is declared twice",
    "empty-condition": "Condition asks for nothing",
    "empty-period": "Period has no days",
    "example-fails": "Rules do not give what an example says",
    "excluded-persons": "Persons are excluded in HelloID",
    "export-twice": "Export is named twice",
    "impossible-condition": "Conditions cannot hold together",
    "invalid-json": "Invalid JSON",
    "invalid-yaml": "Invalid YAML",
    "many-documents": "More than one document",
    "member-without-account": "Member has no account",
    "merge-key": "Merge keys are not supported",
    "missing-credential": "Credential is missing",
    "missing-key": "Required key is missing",
    "no-desired-state": "No desired state found",
    "not-offered": "Issue is not resolved in this way",
    "not-utf8": "File is not UTF-8",
    "one-demand": "A policy asks for one thing",
    "password-in-file": "Password in a file",
    "redundant-rule": "Rule adds nothing to another",
    "rule-for-nobody": "Nobody meets the rule",
    "similar-person": "Persons differ only in case",
    "superfluous-key": "Key does not belong here",
    "tag": "Tags are not allowed",
    "too-deep": "Nested too deeply",
    "too-large": "File is too large",
    "unknown-in-tenant": "Group or product that the tenant has not",
    "unknown-key": "Unknown key",
    "unknown-manager": "Manager is not a known person",
    "unknown-path": "Path to a field that nobody has",
    "unknown-permission": "Unknown group or product",
    "unknown-person": "Unknown person",
    "unknown-person-key": "Not a field of HelloID's person model",
    "unmanaged-members": "Nothing to be authoritative about",
    "unread-members": "Members that the files do not know",
    "unreadable-file": "File cannot be read",
    "unset-variable": "Environment variable is not set",
    "useless-window": "Window has no effect",
    "useless-field": "Field is not written",
    "useless-setting": "Setting has no effect",
    "wrong-type": "Wrong type of value",
}


class Findings:
    """The problems found so far."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def error(
        self,
        code: str,
        detail: str,
        at: Location | None,
        fix: str = "",
        also: Location | None = None,
    ) -> None:
        """Add an error, which stops whatever needs the files."""
        self._problems.append(Problem(code, SUMMARIES[code], detail, fix, at, also))

    def warn(
        self,
        code: str,
        detail: str,
        at: Location | None,
        fix: str = "",
        also: Location | None = None,
    ) -> None:
        """Add a warning, which is only shown."""
        self._problems.append(
            Problem(code, SUMMARIES[code], detail, fix, at, also, Severity.WARNING)
        )

    def add(self, problem: Problem) -> None:
        """Add a problem that somebody else found."""
        self._problems.append(problem)

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def errors(self) -> int:
        """The number of errors."""
        return sum(problem.severity is Severity.ERROR for problem in self._problems)

    @property
    def failed(self) -> bool:
        """Tell whether there is an error."""
        return self.errors > 0

    def in_order(self) -> tuple[Problem, ...]:
        """Return all of them by place, each once."""
        return in_order(self._problems)


class Unreadable(Exception):
    """A file cannot be read any further; the problem says why. Never leaves this package."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.summary)
        self.problem = problem


def unreadable(code: str, detail: str, at: Location | None, fix: str = "") -> Unreadable:
    """Return the reason to stop reading a file."""
    return Unreadable(Problem(code, SUMMARIES[code], detail, fix, at))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like another, first without regard to case; None if none is close."""
    by_fold = {fold(name): name for name in known}
    folded = fold(word)
    if folded in by_fold:
        return by_fold[folded]
    close = get_close_matches(folded, by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def listed(words: Iterable[str], joint: str = "or") -> str:
    """Return words as people list them: `a, b or c`, each in backquotes."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"


def shown(text: str) -> str:
    """Return a text fit for a message: on one line, in backquotes, not too long."""
    line = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return f"`{line if len(line) <= 60 else line[:57] + '...'}`"
