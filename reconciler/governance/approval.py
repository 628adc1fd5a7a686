"""The one door to applying: a plan whose every safeguard passes or was acknowledged."""

from dataclasses import dataclass

from reconciler.errors import SafeguardRefused
from reconciler.governance.judging import admitted_by
from reconciler.governance.measures import is_judged
from reconciler.model.plan import Check, CheckStatus, Plan


class _Approval:
    """Goes with one plan; `approve` alone gives it."""

    __slots__ = ("plan",)

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """What apply accepts. Only `approve` makes one, for the very plan that it looked at."""

    plan: Plan
    approval: object

    def __post_init__(self) -> None:
        if not isinstance(self.approval, _Approval) or self.approval.plan is not self.plan:
            raise TypeError("only governance.approve makes an ApprovedPlan")


def approve(plan: Plan) -> ApprovedPlan:
    """Return the plan as approved. Raises SafeguardRefused, which names every failed check.

    A plan that was not judged, or whose checks count less than its actions, is refused like one whose
    checks fail.
    """
    if not is_judged(plan):
        raise SafeguardRefused(
            "This plan was not judged",
            "Its checks are missing, or count less than its actions.",
            "Nothing was changed in the tenant. Make a new plan: reconciler plan -o FILE",
        )
    failed = [check for check in plan.checks if check.status is CheckStatus.FAILED]
    if failed:
        raise SafeguardRefused(
            "Safeguards refuse this plan",
            "\n".join(_described(check) for check in failed),
            "Nothing was changed in the tenant.",
        )
    return ApprovedPlan(plan, _Approval(plan))


def _described(check: Check) -> str:
    """Return rule, value and limit in a line, and the option that would admit it on the next."""
    of = f" of {check.of}" if check.of is not None else ""
    line = f"{check.rule}: {check.value}{of}, limit {check.limit}. {check.detail}".rstrip()
    return f"{line}\n  admitted by: {admitted_by(check)}"
