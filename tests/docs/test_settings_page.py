import re
from dataclasses import fields

from reconciler.model.settings import (
    DEFAULT_AUTOMATIC,
    DEFAULT_LIMITS,
    Correlation,
    Patterns,
    Safeguards,
    Scope,
    Settings,
    Target,
)
from tests.docs.blocks import ROOT

_PAGE = (ROOT / "docs/settings.md").read_text("utf-8")
_NAMED_OTHERWISE = {
    "product_comment": "products.comment",
    "product_pending_days": "products.pending_days",
    "notify_command": "notify.command",
}
_GROUPED = {"target", "correlation", "scope", "automatic", "safeguards", "at"}


def test_the_page_names_every_key_of_the_settings_and_no_other() -> None:
    rows = [line for line in _PAGE.splitlines() if line.startswith("| `")]
    named = [key for row in rows for key in re.findall(r"`([^`]+)`", row.split("|")[1])]

    assert len(named) == len(set(named))
    assert set(named) == _keys()


def _keys() -> set[str]:
    plain = {field.name for field in fields(Settings)} - _GROUPED
    return (
        {_NAMED_OTHERWISE.get(name, name) for name in plain}
        | {f"target.{field.name}" for field in fields(Target)}
        | {f"correlation.{field.name}" for field in fields(Correlation)}
        | {
            f"scope.{part.name}.{field.name}"
            for part in fields(Scope)
            for field in fields(Patterns)
        }
        | {f"governance.automatic.{issue.value}" for issue in DEFAULT_AUTOMATIC}
        | {f"safeguards.limits.{limit}" for limit in (*DEFAULT_LIMITS, "percent_from")}
        | {f"safeguards.{field.name}" for field in fields(Safeguards)}
    ) - {"safeguards.limits", "safeguards.percent_from"}
