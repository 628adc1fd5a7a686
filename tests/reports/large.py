"""Plans of any size, as a large organisation might make them."""

from datetime import date

from reconciler.model.address import Permission
from reconciler.model.change import (
    Change,
    CreateAccount,
    DisableAccount,
    FieldChange,
    GrantGroup,
    RevokeGroup,
    Subject,
    UpdateAccount,
)
from reconciler.model.plan import Mode, Plan, Step, StepId
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.value import JSON
from reconciler.reports.document import plan_document
from tests.reports import sample

_NEW = tuple(
    FieldChange(f"userAttributes.field{number}", None, f"value {number}") for number in range(10)
)
_OFF = (FieldChange("isEnabled", True, False),)


def large_document(size: int) -> dict[str, JSON]:
    """Return a plan of so many actions: grants, revokes, changed and new accounts."""
    steps = tuple(_step(number) for number in range(size))
    plan = Plan(date(2026, 11, 23), Mode.SYNC, "https://tenant.example.org", "d", "e", steps=steps)
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)


def _step(number: int) -> Step:
    holder = sample.person(str(10_000 + number // 10), f"user{number // 10}", 1 + number // 10)
    rule = Cause(CauseKind.DESIRED, f"rule {number % 40}", f"desired/rules.yaml:{number % 400}")
    left = Cause(CauseKind.REMOVED, "left the members", f"desired/groups.yaml:{number % 900}")
    change = _change(number, holder, sample.group(f"Group {number % 500}", 1 + number % 500))
    return Step(StepId(str(number)), change, left if number % 5 == 0 else rule)


def _change(number: int, holder: Subject, group: Permission) -> Change:
    match number % 10:
        case 0:
            return DisableAccount(holder, _OFF)
        case 5:
            return RevokeGroup(holder, group)
        case 1:
            return CreateAccount(holder, _NEW)
        case 2:
            title = FieldChange("userAttributes.title", f"Clerk {number}", f"Lead {number}")
            return UpdateAccount(holder, (title,))
        case _:
            return GrantGroup(holder, group)
