"""The one door to applying: a plan whose every safeguard passes or was acknowledged."""

from dataclasses import dataclass

from reconciler.errors import SafeguardRefused
from reconciler.governance.judging import admitted_by
from reconciler.model.plan import Check, CheckStatus, Plan

_DOOR = object()


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """What apply accepts. Only `approve` makes one."""

    plan: Plan
    made_by: object

    def __post_init__(self) -> None:
        if self.made_by is not _DOOR:
            raise TypeError("only governance.approve makes an ApprovedPlan")


def approve(plan: Plan) -> ApprovedPlan:
    """Return the plan as approved. Raises SafeguardRefused, which names every failed check."""
    failed = [check for check in plan.checks if check.status is CheckStatus.FAILED]
    if failed:
        raise SafeguardRefused(
            "Safeguards refuse this plan",
            "\n".join(_described(check) for check in failed),
            "Nothing was changed in the tenant.",
        )
    return ApprovedPlan(plan, _DOOR)


def _described(check: Check) -> str:
    """Return rule, value and limit in a line, and the option that would admit it on the next."""
    of = f" of {check.of}" if check.of is not None else ""
    line = f"{check.rule}: {check.value}{of}, limit {check.limit}. {check.detail}".rstrip()
    return f"{line}\n  admitted by: {admitted_by(check)}"
