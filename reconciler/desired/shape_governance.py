"""The shapes of policies and resolutions: which keys belong together is what their readers say."""

from collections.abc import Mapping
from typing import Final

from reconciler.desired import policies, resolutions
from reconciler.desired.shape_parts import (
    DAY,
    NAME,
    PROSE,
    Shape,
    listed,
    mapping,
    one_of,
    refer,
    said,
)
from reconciler.model.issue import IssueType
from reconciler.model.resolution import EXCLUDE, OFFERED
from reconciler.model.value import JSON

DURATION: Final[Shape] = {"type": "string", "pattern": r"^([0-9]+[smhdw])+$"}
_COUNT: Final[Shape] = {"type": "integer", "minimum": 0, "maximum": 1_000_000_000}
_DEMANDS: Final[Mapping[str, str]] = {
    policies.TOGETHER: "Nobody may hold two of these.",
    policies.UNTIL: "Whoever holds one of these must hold it until a date.",
    policies.REASON: "Whoever holds one of these must hold it for a written reason.",
    policies.ALLOWED: "Only persons for whom `when` holds may hold one of these.",
    policies.MOST: "Each of these may have `at_most` so many members.",
    policies.LEAST: "Each of these must have `at_least` so many members.",
}
_QUALIFIED: Final[Mapping[str, tuple[str, Shape, bool]]] = {
    policies.UNTIL: ("at_most", DURATION, False),
    policies.MOST: ("at_most", _COUNT, True),
    policies.LEAST: ("at_least", _COUNT, True),
}
"""What the qualifier of a demand is, and whether the demand needs it."""


def permission_shape() -> Shape:
    """Return the shape of `{group: NAME}` or `{product: NAME}`."""
    kinds: Shape = {kind: said(f"The name of a {kind}.", NAME) for kind in policies.KINDS}
    return {
        "description": "A group or a product.",
        "type": "object",
        "additionalProperties": False,
        "properties": kinds,
        "minProperties": 1,
        "maxProperties": 1,
    }


def policy_shape() -> Shape:
    """Return the shape of an item of `policies`: one demand, and what qualifies it."""
    shapes: dict[str, Shape] = {
        "name": said("A name of its own; plans show it.", NAME),
        **{demand: said(_DEMANDS[demand], _permissions(demand)) for demand in policies.DEMANDS},
        "at_most": said("The longest duration, such as `90d`, or the number of members.", {}),
        "at_least": said("The number of members.", {}),
        "when": refer("condition", description="Who may hold it."),
        "severity": said(
            "`error` refuses the plan, `warning` is shown.", one_of(policies.SEVERITIES)
        ),
    }
    found = mapping(policies.KEYS, shapes, ("name", *policies.DEMANDS, *policies.QUALIFIERS))
    # What a demand admits of qualifiers, and which it needs, stands in its own branch.
    branches: list[JSON] = [_branch(demand) for demand in policies.DEMANDS]
    return {**found, "required": ["name"], "oneOf": branches}


def resolution_shape() -> Shape:
    """Return the shape of an item of `resolutions`: by its type, what names the issue and what may be done."""
    asked = "What is to be done; which of them fits depends on the issue."
    shapes: dict[str, Shape] = {
        "issue": said("The type of the issue.", one_of(resolutions.ISSUES)),
        "account": said("The user name or the userGUID of the account.", NAME),
        "person": said("The person's ExternalId.", NAME),
        "permission": refer("permission", description="The group or product."),
        "resolution": said(asked, one_of(resolutions.RESOLUTIONS)),
        "period": said("How long an exclusion lasts from `from`.", one_of(resolutions.PERIODS)),
        "from": said("The first day of an exclusion.", DAY),
        "until": said("The first day after an exclusion.", DAY),
        "reason": said("Why; an exclusion needs one.", PROSE),
    }
    found = mapping(resolutions.KEYS, shapes, ("issue", "resolution", *resolutions.SUBJECTS))
    rules: list[JSON] = [_of_issue(issue) for issue in IssueType]
    rules += [_end_of_exclusion(), _no_days_else()]
    return {**found, "required": ["issue", "resolution"], "allOf": rules}


def _permissions(demand: str) -> Shape:
    least = 2 if demand == policies.TOGETHER else 1
    return listed({"$ref": "#/definitions/permission"}, least)


def _branch(demand: str) -> Shape:
    required: list[JSON] = [demand]
    allowed: Shape = {
        qualifier: False
        for qualifier, demands in policies.QUALIFIERS.items()
        if demand not in demands
    }
    if demand == policies.ALLOWED:
        required.append("when")
    if demand in _QUALIFIED:
        qualifier, shape, is_needed = _QUALIFIED[demand]
        allowed[qualifier] = shape if is_needed else {"anyOf": [shape, {"type": "null"}]}
        required += [qualifier] if is_needed else []
    return {"required": required, "properties": allowed}


def _of_issue(issue: IssueType) -> Shape:
    needed = resolutions.subjects_of(issue)
    others: Shape = {key: False for key in resolutions.SUBJECTS if key not in needed}
    then: Shape = {
        "required": list(needed),
        "properties": {"resolution": {"enum": list(OFFERED[issue])}, **others},
    }
    return {"if": _is("issue", issue.value), "then": then}


def _end_of_exclusion() -> Shape:
    there: Shape = {"not": {"type": "null"}}
    one_end: list[JSON] = [
        {
            "required": ["period", "from"],
            "properties": {"period": there, "from": there, "until": {"type": "null"}},
        },
        {"required": ["until"], "properties": {"until": there, "period": {"type": "null"}}},
    ]
    why: Shape = {"reason": {**there, "pattern": r"\S"}}
    then: Shape = {"required": ["reason"], "properties": why, "anyOf": one_end}
    return {"if": _is("resolution", EXCLUDE), "then": then}


def _no_days_else() -> Shape:
    without: Shape = dict.fromkeys(resolutions.DAYS, False)
    named: Shape = {"required": ["resolution"], "not": _is("resolution", EXCLUDE)}
    return {"if": named, "then": {"properties": without}}


def _is(key: str, word: str) -> Shape:
    return {"required": [key], "properties": {key: {"const": word}}}
