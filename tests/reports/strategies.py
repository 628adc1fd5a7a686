"""Plans and problems of any shape the types allow, hostile texts among them."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from hypothesis import strategies as st

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.person import Known
from reconciler.model.plan import (
    Adopted,
    Bookkeeping,
    Check,
    CheckStatus,
    ForgottenGrant,
    Mode,
    Plan,
    Remembered,
    Step,
    StepId,
)
from reconciler.model.problem import Problem, Severity
from reconciler.model.provenance import Cause, CauseKind, Location
from reconciler.model.state import PersonError, Protection
from reconciler.model.value import AccountOf, Generated, Plain

_T = TypeVar("_T")

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "line\nbreak",
    "tab\tand\rreturn",
    "\u202eright to left\u202c",
    "zero\u200bwidth",
    "\u3164",
    "日本語の名前",
    "\ud800",
    "  two  blanks ",
    'quote " and \\ backslash',
    "x" * 120,
    "$(reboot) `reboot`",
    "\x7f\x9b31m",
    "(generated when applied)",
    "e\u0301\u0301\u0301",
)


def texts() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(["Sales", "a.visser@example.org", "10001", ""]),
        st.sampled_from(HOSTILE),
        st.text(st.characters(), max_size=12),
    )


def guids() -> st.SearchStrategy[str]:
    return st.uuids().map(str)


def plain_values() -> st.SearchStrategy[Plain]:
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        texts(),
        st.lists(texts(), max_size=2).map(tuple),
    )


def persons() -> st.SearchStrategy[PersonId]:
    return texts().map(PersonId)


def accounts() -> st.SearchStrategy[AccountName]:
    return st.builds(AccountName, st.none() | guids().map(AccountRef), texts())


def permissions(kind: PermissionKind | None = None) -> st.SearchStrategy[Permission]:
    kinds = st.sampled_from(PermissionKind) if kind is None else st.just(kind)
    return st.builds(Permission, kinds, texts(), st.none() | guids().map(PermissionRef))


def field_changes() -> st.SearchStrategy[FieldChange]:
    after = st.one_of(
        plain_values(),
        st.builds(Generated, texts(), st.integers(0, 9)),
        st.builds(AccountOf, persons()),
    )
    return st.builds(FieldChange, texts(), plain_values(), after)


def changes() -> st.SearchStrategy[Change]:
    subjects = st.builds(Subject, st.none() | persons(), accounts())
    fields = st.lists(field_changes(), max_size=3).map(tuple)
    groups, products = permissions(PermissionKind.GROUP), permissions(PermissionKind.PRODUCT)
    with_fields: tuple[Callable[[Subject, Fields], Change], ...] = (
        CreateAccount,
        RestoreAccount,
        UpdateAccount,
        EnableAccount,
        DisableAccount,
        DeleteAccount,
    )
    return st.one_of(
        *(st.builds(kind, subjects, fields) for kind in with_fields),
        st.builds(CorrelateAccount, subjects),
        st.builds(CreateGroup, groups),
        st.builds(GrantGroup, subjects, groups),
        st.builds(RevokeGroup, subjects, groups),
        st.builds(GrantProduct, subjects, products),
        st.builds(RevokeProduct, subjects, products),
    )


def steps() -> st.SearchStrategy[Step]:
    causes = st.builds(Cause, st.sampled_from(CauseKind), texts(), st.none() | texts())
    ids = texts().map(StepId)
    return st.builds(Step, ids, changes(), causes, st.lists(ids, max_size=2).map(tuple))


def issues() -> st.SearchStrategy[Issue]:
    return st.builds(
        Issue,
        texts(),
        st.sampled_from(IssueType),
        st.none() | persons(),
        st.none() | accounts(),
        st.none() | permissions(),
        st.sampled_from(IssueStatus),
        st.none() | texts(),
        texts(),
        st.lists(persons(), max_size=2).map(tuple),
        st.lists(accounts(), max_size=2).map(tuple),
    )


def checks() -> st.SearchStrategy[Check]:
    rules = st.one_of(
        st.sampled_from(["limit.delete_account", "limit.total", "allow_empty/Sales"]),
        texts().map(lambda name: f"limit.members_lost/{name}"),
        texts().map(lambda name: f"protected/group/{name}"),
        texts(),
    )
    counts = st.integers(0, 10_000)
    return st.builds(
        Check, rules, st.sampled_from(CheckStatus), counts, st.none() | counts, texts(), texts()
    )


def bookkeeping() -> st.SearchStrategy[Bookkeeping]:
    refs, permission_refs = guids().map(AccountRef), guids().map(PermissionRef)
    return st.builds(
        Bookkeeping,
        _few(st.builds(Adopted, persons(), refs, permissions())),
        _few(
            st.builds(
                Remembered,
                persons(),
                refs,
                texts(),
                st.dictionaries(texts(), plain_values(), max_size=3),
                st.none() | st.booleans(),
                st.none() | st.dates(),
                st.dictionaries(texts(), plain_values(), max_size=3),
            )
        ),
        _few(persons()),
        _few(st.builds(ForgottenGrant, refs, st.sampled_from(PermissionKind), permission_refs)),
        _few(
            st.builds(
                Protection, st.sampled_from(["account", "group", "product"]), guids(), texts()
            )
        ),
    )


def plans() -> st.SearchStrategy[Plan]:
    """Plans whose steps have ids of their own; what they need may be anything."""
    return st.builds(
        Plan,
        as_of=st.dates(min_value=date(2000, 1, 1)),
        mode=st.sampled_from(Mode),
        base_url=texts(),
        snapshot_digest=texts(),
        desired_digest=texts(),
        steps=st.lists(steps(), max_size=4, unique_by=lambda step: step.id).map(tuple),
        held=st.lists(steps(), max_size=2, unique_by=lambda step: step.id).map(tuple),
        bookkeeping=bookkeeping(),
        errors=_few(st.builds(PersonError, persons(), texts(), texts(), st.none() | texts())),
        issues=_few(issues()),
        checks=_few(checks()),
        warnings=_few(texts()),
        persons=st.dictionaries(
            persons(), st.builds(Known, texts(), st.none() | texts()), max_size=3
        ),
    )


def locations() -> st.SearchStrategy[Location]:
    files = st.sampled_from(["desired/a.yaml", "desired/b c.yaml"]) | texts()
    return st.builds(Location, files, st.integers(1, 9), st.integers(1, 30))


def problems() -> st.SearchStrategy[Problem]:
    return st.builds(
        Problem,
        st.sampled_from(["unknown-key", "duplicate"]),
        texts(),
        texts(),
        texts(),
        st.none() | locations(),
        st.none() | locations(),
        st.sampled_from(Severity),
    )


def _few(items: st.SearchStrategy[_T]) -> st.SearchStrategy[tuple[_T, ...]]:
    return st.lists(items, max_size=2).map(tuple)
