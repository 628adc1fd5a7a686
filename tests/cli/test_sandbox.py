"""The embedded tenant as a process of its own."""

import json
import signal
from typing import IO, cast

import pytest

from reconciler.sandbox import TenantSettings, create_app, requests
from tests.cli.offices import Office, user_name
from tests.projects import ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_served_tenant_says_where_it_is_and_ends_when_told(
    number: signal.Signals, office: Office
) -> None:
    process = office.project.start("sandbox", "serve", "--port", "0")
    ready = json.loads(cast("IO[str]", process.stdout).readline())
    assert sorted(ready) == ["api_key", "api_secret", "base_url"]
    target = {"api_key": ready["api_key"], "api_secret": ready["api_secret"]}
    office.project.set({"target": target}, ready["base_url"])
    plan = office.project.run("plan", "--format", "json")
    process.send_signal(number)
    over = ended(process)
    assert plan.code == 0, plan
    assert plan.json["actions"][0]["kind"] == "correlate_account"
    assert over.code in {0, 130}, over
    assert "Traceback" not in over.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "approval=maybe"],
        ["--set", "aproval=auto"],
        ["--fault", "explode:every=1"],
        ["--fault", "status:every=x"],
        ["--seed", "fieldMapping.json"],
        ["--seed", "no-such-file.json"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_served_is_1_and_said(arguments: list[str], office: Office) -> None:
    ran = office.refused("sandbox", "serve", *arguments)
    assert ran.code == 1, ran
    assert ran.out == ""


def test_a_setting_without_a_value_is_a_wrong_command_line(office: Office) -> None:
    assert office.refused("sandbox", "serve", "--set", "approval").code == 64


def test_products_that_wait_for_approval_are_pending_and_not_asked_for_again(
    office: Office,
) -> None:
    office.project.write("held.json", {"format_version": "1.0", **office.project.held()})
    seeded = office.project.run(
        "sandbox",
        "seed",
        "held.json",
        "--state",
        ".reconciler/tenant.db",
        "--set",
        "approval=pending",
    )
    assert seeded.code == 0, seeded
    office.members("CRM", *range(1, 16))
    ran = office.project.run("apply", "--auto-approve", "--format", "json")
    assert (ran.code, ran.json["summary"]) == (0, {"pending": 1})
    assert office.project.run("plan", "--detailed-exitcode").code == 0
    office.members("CRM", *range(1, 15))
    assert office.project.run("plan").code == 0


@pytest.mark.parametrize("while_pending", ["refuse", "accept"])
def test_two_plans_that_ask_for_the_same_product_ask_once(
    while_pending: str, office: Office
) -> None:
    settings = TenantSettings(approval="pending", request_while_pending=while_pending)  # pyright: ignore[reportArgumentType] - one of the two it may be
    create_app(office.project.tenant, settings).state.close()
    office.members("CRM", *range(1, 16))
    office.project.good("plan", "-o", "first.json")
    office.members("Sales", *range(1, 16))
    office.project.good("plan", "-o", "second.json")
    assert office.project.run("apply", "first.json").code == 0
    office.project.run("apply", "second.json", "--skip-stale")
    asked = [each for each in requests(office.project.tenant) if each["userName"] == user_name(15)]
    assert len(asked) == 1
