"""What is allowed in a field mapping, and yet probably not meant."""

from reconciler.mapping.api_fields import GIVEN, is_known, nearest
from reconciler.mapping.field_mapping import Copied, Field, FieldMapping, Unmapped
from reconciler.model.address import fold
from reconciler.model.mapped import Stage
from reconciler.model.person_shape import has_value
from reconciler.model.problem import Problem, Severity

_OWN_DATA = "person.accounts.helloid."


def lint(mapping: FieldMapping) -> list[Problem]:
    """Return a warning for everything doubtful, in no order."""
    return [problem for field in mapping.fields for problem in _of_field(field)]


def _of_field(field: Field) -> list[Problem]:
    used = {stage: rule for stage, rule in field.rules.items() if not isinstance(rule, Unmapped)}
    problems: list[Problem] = []
    if not is_known(field.name):
        known = nearest(field.name)
        problems.append(
            _warning(
                field,
                "unknown-field",
                "Field that HelloID does not know",
                f"The account API of HelloID has no field {field.name!r}; it is sent as mapped.",
                f"Did you mean {known}?" if known else f"Or use userAttributes.{field.name}.",
            )
        )
    if field.name in GIVEN and used:
        problems.append(
            _warning(
                field,
                "given-field",
                "Field that the tenant gives",
                f"{field.name} is given by HelloID and cannot be set; it is left out.",
                "Set its mapping mode to None.",
            )
        )
    if field.name == "isEnabled" and Stage.UPDATE in used:
        problems.append(
            _warning(
                field,
                "access-on-update",
                "Access mapped for Update",
                "Whether an account is enabled follows from the desired state; isEnabled is left out of Update.",
                "Map isEnabled for Create, Enable and Disable only.",
            )
        )
    if field.secret and field.stored:
        problems.append(
            _warning(
                field,
                "secret-not-stored",
                "Password marked as account data",
                f"{field.name} is a secret: it is sent once and never kept, so nothing can read it later.",
                "Take StoreInAccountData off it; UsedInNotifications hands it to notify.command once.",
            )
        )
    paths = {rule.path for rule in used.values() if isinstance(rule, Copied)}
    problems += [
        _warning(
            field,
            "empty-path",
            "Path that leads to no value",
            f"HelloID's person model has no value at {path}; {field.name} is empty for everybody without it.",
            "Correct the path, or read it from Person.Custom.",
        )
        for path in sorted(paths)
        if not (has_value(path) or fold(path).startswith(_OWN_DATA))
    ]
    return problems


def _warning(field: Field, code: str, summary: str, detail: str, fix: str) -> Problem:
    return Problem(code, summary, detail, fix, field.at, severity=Severity.WARNING)
