"""The shapes of an explanation, member by member in the order in which they are written."""

from datetime import date
from typing import Any, Literal

from reconciler.entitlements.explanation import By, Timing
from reconciler.model.rules import Operator
from reconciler.reports.shape import (
    ActionShape,
    ErrorShape,
    IssueShape,
    PermissionType,
    Shape,
)


class TestedShape(Shape, frozen=True, kw_only=True):
    """One test of a condition; `found` is the value at the path. `at` and `choice` are file:line."""

    path: str
    operator: Operator
    wanted: list[str]
    found: Any
    holds: bool
    at: str
    choice: str | None


class BecauseShape(Shape, frozen=True, kw_only=True):
    """A reason that holds; `at` is file:line. `start` is the first day of its window or period, `until` the first after."""

    by: By
    at: str
    rule: str | None
    gives: str | None
    contract: str | None
    start: date | None
    until: date | None
    reason: str | None
    ticket: str | None
    overridden: bool
    tests: list[TestedShape]


class OutOfPeriodShape(Shape, frozen=True, kw_only=True):
    """An entry or line that does not exist on the day."""

    by: By
    at: str
    gives: str | None
    start: date | None
    until: date | None
    timing: Timing


class ObstacleShape(Shape, frozen=True, kw_only=True):
    """Why a rule gives nothing by one contract; null: by the person alone."""

    contract: str | None
    start: date | None
    until: date | None
    timing: Timing
    failed: list[TestedShape]
    makes: str | None
    is_nameless: bool


class UnmetShape(Shape, frozen=True, kw_only=True):
    """A rule that could give it and does not."""

    rule: str
    at: str
    gives: str | None
    obstacles: list[ObstacleShape]


class AnswerShape(Shape, frozen=True, kw_only=True):
    """Whether a person has something, and why."""

    type: PermissionType | Literal["account"]
    name: str
    has: bool
    state: str | None
    lacks_account: bool
    because: list[BecauseShape]
    denied_by: BecauseShape | None
    out_of_period: list[OutOfPeriodShape]
    unmet: list[UnmetShape]


class PersonShape(Shape, frozen=True, kw_only=True):
    """A person's account and permissions."""

    person: str
    display_name: str
    is_in_files: bool
    account: AnswerShape
    permissions: list[AnswerShape]
    errors: list[ErrorShape]


class HolderShape(Shape, frozen=True, kw_only=True):
    """What one person has to do with a permission."""

    person: str
    display_name: str
    answer: AnswerShape


class PermissionShownShape(Shape, frozen=True, kw_only=True):
    """Who holds a permission; `near` are those whom only time or the missing account keeps from it."""

    type: PermissionType
    name: str
    at: str | None
    is_managed: bool
    holders: list[HolderShape]
    near: list[HolderShape]


class NextPlanShape(Shape, frozen=True, kw_only=True):
    """What the next plan does about it; `adopts` is recorded only, `refused_by` names failed safeguards."""

    actions: list[ActionShape]
    held: list[ActionShape]
    adopts: list[tuple[str, PermissionType, str, str | None]]
    errors: list[ErrorShape]
    issues: list[IssueShape]
    refused_by: list[str]


class ExplanationShape(Shape, frozen=True, kw_only=True):
    """The whole explanation; `plan` is null offline, and `no_plan` says why there is none."""

    format_version: str
    as_of: date
    person: PersonShape | None
    permissions: list[PermissionShownShape]
    plan: NextPlanShape | None
    no_plan: str | None
