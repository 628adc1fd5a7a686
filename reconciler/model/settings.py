"""The settings of a project, as `reconciler.yaml` gives them, every default in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.model.address import fold
from reconciler.model.issue import IssueType
from reconciler.model.provenance import Location
from reconciler.model.value import Secret


@dataclass(frozen=True, slots=True)
class Target:
    """The tenant, and how it is spoken to. `api_key` and `api_secret` are None for `sandbox:PATH`."""

    base_url: str
    api_key: Secret | None = None
    api_secret: Secret | None = None
    set_manager: bool = False
    update_user_name: bool = False
    restore_deleted: bool = False
    timeout_seconds: float = 60.0
    concurrency: int = 16
    requests_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Which field of a person finds which field of an account."""

    enabled: bool = True
    person_field: str = "Accounts.EntraID.userPrincipalName"
    account_field: str = "userName"


@dataclass(frozen=True, slots=True)
class Patterns:
    """Names in and out of scope; `*` and `?` as in a shell, without regard to case."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def admits(self, name: str) -> bool:
        """Tell whether a name is in scope."""
        return matches_any(name, self.include) and not matches_any(name, self.exclude)


def matches_any(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name matches one of the patterns, without regard to case."""
    folded = fold(name)
    return any(fnmatchcase(folded, fold(pattern)) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is managed at all; the rest is never read, reported or touched."""

    accounts: Patterns = Patterns(exclude=("svc-*",))
    groups: Patterns = Patterns()
    products: Patterns = Patterns()


class NotDesired(StrEnum):
    """What becomes of an account of ours that nothing asks for any more."""

    DISABLE = "disable"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many, or so many percent; None is no limit."""

    at_most: int | None = None
    at_most_percent: float | None = None


DEFAULT_LIMITS: Mapping[str, Limit] = {
    "delete_account": Limit(at_most_percent=5),
    "disable_account": Limit(at_most_percent=10),
    "revoke_group": Limit(at_most_percent=10),
    "revoke_product": Limit(at_most_percent=10),
    "members_lost": Limit(at_most_percent=50),
    "total": Limit(),
}


@dataclass(frozen=True, slots=True)
class Safeguards:
    """Limits and protections; all on by default."""

    limits: Mapping[str, Limit] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    percent_from: int = 10
    protected_accounts: tuple[str, ...] = ()
    allow_empty: bool = False
    plan_expires: timedelta = timedelta(hours=24)


DEFAULT_AUTOMATIC: Mapping[IssueType, str] = {
    IssueType.ACCOUNT_MISSING: "create",
    IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS: "enable",
    IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS: "disable",
    IssueType.PERMISSION_MISSING: "grant",
    IssueType.ACCOUNT_DIFFERS: "update",
    IssueType.ACCOUNT_UNMANAGED: "report",
    IssueType.PERMISSION_UNMANAGED: "report",
    IssueType.PERSON_MULTIPLE_ACCOUNTS: "report",
    IssueType.ACCOUNT_MULTIPLE_PERSONS: "report",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings. Paths are relative to the folder of `reconciler.yaml`.

    `at` gives the place of every key that the file has, by its dotted name.
    """

    target: Target
    correlation: Correlation = Correlation()
    field_mapping: str = "fieldMapping.json"
    unique_fields: tuple[str, ...] = ()
    time_zone: str = "Europe/Amsterdam"
    desired: str = "desired"
    ledger: str = "sqlite:///.reconciler/ledger.db"
    scope: Scope = Scope()
    account_not_desired: NotDesired = NotDesired.DISABLE
    delete_after_days: int | None = None
    automatic: Mapping[IssueType, str] = field(default_factory=lambda: dict(DEFAULT_AUTOMATIC))
    safeguards: Safeguards = field(default_factory=Safeguards)
    product_comment: str = "Requested by reconciler"
    product_pending_days: int | None = None
    notify_command: str | None = None
    at: Mapping[str, Location] = field(default_factory=dict[str, Location])
