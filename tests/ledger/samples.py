"""Small values for the ledger's tests."""

from datetime import date

from reconciler.model.address import AccountRef, PermissionKind, PermissionRef, PersonId
from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus
from reconciler.model.state import GrantStatus, Owned, OwnedGrant

TENANT = "https://tenant.helloid.com/api/v1"
RUN = RunId("run-1")
SALES = PermissionRef("group-sales")
CRM = PermissionRef("product-crm")


def run(name: str = RUN, digest: str = "sha256:plan", status: RunStatus = RunStatus.RUNNING) -> Run:
    return Run(
        id=RunId(name),
        plan_digest=digest,
        started_at="2026-11-23T10:00:00Z",
        ended_at=None,
        status=status,
        by="Anna Visser",
        commit="0123abc",
        plan='{"actions": [], "naïve": "✓"}',
    )


def owned(person: str, ref: str | None = None) -> Owned:
    return Owned(
        person=PersonId(person),
        ref=AccountRef(ref or f"guid-{person}"),
        user_name=f"{person}@example.org",
        fields={
            "firstName": "Anna",
            "lastName": None,
            "userAttributes.tags": ("a", "b"),
            "userAttributes.number": 7,
            "isEnabled": True,
        },
        enabled=True,
        disabled_since=date(2026, 11, 1),
        stored={"userName": f"{person}@example.org", "userAttributes.tags": ("a", "b"), "id": 7},
    )


def grant(
    person: str,
    permission: PermissionRef = SALES,
    kind: PermissionKind = PermissionKind.GROUP,
    status: GrantStatus = GrantStatus.HELD,
) -> OwnedGrant:
    return OwnedGrant(
        person=PersonId(person),
        holder=AccountRef(f"guid-{person}"),
        kind=kind,
        permission=permission,
        name="Sales",
        status=status,
        since=date(2026, 11, 23),
    )


def entry(step: str, status: StepStatus = StepStatus.DONE, at: str = "10:00:02") -> Entry:
    return Entry(StepId(step), status, at)
