"""What an explanation says: reasons that hold, and those that do not with what stands in their way."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconciler.entitlements.tested import Tested
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.provenance import Location
from reconciler.model.state import PersonError


class Timing(StrEnum):
    """Where a day is seen from a window or a period."""

    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"

    @classmethod
    def of(cls, day: date, start: date | None, until: date | None) -> "Timing":
        """Return the timing of a day; `start` is included, `until` excluded, None is open."""
        if start is not None and day < start:
            return cls.NOT_YET
        return cls.OVER if until is not None and day >= until else cls.OPEN


class By(StrEnum):
    """What can give something."""

    ENTRY = "account entry"
    LINE = "member line"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Because:
    """A reason that holds: the line, what it gives, and for a rule the contract, window and tests.

    `gives` is the state of the account (`enabled`, `disabled`), None for a permission. What is
    `overridden` would give it, were there no account entry.
    """

    by: By
    at: Location
    rule: str | None = None
    gives: str | None = None
    contract: str | None = None
    start: date | None = None
    until: date | None = None
    reason: str | None = None
    ticket: str | None = None
    overridden: bool = False
    tests: tuple[Tested, ...] = ()


@dataclass(frozen=True, slots=True)
class OutOfPeriod:
    """An account entry or member line that does not exist on the day."""

    by: By
    at: Location
    gives: str | None
    start: date | None
    until: date | None
    timing: Timing


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a rule gives nothing by one contract (None: by the person alone).

    `failed` are the tests that decide against it. `makes` is the other group that the rule makes of
    the contract; `is_nameless` where a path of its name has no value.
    """

    contract: str | None
    start: date | None
    until: date | None
    timing: Timing
    failed: tuple[Tested, ...] = ()
    makes: str | None = None
    is_nameless: bool = False

    @property
    def is_time_only(self) -> bool:
        """Tell whether nothing but the window is in the way."""
        other = self.failed or self.makes is not None or self.is_nameless
        return self.timing is not Timing.OPEN and not other


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that could give it and does not; without obstacles the person has no contract at all."""

    rule: str
    at: Location
    gives: str | None
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a person has an account (`key` None) or a permission on the day, and why.

    All reasons that hold are in `because`: taken away together, the entitlement is gone.
    `denied_by` is the entry that asks for no account. A permission with reasons that is not had
    `lacks_account`. `state` is the account's.
    """

    key: PermissionKey | None
    name: str
    has: bool
    state: str | None = None
    because: tuple[Because, ...] = ()
    out_of_period: tuple[OutOfPeriod, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    denied_by: Because | None = None
    lacks_account: bool = False

    @property
    def is_near(self) -> bool:
        """Tell whether only time or the missing account keeps the person from it."""
        waits = any(each.is_time_only for rule in self.unmet for each in rule.obstacles)
        return not self.has and (bool(self.because or self.out_of_period) or waits)


@dataclass(frozen=True, slots=True)
class PersonExplained:
    """One person on one day: the account, and the permissions that were asked about."""

    person: PersonId
    display_name: str
    is_in_files: bool
    account: Answer
    permissions: tuple[Answer, ...]
    errors: tuple[PersonError, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """What one person has to do with a permission."""

    person: PersonId
    display_name: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class PermissionExplained:
    """Who holds a permission on one day, and who does not for want of time or of an account.

    Where membership is not managed here, nobody is asked for and nobody is revoked.
    """

    key: PermissionKey
    name: str
    at: Location | None
    is_managed: bool
    holders: tuple[Holder, ...]
    near: tuple[Holder, ...]
