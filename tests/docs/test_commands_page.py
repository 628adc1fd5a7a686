import re
from collections.abc import Generator
from dataclasses import fields
from pathlib import Path

import pytest

from reconciler.sandbox import TenantSettings
from tests.docs.blocks import ROOT
from tests.docs.project import Project, copied

_OPTION = re.compile(r"(?<![\w-])-(?:-[a-z][a-z-]*|[a-z])\b")
_EVERYWHERE = {"--help", "-h"}
_COMMANDS = [
    "init",
    "validate",
    "plan",
    "diff",
    "show",
    "apply",
    "audit",
    "resolve",
    "snapshot",
    "import",
    "explain",
    "expiring",
    "rehearse",
    "history",
    "comment",
    "schema",
    "sandbox seed",
    "sandbox serve",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Generator[Project]:
    with copied(tmp_path_factory.mktemp("docs")) as project:
        yield project


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_page_of_commands_has_every_option_and_no_other(command: str, project: Project) -> None:
    page = (ROOT / "docs/commands.md").read_text("utf-8")
    section = page.split(f"\n## {command}\n")[1].split("\n## ")[0]
    rows = [_cells(line)[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {option for row in rows for option in _OPTION.findall(row)}

    helped = project.command(f"reconciler {command} --help")

    lines = [line.strip() for line in helped.output.splitlines()]
    spelled = [line.split("  ")[0] for line in lines if line.startswith("-")]
    offered = {option for line in spelled for option in _OPTION.findall(line)}
    assert documented | _EVERYWHERE == offered | _EVERYWHERE
    assert f"Examples:\n  reconciler {command}" in helped.output


def test_the_page_of_commands_has_every_command(project: Project) -> None:
    listed = [
        line.split()[0]
        for command in ("reconciler --help", "reconciler sandbox --help")
        for line in project.command(command)
        .output.partition("Commands:")[2]
        .partition("\n\n")[0]
        .splitlines()
        if line.startswith("  ") and not line.startswith("   ")
    ]

    assert set(listed) == {word for command in _COMMANDS for word in command.split()}


def test_the_settings_of_the_embedded_tenant_that_the_page_names_exist() -> None:
    section = _section(ROOT / "docs/sandbox.md", "Settings")
    named = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)

    assert len(named) > 5
    assert set(named) <= {field.name for field in fields(TenantSettings)}


def _cells(row: str) -> list[str]:
    return re.split(r"(?<!\\)\|", row)


def _section(page: Path, heading: str) -> str:
    return page.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
