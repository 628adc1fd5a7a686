"""The reasons to stop, one class for each thing the pipeline should do next.

ReconcilerError
├── BadInput            1   a file, a setting or a command says something that cannot be used
│   └── AccessDenied    1   the tenant refused the credentials
├── LedgerUnusable      1   the ledger cannot be opened, or somebody else holds its lock
├── SafeguardRefused    3   a limit, a protection or a policy says no
├── PlanNotUsable       4   stale, altered, expired, for another tenant, already applied
├── TenantUnreadable    6   out of reach, or not read in full: nothing can be concluded
├── ForgeUnreachable    6   a forge is out of reach: a pull request may lack its comment
└── Interrupted       130   stopped by the user; what was done is recorded
"""

from collections.abc import Sequence
from typing import ClassVar

from reconciler.model.problem import Problem


class ReconcilerError(Exception):
    """A reason to stop. The message is for people: what is wrong, why it matters, what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, summary: str, detail: str = "", fix: str = "") -> None:
        super().__init__("\n".join(part for part in (summary, detail, fix) if part))
        self.summary = summary
        self.detail = detail
        self.fix = fix


class BadInput(ReconcilerError):
    """The user's files hold problems; every one of them is in `problems`."""

    def __init__(
        self, summary: str, detail: str = "", fix: str = "", problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(summary, detail, fix)
        self.problems = tuple(problems)


class AccessDenied(BadInput):
    """The tenant answered 401: the key or secret is wrong, disabled or blocked for this address."""


class LedgerUnusable(ReconcilerError):
    """The ledger cannot be opened or read, or another apply holds its lock."""


class SafeguardRefused(ReconcilerError):
    """A limit, a protection or a policy refuses; the tenant is untouched."""

    exit_code = 3


class PlanNotUsable(ReconcilerError):
    """The saved plan must not be carried out; plan again. The tenant is untouched."""

    exit_code = 4


class TenantUnreadable(ReconcilerError):
    """The tenant could not be reached or read in full, so nothing was concluded."""

    exit_code = 6


class ForgeUnreachable(ReconcilerError):
    """GitHub, GitLab or Azure DevOps could not be reached or read in full; running `comment` again is safe."""

    exit_code = 6


class Interrupted(ReconcilerError):
    """The user stopped the run; what was done is recorded and can be resumed."""

    exit_code = 130
