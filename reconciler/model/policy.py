"""Policies: what must hold of who gets what, whoever or whatever gives it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from reconciler.model.provenance import Location
from reconciler.model.rules import Condition, PermissionName


class PolicySeverity(StrEnum):
    """Whether a breach refuses the plan, or is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class ForbidTogether:
    """Nobody may get two of them."""

    permissions: tuple[PermissionName, ...]


@dataclass(frozen=True, slots=True)
class RequireUntil:
    """Whoever gets one does so until a day; with `at_most` for so many days at the longest."""

    permissions: tuple[PermissionName, ...]
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class RequireReason:
    """Every member line says why."""

    permissions: tuple[PermissionName, ...]


@dataclass(frozen=True, slots=True)
class AllowedOnly:
    """Only persons who meet the condition may get one."""

    permissions: tuple[PermissionName, ...]
    when: Condition


@dataclass(frozen=True, slots=True)
class MaxMembers:
    """Each has no more holders than that, whoever granted it."""

    permissions: tuple[PermissionName, ...]
    at_most: int


@dataclass(frozen=True, slots=True)
class MinMembers:
    """Each has no fewer holders than that, whoever granted it."""

    permissions: tuple[PermissionName, ...]
    at_least: int


Demand: TypeAlias = (
    ForbidTogether | RequireUntil | RequireReason | AllowedOnly | MaxMembers | MinMembers
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One entry below `policies`."""

    name: str
    demand: Demand
    severity: PolicySeverity
    at: Location
