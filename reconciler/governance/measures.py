"""What safeguards measure: a number for each rule, taken from a fresh plan or from a saved one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.address import Permission, fold
from reconciler.model.change import RevokeGroup, RevokeProduct
from reconciler.model.plan import Drawn, Exposure, Plan, Touched

LIMIT = "limit."
MEMBERS_LOST = "limit.members_lost/"
EMPTY = "allow_empty/"
PROTECTED = "protected/"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number to judge: its rule, its value, and what a percentage of it is taken of."""

    rule: str
    value: int
    of: int | None
    detail: str = ""

    @property
    def ack(self) -> str:
        """The name by which `--ack` admits it."""
        return self.rule.removeprefix(LIMIT)


def fresh_measures(drawn: Drawn) -> tuple[Measure, ...]:
    """Measure a plan that was just drawn."""
    return (
        *_counts(drawn.plan, drawn.exposure),
        *_losses(drawn.exposure),
        *_touched(drawn.exposure),
    )


def is_measured(rule: str) -> bool:
    """Tell whether a check is a limit or a protection, judged by a number."""
    return rule.startswith((LIMIT, EMPTY, PROTECTED))


def saved_measures(plan: Plan, touched: Iterable[Touched]) -> tuple[Measure, ...]:
    """Measure a saved plan: its own checks, but never less than its actions really count.

    `touched` is what the plan touches of what is protected by now.
    """
    protected = _touched(Exposure(touched=tuple(touched)))
    counted = {m.rule: m for m in (*_counts(plan, Exposure()), *_revoked(plan), *protected)}
    known = [
        Measure(
            check.rule,
            max(check.value, counted[check.rule].value) if check.rule in counted else check.value,
            check.of,
            check.detail,
        )
        for check in plan.checks
        if is_measured(check.rule)
    ]
    rules = {measure.rule for measure in known}
    return (*known, *(m for m in counted.values() if m.rule not in rules))


def is_judged(plan: Plan) -> bool:
    """Tell whether a plan has its checks, and none counts less than the plan's actions."""
    values = {check.rule: check.value for check in plan.checks}
    return all(
        measure.rule in values and values[measure.rule] >= measure.value
        for measure in _counts(plan, Exposure())
    )


def _kinds(plan: Plan) -> Counter[str]:
    counts = Counter(step.kind for step in plan.steps)
    counts["total"] = sum(n for kind, n in counts.items() if kind != "correlate_account")
    return counts


def _counts(plan: Plan, exposure: Exposure) -> Iterable[Measure]:
    counts = _kinds(plan)
    grants = exposure.group_grants + exposure.product_grants
    for kind, of in (
        ("delete_account", exposure.accounts),
        ("disable_account", exposure.accounts),
        ("revoke_group", exposure.group_grants),
        ("revoke_product", exposure.product_grants),
        ("total", exposure.accounts + grants),
    ):
        yield Measure(f"{LIMIT}{kind}", counts[kind], of)


def _revoked(plan: Plan) -> Iterable[Measure]:
    """Measure what the revokes of a saved plan take from each permission, at the very least."""
    lost = Counter(
        step.change.permission
        for step in plan.steps
        if isinstance(step.change, RevokeGroup | RevokeProduct)
    )
    names = {check.rule.removeprefix(MEMBERS_LOST) for check in plan.checks}
    for permission, count in sorted(lost.items(), key=lambda item: _key(item[0])):
        long = _long_name(permission)
        name = long if long in names else permission.name
        yield Measure(f"{MEMBERS_LOST}{name}", count, None)


def _losses(exposure: Exposure) -> Iterable[Measure]:
    names = Counter(loss.permission.key.name for loss in exposure.losses)
    for loss in sorted(exposure.losses, key=lambda loss: _key(loss.permission)):
        name = loss.permission.name
        if names[loss.permission.key.name] > 1:
            name = _long_name(loss.permission)
        yield Measure(f"{MEMBERS_LOST}{name}", loss.lost, loss.held)
        if loss.empties:
            yield Measure(
                f"{EMPTY}{name}", loss.lost, loss.held, "The files say `members: []` here."
            )


def _long_name(permission: Permission) -> str:
    return f"{permission.name} ({permission.kind.value} {permission.ref})"


def _key(permission: Permission) -> tuple[str, str, str]:
    return (fold(permission.name), permission.kind.value, permission.ref or "")


def _touched(exposure: Exposure) -> Iterable[Measure]:
    for touched in exposure.touched:
        protection = touched.protection
        detail = (
            "The files no longer protect it, but it was protected until now;"
            " apply the change of protection by itself first."
            if touched.lifted
            else ""
        )
        yield Measure(
            f"{PROTECTED}{protection.kind}/{protection.name}", len(touched.steps), None, detail
        )
