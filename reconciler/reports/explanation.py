"""An explanation as its JSON document: what the files say, and what the next plan does about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec import UNSET, UnsetType

from reconciler.entitlements.explanation import (
    Answer,
    Because,
    Holder,
    Obstacle,
    OutOfPeriod,
    PermissionExplained,
    PersonExplained,
    Unmet,
)
from reconciler.entitlements.tested import Tested
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.plan import CheckStatus
from reconciler.model.value import JSON
from reconciler.reports.document import as_document
from reconciler.reports.explanation_shape import (
    AnswerShape,
    BecauseShape,
    ExplanationShape,
    HolderShape,
    NextPlanShape,
    ObstacleShape,
    OutOfPeriodShape,
    PermissionShownShape,
    PersonShape,
    TestedShape,
    UnmetShape,
)
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    FORMAT_VERSION,
    ActionShape,
    ErrorShape,
    PermissionShape,
    PlanShape,
)

OF_THE_ACCOUNT = frozenset({"create_account", "restore_account", "delete_account"})
"""Actions on an account that decide on every permission of it."""


@dataclass(frozen=True, slots=True)
class About:
    """What an explanation is about: a person, or None; permissions, or None for all that there are."""

    person: PersonId | None
    keys: Collection[PermissionKey] | None


def explanation_document(
    as_of: date,
    about: About,
    person: PersonExplained | None,
    permissions: Sequence[PermissionExplained],
    plan: Mapping[str, JSON] | None,
    no_plan: str | None,
) -> dict[str, JSON]:
    """Return the explanation as JSON; `plan` is the next plan's document, `no_plan` why there is none."""
    return as_document(
        ExplanationShape(
            format_version=FORMAT_VERSION,
            as_of=as_of,
            person=None if person is None else _person(person),
            permissions=[_permission(each) for each in permissions],
            plan=None if plan is None else _next_plan(shown(plan, PlanShape), about),
            no_plan=no_plan,
        )
    )


def _person(explained: PersonExplained) -> PersonShape:
    return PersonShape(
        person=explained.person,
        display_name=explained.display_name,
        is_in_files=explained.is_in_files,
        account=_answer(explained.account),
        permissions=[_answer(each) for each in explained.permissions],
        errors=[
            ErrorShape(
                person=error.person,
                summary=error.summary,
                detail=error.detail,
                source=error.source,
            )
            for error in explained.errors
        ],
    )


def _permission(explained: PermissionExplained) -> PermissionShownShape:
    return PermissionShownShape(
        type=explained.key.kind.value,
        name=explained.name,
        at=explained.at.short if explained.at else None,
        is_managed=explained.is_managed,
        holders=[_holder(each) for each in explained.holders],
        near=[_holder(each) for each in explained.near],
    )


def _holder(holder: Holder) -> HolderShape:
    return HolderShape(
        person=holder.person, display_name=holder.display_name, answer=_answer(holder.answer)
    )


def _answer(answer: Answer) -> AnswerShape:
    return AnswerShape(
        type="account" if answer.key is None else answer.key.kind.value,
        name=answer.name,
        has=answer.has,
        state=answer.state,
        lacks_account=answer.lacks_account,
        because=[_because(each) for each in answer.because],
        denied_by=None if answer.denied_by is None else _because(answer.denied_by),
        out_of_period=[_out_of_period(each) for each in answer.out_of_period],
        unmet=[_unmet(each) for each in answer.unmet],
    )


def _because(because: Because) -> BecauseShape:
    return BecauseShape(
        by=because.by,
        at=because.at.short,
        rule=because.rule,
        gives=because.gives,
        contract=because.contract,
        start=because.start,
        until=because.until,
        reason=because.reason,
        ticket=because.ticket,
        overridden=because.overridden,
        tests=[_tested(each) for each in because.tests],
    )


def _out_of_period(out: OutOfPeriod) -> OutOfPeriodShape:
    return OutOfPeriodShape(
        by=out.by,
        at=out.at.short,
        gives=out.gives,
        start=out.start,
        until=out.until,
        timing=out.timing,
    )


def _unmet(unmet: Unmet) -> UnmetShape:
    return UnmetShape(
        rule=unmet.rule,
        at=unmet.at.short,
        gives=unmet.gives,
        obstacles=[_obstacle(each) for each in unmet.obstacles],
    )


def _obstacle(obstacle: Obstacle) -> ObstacleShape:
    return ObstacleShape(
        contract=obstacle.contract,
        start=obstacle.start,
        until=obstacle.until,
        timing=obstacle.timing,
        failed=[_tested(each) for each in obstacle.failed],
        makes=obstacle.makes,
        is_nameless=obstacle.is_nameless,
    )


def _tested(tested: Tested) -> TestedShape:
    test = tested.test
    return TestedShape(
        path=str(test.path),
        operator=test.operator,
        wanted=[given.written for given in test.given],
        found=tested.found,
        holds=tested.holds,
        at=test.at.short,
        choice=tested.choice.short if tested.choice else None,
    )


# ---------------------------------------------------------------- the next plan


def _next_plan(plan: PlanShape, about: About) -> NextPlanShape:
    """Return what of a plan is about this person and these permissions."""

    def is_meant(person: str | None, permission: PermissionShape | UnsetType | None) -> bool:
        if about.person is not None and person != about.person:
            return False
        if about.keys is None:
            return True
        return isinstance(permission, PermissionShape) and _key(permission) in about.keys

    def acts(action: ActionShape) -> bool:
        if action.kind == "create_group":
            return about.keys is not None and is_meant(about.person, action.permission)
        is_all = about.person is not None and action.person == about.person
        return (is_all and action.kind in OF_THE_ACCOUNT) or is_meant(
            action.person, action.permission
        )

    return NextPlanShape(
        actions=[action for action in plan.actions if acts(action)],
        held=[action for action in plan.held if acts(action)],
        adopts=[
            adopted
            for adopted in plan.adopts
            if is_meant(adopted[0], PermissionShape(type=adopted[1], name=adopted[2], id=None))
        ],
        errors=[error for error in plan.errors if error.person == about.person],
        issues=[
            issue for issue in plan.issues if is_meant(issue.person, issue.permission or UNSET)
        ],
        refused_by=[check.rule for check in plan.checks if check.status is CheckStatus.FAILED],
    )


def permissions_in(plan: Mapping[str, JSON]) -> dict[PermissionKey, str]:
    """Return the permissions that a plan's document speaks of, by their names there."""
    shape = shown(plan, PlanShape)
    found: dict[PermissionKey, str] = {}
    for each in (*shape.actions, *shape.held):
        if each.permission is not UNSET:
            found.setdefault(_key(each.permission), each.permission.name)
    for issue in shape.issues:
        if issue.permission is not None:
            found.setdefault(_key(issue.permission), issue.permission.name)
    return found


def persons_in(plan: Mapping[str, JSON]) -> set[str]:
    """Return the persons whom a plan's document is about."""
    shape = shown(plan, PlanShape)
    return {each.person for each in (*shape.actions, *shape.held) if each.person is not None}


def _key(permission: PermissionShape) -> PermissionKey:
    return PermissionKey.of(PermissionKind(permission.type), permission.name)
