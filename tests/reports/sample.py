"""One plan that has something of everything, as a reviewer might meet it."""

from datetime import UTC, date, datetime

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
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.state import PersonError, Protection
from reconciler.model.value import AccountOf, Generated

CREATED = datetime(2026, 11, 23, 10, tzinfo=UTC)
EXPIRES = datetime(2026, 11, 24, 10, tzinfo=UTC)


def ref(number: int) -> AccountRef:
    return AccountRef(f"00000000-0000-4000-8000-{number:012d}")


def person(number: str, user_name: str, account: int | None) -> Subject:
    known = ref(account) if account is not None else None
    return Subject(PersonId(number), AccountName(known, f"{user_name}@example.org"))


def group(name: str, number: int | None) -> Permission:
    known = PermissionRef(f"00000000-0000-4000-9000-{number:012d}") if number else None
    return Permission(PermissionKind.GROUP, name, known)


def product(name: str, number: int) -> Permission:
    return Permission(
        PermissionKind.PRODUCT, name, PermissionRef(f"00000000-0000-4000-a000-{number:012d}")
    )


def step(
    name: str, change: Change, cause: CauseKind, detail: str, source: str | None, *needs: str
) -> Step:
    return Step(StepId(name), change, Cause(cause, detail, source), tuple(map(StepId, needs)))


ANNA = person("10001", "a.visser", None)
BRAM = person("10002", "b.bakker", 2)
CHRIS = person("10003", "c.smit", 3)
DORA = person("10004", "d.mulder", 4)
STRANGER = Subject(None, AccountName(ref(9), "old.intern@example.org"))
SALES, ARCHIVE, CRM = group("Sales", 1), group("Sales archive", None), product("CRM", 1)


def sample_plan() -> Plan:
    """Every kind of action and of finding."""
    return Plan(
        as_of=date(2026, 11, 23),
        mode=Mode.SYNC,
        base_url="https://tenant.helloid.com/api/v1",
        snapshot_digest="sha256:5a",
        desired_digest="sha256:de",
        steps=_steps(),
        bookkeeping=_books(),
        errors=(
            PersonError(
                PersonId("10007"),
                "The group does not exist",
                "Rule dept asks for department_RISK, and no resources entry makes it.",
                "desired/rules.yaml:12",
            ),
        ),
        issues=_issues(),
        checks=(
            Check("limit.delete_account", CheckStatus.FAILED, 1, 8, "5%"),
            Check(
                "limit.members_lost/Sales team",
                CheckStatus.FAILED,
                9,
                12,
                "50%",
                "The group keeps 3 members.",
            ),
            Check("protected/group/Tenant admins", CheckStatus.FAILED, 1, None, "0"),
            Check("limit.disable_account", CheckStatus.ACKNOWLEDGED, 2, 8, "10%"),
            Check("limit.revoke_group", CheckStatus.PASSED, 1, 40, "10%"),
            Check("limit.total", CheckStatus.PASSED, 12, None, "none"),
        ),
        warnings=("2 groups have the name Facilities; neither is touched.",),
        persons={
            PersonId("10001"): Known("Anna Visser", "Sales"),
            PersonId("10002"): Known("Bram Bakker", "Sales"),
            PersonId("10003"): Known("Chris Smit", "Legal"),
            PersonId("10004"): Known("10004", None),
        },
    )


def additive_plan() -> Plan:
    """What takes away is held."""
    steps = {step.kind: step for step in _steps()}
    return Plan(
        as_of=date(2026, 11, 23),
        mode=Mode.ADDITIVE,
        base_url="sandbox:.reconciler/tenant.db",
        snapshot_digest="sha256:5a",
        desired_digest="sha256:de",
        steps=(steps["grant_product"],),
        held=(steps["revoke_group"], steps["disable_account"], steps["delete_account"]),
        checks=(Check("limit.total", CheckStatus.PASSED, 1, None, "none"),),
    )


def settled_plan() -> Plan:
    """Nothing to do but to write the ledger."""
    correlate = next(step for step in _steps() if step.kind == "correlate_account")
    return Plan(
        as_of=date(2026, 11, 23),
        mode=Mode.SYNC,
        base_url="https://tenant.helloid.com/api/v1",
        snapshot_digest="sha256:5a",
        desired_digest="sha256:de",
        steps=(correlate,),
        bookkeeping=_books(),
        checks=(Check("limit.total", CheckStatus.PASSED, 0, None, "none"),),
    )


