"""Bringing the desired state to what a tenant holds: plan, turn every action around, and plan again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.desired.importing.accounts import (
    drop_idle_members,
    settle_absences,
    settle_account,
    settle_conflicts,
    settle_errors,
)
from reconciler.desired.importing.adopting import adopt_accounts, make_in_full
from reconciler.desired.importing.permissions import (
    name_all_permissions,
    settle_grant,
    settle_names,
    settle_revoke,
    take_in,
    take_in_holdings,
)
from reconciler.desired.importing.round import Round
from reconciler.desired.importing.situation import AsFound, Situation
from reconciler.desired.importing.sketch import Left, Sketch
from reconciler.desired.importing.ways import whole
from reconciler.entitlements import entitle
from reconciler.model.address import AccountRef, PersonId
from reconciler.model.change import (
    CorrelateAccount,
    CreateGroup,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
)
from reconciler.model.declared import Declared
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.plan import Drawn, Plan
from reconciler.model.provenance import CauseKind
from reconciler.model.state import Actual, Desired
from reconciler.planner.binding import bind
from reconciler.planner.context import Inputs
from reconciler.planner.draft import Sheet
from reconciler.planner.drawing import draw
from reconciler.planner.grants import NO_ONE
from reconciler.planner.permissions import resolve_permissions

MOST_ROUNDS = 12
"""Three are usual: persons for accounts, the fields that the mapping does not give them, and the proof."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a state asks for, and a plan of it in which nothing is asked of anybody: whoever decides, it stays."""

    desired: Desired
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class Settled:
    """The desired state that asks for what the tenant holds, and what it could not be made to say.

    `made` are the persons made up for accounts. Where it is not `is_proven`, whoever plans with the files next has
    to find nothing to do, nothing to ask and no error; else it has to be settled again, with proof. `rest` is
    what was drawn of this very state, where that is nothing: nothing needs to be drawn again.
    """

    declared: Declared
    left: tuple[Left, ...]
    made: Mapping[PersonId, AccountRef]
    is_proven: bool
    rest: Rest | None


def is_at_rest(plan: Plan) -> bool:
    """Tell whether a plan does nothing, asks nothing and leaves nobody out; what it takes over is as it should be."""
    is_done = all(isinstance(step.change, CorrelateAccount) for step in plan.steps)
    return is_done and not (plan.held or plan.errors or plan.issues)


def settle(
    declared: Declared, situation: Situation, *, whole: bool, with_proof: bool = True
) -> Settled:
    """Return the declared state brought to what the tenant holds; `whole` names every group and product.

    Without `with_proof` the last plan is left to the caller where it can only say whether overrides work.
    """
    sketch = Sketch.of(declared)
    if whole:
        name_all_permissions(sketch, situation)
    is_all_held = whole and _is_given_by_lines_alone(declared, situation)
    is_proven = True
    rest: Rest | None = None
    for _ in range(MOST_ROUNDS):
        changes, overrides = sketch.changes, sketch.overrides
        sketch.left.clear()
        now = _round(sketch, situation, is_all_held=is_all_held)
        _turn_around(sketch, now, is_all_held=is_all_held)
        changed = sketch.changes - changes
        is_proven = not changed
        rest = _rest(now, situation)
        is_likely = changed == sketch.overrides - overrides and not (sketch.left or sketch.unfit)
        if is_proven or (is_likely and not with_proof):
            break
    changes = sketch.changes
    _tidy(sketch, situation)
    if not is_proven or sketch.changes > changes:
        rest = None
    accounts = situation.actual.accounts
    unfit = {Left("account", accounts[ref].user_name, why) for ref, why in sketch.unfit.items()}
    left = tuple(sorted(sketch.left | unfit))
    return Settled(sketch.result(), left, sketch.made, is_proven, rest)


def _round(sketch: Sketch, situation: Situation, *, is_all_held: bool) -> Round:
    desired = entitle(sketch.result(), situation.as_of)
    actual = situation.actual
    if is_all_held and not sketch.persons:  # a plan for nobody would only list all that is there
        actual = _without_accounts(actual)
    inputs = Inputs(
        desired,
        situation.recorded,
        actual,
        situation.mapper,
        situation.settings,
        AsFound(situation.resolver),
        None,
        situation.stored,
    )
    bindings = bind(desired, situation.recorded, situation.actual, situation.settings.correlation)
    resolved = {each.wanted.key: each for each in resolve_permissions(Sheet(), inputs)}
    return Round(
        situation=situation,
        desired=desired,
        actual=actual,
        drawn=draw(inputs),
        bindings=bindings,
        resolved=resolved,
        keys={each.found.ref: key for key, each in resolved.items() if each.found is not None},
        entries=sketch.entries_on(situation.as_of),
    )


def _rest(now: Round, situation: Situation) -> Rest | None:
    """Return what was drawn where it does nothing, asks nothing and says nothing, of all that the tenant holds."""
    plan, is_whole = now.plan, now.actual is situation.actual
    says_nothing = set(plan.warnings) <= set(now.actual.warnings)
    is_calm = is_whole and says_nothing and is_at_rest(plan)
    return Rest(now.desired, now.drawn) if is_calm else None


def _is_given_by_lines_alone(declared: Declared, situation: Situation) -> bool:
    """Tell whether what an account holds has to be a line: no rule gives it, nobody decided or recorded otherwise."""
    recorded = situation.recorded
    return not (declared.rules or declared.resolutions or recorded.accounts or recorded.grants)


def _without_accounts(actual: Actual) -> Actual:
    return replace(actual, accounts={}, holders=dict.fromkeys(actual.holders, NO_ONE))


def _turn_around(sketch: Sketch, now: Round, *, is_all_held: bool) -> None:
    before = sketch.changes
    settle_names(sketch, now)
    if sketch.changes > before:
        return  # persons left out for a name come back, and only then show what differs
    drop_idle_members(sketch, now)
    settle_absences(sketch, now)
    again = settle_errors(sketch, now)
    settle_conflicts(sketch, now)
    make_in_full(sketch, now, again)
    adopted = adopt_accounts(sketch, now)
    if is_all_held:
        take_in_holdings(sketch, now, adopted)
    for step in now.plan.steps:
        change = step.change
        if step.cause.kind is CauseKind.RESOLUTION:
            sketch.left.add(now.decided(step))
        elif isinstance(change, GrantGroup | GrantProduct):
            settle_grant(sketch, now, step, change)
        elif isinstance(change, RevokeGroup | RevokeProduct):
            settle_revoke(sketch, now, change)
        elif not isinstance(change, CreateGroup | CorrelateAccount):
            settle_account(sketch, now, change)
    for issue in now.plan.issues:
        if issue.type is IssueType.PERMISSION_UNMANAGED and issue.status is IssueStatus.OPEN:
            take_in(sketch, now, issue)


def _tidy(sketch: Sketch, situation: Situation) -> None:
    """Take out what says too much: nobody as member where somebody unnamed is, a manager who is nobody.

    Where managers are sent, one who is nobody stays: the account's manager is then left as it is.
    """
    for person in () if situation.settings.target.set_manager else tuple(sketch.made):
        known = sketch.persons[person]
        if known.manager is not None and known.manager not in sketch.persons:
            fewer = {key: v for key, v in known.fields.items() if key != "PrimaryManager"}
            sketch.change_person(whole(fewer) or known)
    for key, lines in sketch.members.items():
        if lines is not None and not any(lines.values()) and sketch.permissions[key].at.file == "":
            found = [p for p in situation.actual.permissions.values() if p.key == key]
            if any(situation.actual.holders.get(p.ref) for p in found):
                sketch.leave_members(key)
