"""The kinds of our JSON documents, and how each is known by its members."""

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a document is."""

    PLAN = "plan"
    DIFF = "diff"
    AUDIT = "audit"
    APPLY = "apply"
    REHEARSAL = "rehearsal"
    HISTORY = "history"
    EXPIRING = "expiring"
    FORECAST = "forecast"
    EXPLANATION = "explanation"
    SNAPSHOT = "snapshot"
    PROBLEMS = "problems"
    IMPORT = "import"
    COMMENT = "comment"


CALLED: Final[Mapping[Kind, str]] = {
    Kind.PLAN: "a plan",
    Kind.DIFF: "a diff",
    Kind.AUDIT: "an audit",
    Kind.APPLY: "the outcome of an apply",
    Kind.REHEARSAL: "a rehearsal",
    Kind.HISTORY: "a history",
    Kind.EXPIRING: "what is about to end",
    Kind.FORECAST: "what will change by day",
    Kind.EXPLANATION: "an explanation",
    Kind.SNAPSHOT: "a snapshot",
    Kind.PROBLEMS: "what validate found",
    Kind.IMPORT: "the outcome of an import",
    Kind.COMMENT: "the outcome of a comment",
}
"""How each is called in a sentence."""

_MEMBERS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.PLAN: frozenset({"actions", "digest", "seal"}),
    Kind.DIFF: frozenset({"base", "head", "changes"}),
    Kind.REHEARSAL: frozenset({"actions", "after", "again", "unknown"}),
    Kind.APPLY: frozenset({"run", "actions", "plan_digest"}),
    Kind.HISTORY: frozenset({"runs"}),
    Kind.EXPIRING: frozenset({"as_of", "until", "expiring"}),
    Kind.FORECAST: frozenset({"as_of", "until", "days"}),
    Kind.EXPLANATION: frozenset({"as_of", "person", "permissions", "plan"}),
    Kind.SNAPSHOT: frozenset({"accounts", "groups", "products", "assignments"}),
    Kind.PROBLEMS: frozenset({"problems", "summary"}),
    Kind.IMPORT: frozenset({"dry_run", "files", "left", "plan"}),
    Kind.COMMENT: frozenset({"pull_request", "comment", "labels", "body"}),
    Kind.AUDIT: frozenset({"as_of", "issues", "summary"}),
}
"""The members by which each kind is known; the first that fits counts."""


def kind_of(document: Container[str]) -> Kind | None:
    """Return what a document with these members is; None where it is none of ours."""
    for kind, members in _MEMBERS.items():
        if all(member in document for member in members):
            return kind
    return None
