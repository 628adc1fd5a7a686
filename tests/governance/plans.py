"""Plans to judge: so many actions of a kind, out of so many."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.plan import (
    Check,
    CheckStatus,
    Drawn,
    Exposure,
    Loss,
    Mode,
    Plan,
    Step,
    StepId,
    Touched,
)
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.settings import DEFAULT_LIMITS, Limit, Safeguards
from reconciler.model.state import Protection

CAUSE = Cause(CauseKind.DESIRED, "the files say so")
SALES = Permission(PermissionKind.GROUP, "Sales", PermissionRef("g-sales"))
CRM = Permission(PermissionKind.PRODUCT, "CRM", PermissionRef("p-crm"))


def change_of(kind: str, number: int, permission: Permission | None = None) -> Change:
    name = f"user{number}@example.org"
    subject = Subject(PersonId(str(number)), AccountName(AccountRef(f"a-{number}"), name))
    match kind:
        case "delete_account":
            return DeleteAccount(subject, ())
        case "disable_account":
            return DisableAccount(subject, ())
        case "revoke_group":
            return RevokeGroup(subject, permission or SALES)
        case "revoke_product":
            return RevokeProduct(subject, permission or CRM)
        case "correlate_account":
            return CorrelateAccount(subject)
        case _:
            return CreateAccount(subject, ())


def steps_of(changes: Iterable[Change]) -> tuple[Step, ...]:
    return tuple(Step(StepId(str(n)), change, CAUSE) for n, change in enumerate(changes))


def plan_of(changes: Iterable[Change], checks: tuple[Check, ...] = ()) -> Plan:
    return Plan(
        date(2026, 11, 23),
        Mode.SYNC,
        "sandbox:t",
        "sha256:s",
        "sha256:d",
        steps_of(changes),
        checks=checks,
    )


def drawn_of(
    kind: str,
    count: int,
    *,
    accounts: int = 0,
    group_grants: int = 0,
    product_grants: int = 0,
    losses: Sequence[Loss] = (),
    touched: Sequence[Touched] = (),
) -> Drawn:
    """Return a plan of so many actions of one kind, and what they are judged on."""
    changes = [change_of(kind, number) for number in range(count)]
    exposure = Exposure(accounts, group_grants, product_grants, tuple(losses), tuple(touched))
    return Drawn(plan_of(changes), exposure)


def touching(kind: str, name: str, *, lifted: bool = False, ref: str = "r") -> Touched:
    return Touched(Protection(kind, ref, name), (StepId("0"),), lifted)


def guards(
    limits: Mapping[str, Limit] | None = None,
    percent_from: int = 10,
    *,
    allow_empty: bool = False,
) -> Safeguards:
    """Return the default safeguards with other limits."""
    return Safeguards({**DEFAULT_LIMITS, **(limits or {})}, percent_from, allow_empty=allow_empty)


def population(kind: str, of: int) -> Exposure:
    """Return an exposure in which a percentage of a kind is taken of so many."""
    match kind:
        case "revoke_group":
            return Exposure(group_grants=of)
        case "revoke_product":
            return Exposure(product_grants=of)
        case _:
            return Exposure(accounts=of)


def check_of(plan: Plan, rule: str) -> Check:
    return next(check for check in plan.checks if check.rule == rule)


def failed(plan: Plan) -> list[str]:
    return [check.rule for check in plan.checks if check.status is CheckStatus.FAILED]
