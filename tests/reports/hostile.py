"""A plan in which every text that others write tries something."""

from datetime import date

from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import (
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    FieldChange,
    GrantProduct,
    RevokeGroup,
    Subject,
    UpdateAccount,
)
from reconciler.model.difference import Difference, Differences, Revision
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.person import Known
from reconciler.model.plan import Check, CheckStatus, Mode, Plan, Step, StepId
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.state import PersonError
from reconciler.model.value import JSON, AccountOf, Generated
from reconciler.reports.document import plan_document
from tests.reports import sample
from tests.reports.strategies import HOSTILE

TRICKS = (
    *HOSTILE,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</ScRiPt ><svg/onload=alert(1)>",
    "<!--<script>",
    "--><b>out</b>",
    "</noscript><iframe src=https://evil.example.org></iframe>",
    "</title></style></textarea><h1>out</h1>",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "javascript:alert(1)",
    "' onmouseover='alert(1)",
    "<style>body{display:none}</style>",
    "<base href=//evil.example.org>",
    '<meta http-equiv=refresh content="0;url=https://evil.example.org">',
    "@octocat and @org/team",
    "octo/repo#1 #123 GH-1 !7 ~label %milestone $12 &3",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "https://evil.example.org www.evil.example.org a@evil.example.org",
    "[link](https://evil.example.org) ![image](https://evil.example.org/x.png)",
    "[ref]: https://evil.example.org",
    "<https://evil.example.org>",
    "cell | next | cell",
    "pipe \\| and \\\\| and \\",
    "`code` ``more`` ` |`|",
    "````",
    "`",
    "|",
    "||`||",
    "\n\n# heading\n\n- list\n> quote\n\n| a | b |\n",
    "</details></table>",
    "**bold** __bold__ ~~gone~~ $`x`$ $$y$$ :tada: \\[x\\]",
    "/close",
    "::error::now",
    "{{ template }} <%= x %> ${jndi}",
    "=1+1",
    "+1",
    "-2+3",
    '=HYPERLINK("https://evil.example.org")',
    "__proto__",
    "constructor",
    "\u2028line\u2029",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "]]>",
    "%s %n {0}",
    "a" * 5_000,
    "Z\u0351\u036b\u0343\u036a" * 20,
)


def hostile_plan(trick: str) -> Plan:
    """Return a plan in which every text is this one."""
    subject = Subject(PersonId(trick), AccountName(AccountRef(trick), trick))
    group = Permission(PermissionKind.GROUP, trick, PermissionRef(trick))
    product = Permission(PermissionKind.PRODUCT, trick, PermissionRef(trick))
    fields = (
        FieldChange(trick, trick, trick + "x"),
        FieldChange(trick, (trick, trick), None),
        FieldChange(trick, None, Generated(trick)),
        FieldChange(trick, None, AccountOf(PersonId(trick))),
    )
    cause = Cause(CauseKind.DESIRED, trick, trick)
    changes = (
        RevokeGroup(subject, group),
        DeleteAccount(Subject(None, subject.account), ()),
        CreateGroup(group),
        CreateAccount(subject, fields),
        UpdateAccount(subject, fields),
        GrantProduct(subject, product),
    )
    steps = tuple(Step(StepId(str(n)), change, cause) for n, change in enumerate(changes))
    return Plan(
        date(2026, 11, 23),
        Mode.SYNC,
        trick,
        trick,
        trick,
        steps=steps,
        held=steps[:1],
        errors=(PersonError(PersonId(trick), trick, trick, trick),),
        issues=tuple(
            Issue(
                trick,
                IssueType.PERMISSION_UNMANAGED,
                subject.person,
                subject.account,
                group,
                status,
                trick,
                trick,
                (PersonId(trick), PersonId(trick)),
                (subject.account, subject.account),
            )
            for status in IssueStatus
        ),
        checks=tuple(
            Check(f"{rule}{trick}", status, 1, 2, trick, trick)
            for status in CheckStatus
            for rule in ("limit.members_lost/", "protected/group/", "")
        ),
        warnings=(trick,),
        persons={PersonId(trick): Known(trick, trick)},
    )


def hostile_differences(trick: str) -> Differences:
    """Return differences in which every text is this one."""
    plan = hostile_plan(trick)
    found = tuple(Difference(step.change, step.cause) for step in plan.steps)
    revision = Revision(trick, "c" * 40)
    return Differences(
        revision, revision, plan.as_of, found, plan.errors, plan.warnings, plan.persons
    )


def all_tricks_differences() -> Differences:
    """Return differences with every trick in them."""
    each = [hostile_differences(trick) for trick in TRICKS]
    return Differences(
        Revision(" ".join(TRICKS), "b" * 40),
        Revision("working tree"),
        date(2026, 11, 23),
        tuple(found for one in each for found in one.found),
        tuple(error for one in each for error in one.errors),
        TRICKS,
        {who: known for one in each for who, known in one.persons.items()},
    )


def hostile_document(trick: str) -> dict[str, JSON]:
    return plan_document(hostile_plan(trick), created_at=sample.CREATED, expires_at=sample.EXPIRES)


def all_tricks_document() -> dict[str, JSON]:
    """Return one plan with every trick in it."""
    plans = [hostile_plan(trick) for trick in TRICKS]
    steps = [step for plan in plans for step in plan.steps]
    plan = Plan(
        date(2026, 11, 23),
        Mode.SYNC,
        " ".join(TRICKS),
        "d",
        "e",
        steps=tuple(Step(StepId(str(n)), step.change, step.cause) for n, step in enumerate(steps)),
        held=tuple(step for plan in plans for step in plan.held),
        errors=tuple(error for plan in plans for error in plan.errors),
        issues=tuple(issue for plan in plans for issue in plan.issues),
        checks=tuple(check for plan in plans for check in plan.checks),
        warnings=TRICKS,
        persons={who: known for plan in plans for who, known in plan.persons.items()},
    )
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)
