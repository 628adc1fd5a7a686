"""What safeguards measure: a number for each rule, taken from a fresh plan or from a saved one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.address import fold
from reconciler.model.plan import Drawn, Exposure, Loss, Plan

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


def saved_measures(plan: Plan) -> tuple[Measure, ...]:
    """Measure a saved plan: its own checks, but never less than its actions really count."""
    counts = _kinds(plan)
    known = [
        Measure(
            check.rule,
            max(check.value, counts.get(check.rule.removeprefix(LIMIT), 0)),
            check.of,
            check.detail,
        )
        for check in plan.checks
    ]
    rules = {measure.rule for measure in known}
    missing = [m for m in _counts(plan, Exposure()) if m.rule not in rules]
    return (*known, *missing)


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


def _losses(exposure: Exposure) -> Iterable[Measure]:
    names = Counter(loss.permission.key.name for loss in exposure.losses)
    for loss in sorted(exposure.losses, key=_loss_key):
        name = loss.permission.name
        if names[loss.permission.key.name] > 1:
            name = f"{name} ({loss.permission.kind.value} {loss.permission.ref})"
        yield Measure(f"{MEMBERS_LOST}{name}", loss.lost, loss.held)
        if loss.empties:
            yield Measure(
                f"{EMPTY}{name}", loss.lost, loss.held, "The files say `members: []` here."
            )


def _loss_key(loss: Loss) -> tuple[str, str, str]:
    return (fold(loss.permission.name), loss.permission.kind.value, loss.permission.ref or "")


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
