"""Every setting of the embedded tenant, changed one at a time: what a real tenant may do otherwise."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from reconciler.sandbox import TenantSettings

VALUES: dict[str, tuple[Any, ...]] = {
    "password_min_length": (20,),
    "password_max_length": (20,),
    "password_min_upper": (1,),
    "password_min_lower": (1,),
    "password_min_digits": (1,),
    "password_min_special": (1,),
    "pending_products": (("CRM",),),
    "default_take": (1,),
    "max_take": (2,),
    "page_seed": (7,),
    "guid_seed": (5,),
    "now": ("2026-11-23T10:00:00",),
}
"""Other values of the settings whose values cannot be listed."""


@dataclass(frozen=True)
class Variant:
    """The default settings but for one."""

    name: str
    value: Any

    @property
    def settings(self) -> TenantSettings:
        return TenantSettings(**{self.name: self.value})

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


def bundles(count: int, leave_out: Collection[str]) -> list[TenantSettings]:
    """Return settings that between them have every variant, each beside several others."""
    kept = [variant for variant in variants() if str(variant) not in leave_out]
    made = [{one.name: one.value for one in kept[start::count]} for start in range(count)]
    assert sum(len(settings) for settings in made) == len(kept), "two values of one setting"
    return [TenantSettings(**settings) for settings in made]


def variants() -> list[Variant]:
    """Return a variant for each other value of each setting; raises KeyError for one without values."""
    hints = get_type_hints(TenantSettings)
    found: list[Variant] = []
    for item in fields(TenantSettings):
        found += [Variant(item.name, value) for value in _others(item, hints[item.name])]
    return found


def _others(item: Any, hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Literal:
        return tuple(value for value in get_args(hint) if value != item.default)
    if hint is bool:
        return (not item.default,)
    return VALUES[item.name]
