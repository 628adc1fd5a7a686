"""Limits and protections, judged on the whole plan before the first write."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction

from reconciler.errors import BadInput
from reconciler.governance.measures import (
    EMPTY,
    LIMIT,
    MEMBERS_LOST,
    PROTECTED,
    Measure,
    fresh_measures,
    is_measured,
    saved_measures,
)
from reconciler.governance.policies import PolicyMeasure
from reconciler.model.plan import Check, CheckStatus, Drawn, Plan, Touched
from reconciler.model.policy import PolicySeverity
from reconciler.model.settings import Limit, Safeguards


def judge(
    drawn: Drawn,
    safeguards: Safeguards,
    acks: Mapping[str, int],
    *,
    allow_protected: bool,
    policies: Sequence[PolicyMeasure] = (),
) -> Plan:
    """Return the plan with a check for each safeguard and policy.

    `acks` are the values of `--ack` by name; each admits one breach at exactly that value. Raises
    BadInput for a name that is no safeguard of this plan.
    """
    measures = fresh_measures(drawn)
    _check_names(measures, policies, acks)
    checks = _judged(measures, safeguards, acks, allow_protected)
    return replace(
        drawn.plan, checks=(*checks, *(_judge_policy(policy, acks) for policy in policies))
    )


def judge_again(
    plan: Plan,
    safeguards: Safeguards,
    acks: Mapping[str, int],
    *,
    allow_protected: bool,
    touched: Iterable[Touched] = (),
    policies: Sequence[PolicyMeasure] = (),
) -> Plan:
    """Judge a saved plan by the limits, protections and policies of today.

    `touched` is what it touches of what is protected by now, `policies` are measured on the plan and on
    the files as they are by now; what the plan counted itself counts too. What was acknowledged in the
    plan stays acknowledged at that value. Checks of policies that have left the files stay as they were
    judged.
    """
    measures = saved_measures(plan, touched)
    policies = _at_worst(policies, plan.checks)
    known = {policy.rule for policy in policies}
    _check_names(measures, policies, acks)
    before = {c.rule: c for c in plan.checks if c.status is CheckStatus.ACKNOWLEDGED}
    checks = (
        *_judged(measures, safeguards, acks, allow_protected),
        *(_judge_policy(policy, acks) for policy in policies),
    )
    again = (
        replace(check, status=CheckStatus.ACKNOWLEDGED)
        if check.status is CheckStatus.FAILED
        and check.rule in before
        and before[check.rule].value == check.value
        else check
        for check in checks
    )
    others = (
        check for check in plan.checks if not is_measured(check.rule) and check.rule not in known
    )
    return replace(plan, checks=(*again, *others))


def _judged(
    measures: Sequence[Measure],
    safeguards: Safeguards,
    acks: Mapping[str, int],
    allow_protected: bool,
) -> tuple[Check, ...]:
    return tuple(_judge_one(m, safeguards, acks, allow_protected) for m in measures)


def _judge_one(
    measure: Measure, safeguards: Safeguards, acks: Mapping[str, int], allow_protected: bool
) -> Check:
    passes, limit = _verdict(measure, safeguards)
    status, detail = CheckStatus.PASSED, measure.detail
    if not passes and measure.rule.startswith(PROTECTED):
        status = CheckStatus.ACKNOWLEDGED if allow_protected else CheckStatus.FAILED
    elif not passes and acks.get(measure.ack) == measure.value:
        status = CheckStatus.ACKNOWLEDGED
    elif not passes:
        status = CheckStatus.FAILED
        if measure.ack in acks:
            wrong = f"Acknowledged was {acks[measure.ack]}, but it is {measure.value}."
            detail = f"{detail} {wrong}".strip()
    return Check(measure.rule, status, measure.value, measure.of, limit, detail)


def _judge_policy(policy: PolicyMeasure, acks: Mapping[str, int]) -> Check:
    status, detail = CheckStatus.PASSED, "" if policy.passes else policy.detail
    if not policy.passes and policy.severity is PolicySeverity.WARNING:
        status = CheckStatus.WARNING
    elif not policy.passes and acks.get(policy.rule) == policy.value:
        status = CheckStatus.ACKNOWLEDGED
    elif not policy.passes:
        status = CheckStatus.FAILED
        if policy.rule in acks:
            wrong = f"Acknowledged was {acks[policy.rule]}, but it is {policy.value}."
            detail = f"{detail} {wrong}".strip()
    return Check(policy.rule, status, policy.value, policy.of, policy.written, detail)


def _at_worst(
    policies: Sequence[PolicyMeasure], checks: Sequence[Check]
) -> tuple[PolicyMeasure, ...]:
    """Return the measures, none better than what the plan counted itself when the tenant was read.

    Members are counted in the tenant alone, where the plan did so.
    """
    before = {check.rule: check for check in checks}
    found: list[PolicyMeasure] = []
    for policy in policies:
        check = before.get(policy.rule)
        if check is None:
            found.append(policy)
        elif policy.is_of_members or check.value > policy.value:
            detail = check.detail or policy.detail
            found.append(replace(policy, value=check.value, of=check.of, detail=detail))
        else:
            found.append(policy)
    return tuple(found)


def _verdict(measure: Measure, safeguards: Safeguards) -> tuple[bool, str]:
    """Tell whether a measure passes, and the limit as it is written."""
    if measure.rule.startswith(PROTECTED):
        return measure.value == 0, "protected"
    if measure.rule.startswith(EMPTY):
        allowed = safeguards.allow_empty
        return allowed or measure.value == 0, "allowed" if allowed else "allow_empty: false"
    name = "members_lost" if measure.rule.startswith(MEMBERS_LOST) else measure.ack
    return _within(measure, safeguards.limits.get(name, Limit()), safeguards.percent_from)


def _within(measure: Measure, limit: Limit, percent_from: int) -> tuple[bool, str]:
    passes, written = True, list[str]()
    if limit.at_most is not None:
        passes = measure.value <= limit.at_most
        written.append(str(limit.at_most))
    if limit.at_most_percent is not None:
        share = Fraction(str(limit.at_most_percent)) * (measure.of or 0)
        passes = passes and (measure.value <= percent_from or measure.value * 100 <= share)
        written.append(f"{limit.at_most_percent:g}%")
    return passes, " and ".join(written) or "none"


def _check_names(
    measures: Sequence[Measure], policies: Sequence[PolicyMeasure], acks: Mapping[str, int]
) -> None:
    known = [m.ack for m in measures if not m.rule.startswith(PROTECTED)]
    known += [policy.rule for policy in policies]
    always = ["delete_account", "disable_account", "revoke_group", "revoke_product", "total"]
    for name in acks:
        if name in known or name in always:
            continue
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Possible names: {', '.join(known)}"
        raise BadInput(
            "Nothing of that name to acknowledge",
            f"--ack {name}={acks[name]} names no safeguard that this plan has.",
            hint,
        )


def admitted_by(check: Check) -> str:
    """Return the option that would admit a failed check."""
    if check.rule.startswith(PROTECTED):
        return "--allow-protected"
    name = check.rule.removeprefix(LIMIT)
    option = f"{name}={check.value}"
    return f"--ack '{option}'" if any(c in option for c in " '\"$&()") else f"--ack {option}"