def _steps() -> tuple[Step, ...]:
    asked, rules = CauseKind.DESIRED, "desired/rules.yaml:3"
    fields = (
        FieldChange("userName", None, "a.visser@example.org"),
        FieldChange("firstName", None, "Anna"),
        FieldChange("password", None, Generated("password")),
        FieldChange("managedByUserGUID", None, AccountOf(PersonId("10005"))),
        FieldChange("isEnabled", None, False),
    )
    updated = (
        FieldChange("firstName", "Bram ", "Bram"),
        FieldChange("userAttributes.title", "Lead", None),
        FieldChange("userAttributes.phones", (), ("+31 6 1234 5678",)),
    )
    off, on = FieldChange("isEnabled", True, False), FieldChange("isEnabled", False, True)
    removed, left = CauseKind.REMOVED, "left the members of Sales"
    rule = "rule sales-employees"
    entry = "desired/accounts.yaml:4"
    return (
        step("r1", RevokeGroup(CHRIS, SALES), removed, left, "desired/groups.yaml:2"),
        step("r2", RevokeProduct(CHRIS, CRM), CauseKind.EXPIRED, "until 2026-11-01", entry),
        step("d1", DisableAccount(CHRIS, (off,)), removed, "nothing asks for the account", None),
        step("d2", DisableAccount(STRANGER, (off,)), CauseKind.RESOLUTION, "Left in May", None),
        step("g1", CreateGroup(ARCHIVE), asked, "create: true", "desired/groups.yaml:9"),
        step("c1", CorrelateAccount(DORA), asked, "userName is the same", None),
        step("c2", RestoreAccount(DORA, (updated[0],)), asked, "an entry", entry, "c1"),
        step("c3", CreateAccount(ANNA, fields), asked, rule, rules),
        step("u1", UpdateAccount(BRAM, updated), CauseKind.DRIFT, "changed in the tenant", entry),
        step("e1", EnableAccount(ANNA, (on,)), asked, rule, rules, "c3"),
        step("a1", GrantGroup(ANNA, SALES), asked, rule, rules, "c3"),
        step("a2", GrantGroup(ANNA, ARCHIVE), asked, rule, rules, "c3", "g1"),
        step("a3", GrantProduct(BRAM, CRM), asked, "a member line", "desired/products.yaml:4"),
        step("x1", DeleteAccount(STRANGER, ()), asked, "state: absent", entry, "d2"),
    )


def _books() -> Bookkeeping:
    return Bookkeeping(
        adopts=(Adopted(PersonId("10002"), ref(2), SALES),),
        remembers=(
            Remembered(
                PersonId("10002"), ref(2), "b.bakker@example.org", {"firstName": "Bram"}, True
            ),
        ),
        forgets_accounts=(PersonId("10006"),),
        forgets_grants=(ForgottenGrant(ref(2), PermissionKind.GROUP, PermissionRef("0-gone")),),
        protections=(Protection("group", "0-admins", "Tenant admins"),),
    )


def _issues() -> tuple[Issue, ...]:
    bram, stranger = BRAM.account, STRANGER.account
    return (
        Issue(
            "i1",
            IssueType.PERMISSION_UNMANAGED,
            PersonId("10002"),
            bram,
            group("Facilities", 7),
            IssueStatus.OPEN,
            None,
            "Held in the tenant, and no file asks for it.",
        ),
        Issue(
            "i2",
            IssueType.ACCOUNT_UNMANAGED,
            None,
            stranger,
            None,
            IssueStatus.RESOLVED,
            "disable",
            "Holds 3 grants.",
        ),
        Issue(
            "i3",
            IssueType.PERSON_MULTIPLE_ACCOUNTS,
            PersonId("10008"),
            None,
            None,
            IssueStatus.OPEN,
            None,
            "Two accounts have this person's value.",
            accounts=(AccountName(ref(7), "e.vos"), AccountName(ref(8), "e.vos2")),
        ),
        Issue(
            "i4",
            IssueType.PERMISSION_UNMANAGED,
            PersonId("10004"),
            DORA.account,
            SALES,
            IssueStatus.EXCLUDED,
            "exclude",
            "Audit until spring",
        ),
    )
