"""The laws that everything rests on, over generated organisations and tenants, through the whole product."""

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from reconciler.model.address import PersonId
from reconciler.model.plan import Plan
from reconciler.reports.document import write_text
from reconciler.sandbox import TenantSettings
from tests.laws.organisations import Organisation, organisations, settings, tenants
from tests.laws.project import Project

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: an example costs half a second, and the first failure says enough."""

SHORT = profile(
    max_examples=12,
    deadline=None,
    suppress_health_check=SLOW,
    derandomize=True,
    phases=PHASES,
)
LONG = profile(max_examples=300, deadline=None, suppress_health_check=SLOW, phases=PHASES)
ANSWERS = TenantSettings(deleted_user_name="free")


def before_and_after(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), given_settings)
        project.seed(tenant, ANSWERS)
        for organisation in (first, second):
            project.write(organisation.document())
            held = project.memberships()
            owned = granted(project)
            applied = project.apply()

            assert applied.outcome is not None
            assert not applied.document["errors"]
            assert applied.outcome.exit_code == 0
            check_second_plan_is_empty(project)
            check_only_ours_was_taken(project, organisation, held, owned)
            check_ledger_says_what_the_files_say(project, organisation, given_settings)


def granted(project: Project) -> set[tuple[str, str]]:
    """What the ledger says we granted, as user name and permission."""
    recorded = project.recorded()
    names = {owned.ref: owned.user_name.lower() for owned in recorded.accounts.values()}
    return {
        (names[grant.holder], grant.name)
        for holders in recorded.grants.values()
        for grant in holders.values()
        if grant.holder in names
    }


def check_second_plan_is_empty(project: Project) -> None:
    plan: Plan = project.plan().plan

    assert [step.kind for step in plan.steps] == []
    assert not plan.bookkeeping.adopts
    assert not plan.bookkeeping.remembers
    assert not plan.bookkeeping.forgets_accounts
    assert not plan.bookkeeping.forgets_grants


def check_only_ours_was_taken(
    project: Project,
    organisation: Organisation,
    held: set[tuple[str, str]],
    owned: set[tuple[str, str]],
) -> None:
    live = {a["userName"].lower() for a in project.tenant()["accounts"] if not a["isDeleted"]}
    lost = {(user, name) for user, name in held - project.memberships() if user in live}

    for user, name in lost:
        assert (user, name) in owned or organisation.is_authoritative(name)
    assert {"stranger1@example.org", "stranger2@example.org"} <= live


def check_ledger_says_what_the_files_say(
    project: Project, organisation: Organisation, given_settings: dict[str, Any]
) -> None:
    recorded = project.recorded()
    wanted = {person for person in organisation.first_names if organisation.wants(person)}
    grants = {
        (grant.person, grant.name)
        for holders in recorded.grants.values()
        for grant in holders.values()
    }

    assert grants == organisation.grants()
    assert wanted <= set(recorded.accounts)
    if given_settings["account_not_desired"] == "delete":
        assert set(recorded.accounts) == wanted
    users = {a["userGUID"]: a for a in project.tenant()["accounts"]}
    for person in wanted:
        user = users[recorded.accounts[PersonId(person)].ref]
        assert user["isEnabled"] == (organisation.states[person] == "enabled")
        assert user["firstName"] == organisation.first_names[person]
        assert not user["isDeleted"]


@SHORT
@given(settings(), tenants(), organisations(), organisations())
def test_after_apply_nothing_is_left_and_only_ours_was_taken(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    before_and_after(given_settings, tenant, first, second)


@pytest.mark.long
@LONG
@given(settings(), tenants(), organisations(), organisations())
def test_after_apply_nothing_is_left_and_only_ours_was_taken_at_length(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    before_and_after(given_settings, tenant, first, second)


@SHORT
@given(tenants(), organisations(), st.integers(0, 10**6))
def test_the_order_of_files_records_and_pages_does_not_matter(
    tenant: dict[str, Any], organisation: Organisation, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), {"target": {"base_url": "sandbox:.reconciler/tenant.db"}})
        project.seed(tenant)
        project.write(organisation.document())
        straight = project.plan()
        project.write(organisation.document(), random.Random(seed))  # noqa: S311 - only shuffles
        project.seed(tenant, TenantSettings(page_order="shuffled", page_seed=seed))
        shuffled = project.plan()

        assert comparable(straight.document) == comparable(shuffled.document)


def comparable(document: dict[str, Any]) -> str:
    """The plan without its times and without the lines of the files, which did move."""
    moved: dict[str, Any] = {
        key: value
        for key, value in document.items()
        if key not in ("created_at", "expires_at", "seal", "digest")
    }
    for action in [*moved["actions"], *moved["held"]]:
        action["cause"]["source"] = None
    for error in moved["errors"]:
        error["source"] = None
    return write_text(moved)


@SHORT
@given(tenants(), organisations(), organisations())
def test_what_a_limit_refuses_is_never_carried_out(
    tenant: dict[str, Any], first: Organisation, second: Organisation
) -> None:
    from reconciler.errors import SafeguardRefused

    none_at_all = {"at_most": 0}
    kinds = ("delete_account", "disable_account", "revoke_group", "revoke_product")
    strict = {
        "target": {"base_url": "sandbox:.reconciler/tenant.db"},
        "safeguards": {"limits": dict.fromkeys(kinds, none_at_all)},
    }
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), strict)
        project.seed(tenant, ANSWERS)
        for organisation in (first, second):
            project.write(organisation.document())
            planned = project.plan()
            before = project.tenant()
            taken = [step for step in planned.plan.steps if step.kind in kinds]
            if taken:
                assert planned.is_refused
                with pytest.raises(SafeguardRefused):
                    project.apply()
                assert project.tenant() == before
            elif not planned.is_refused:
                project.apply()
                live = {a["userGUID"] for a in before["accounts"] if not a["isDeleted"]}
                now = {a["userGUID"] for a in project.tenant()["accounts"] if not a["isDeleted"]}
                assert live <= now
