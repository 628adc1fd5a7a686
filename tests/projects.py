"""Projects for tests of the whole product: files in a folder, a tenant, and the command line run on both."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.cli.app import (
    _run,  # pyright: ignore[reportPrivateUsage] - the command line without ending this process
)
from reconciler.sandbox import TenantSettings, create_app, export, seed

ROOT = Path(__file__).parent.parent
MAPPING = ROOT / "fieldMapping.json"
EMBEDDED = "sandbox:.reconciler/tenant.db"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code}\n--- standard output\n{self.out}--- standard error\n{self.err}"


@dataclass(frozen=True)
class Project:
    """A project in a folder of its own, on the embedded tenant unless it is told another."""

    folder: Path

    @classmethod
    def at(
        cls, folder: Path, settings: Mapping[str, Any] | None = None, base_url: str = EMBEDDED
    ) -> "Project":
        """Make a project with the checkout's field mapping and without desired state."""
        folder.mkdir(parents=True, exist_ok=True)
        project = cls(folder)
        shutil.copy(MAPPING, folder)
        project.set(settings or {}, base_url)
        project.write("desired/nothing.yaml", {})
        return project

    @property
    def tenant(self) -> Path:
        """The file of the embedded tenant."""
        return self.folder / ".reconciler/tenant.db"

    @property
    def ledger(self) -> Path:
        """The file of the ledger, where the settings name no other."""
        return self.folder / ".reconciler/ledger.db"

    def set(self, settings: Mapping[str, Any], base_url: str = EMBEDDED) -> None:
        """Write the settings; `target` is merged with the tenant's address."""
        target = {"base_url": base_url, **settings.get("target", {})}
        self.write("reconciler.yaml", {**settings, "target": target})

    def write(self, name: str, content: object) -> Path:
        """Write a file below the project: a text as it is, anything else as JSON, which is YAML."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
        return path

    def want(self, desired: Mapping[str, Any]) -> None:
        """Let the project have this desired state and no other."""
        shutil.rmtree(self.folder / "desired", ignore_errors=True)
        for name, content in desired.items():
            self.write(f"desired/{name}.yaml", {name: content})

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def seed(self, snapshot: Mapping[str, Any], **settings: Any) -> None:
        """Replace what the embedded tenant holds."""
        self.tenant.parent.mkdir(parents=True, exist_ok=True)
        if settings:
            create_app(self.tenant, TenantSettings(**settings)).state.close()
        seed(self.tenant, {"format_version": "1.0", **snapshot})

    def held(self) -> dict[str, Any]:
        """Return all that the embedded tenant holds."""
        return export(self.tenant)

    def run(self, *arguments: str) -> Ran:
        """Run the command line inside this process, in the project's folder."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _run(list(arguments))
        return Ran(code, out.getvalue(), err.getvalue())

    def good(self, *arguments: str) -> Ran:
        """Run a command that has to end with 0."""
        ran = self.run(*arguments)
        assert ran.code == 0, ran
        return ran

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start the command line as a process of its own, with pipes to its output."""
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
        )

    def spawn(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run the command line as a process of its own, to its end."""
        return ended(self.start(*arguments, env=env))

    def copy(self, folder: Path) -> "Project":
        """Return a copy, its local state included."""
        shutil.copytree(self.folder, folder)
        return Project(folder)


def ended(process: subprocess.Popen[str], seconds: float = 120) -> Ran:
    """Wait for a process and return how it ended."""
    out, err = process.communicate(timeout=seconds)
    return Ran(process.returncode, out, err)


def person(
    number: int,
    given: str,
    family: str,
    *,
    title: str = "Clerk",
    department: str = "Sales",
    manager: int | None = None,
) -> dict[str, Any]:
    """Return a person of HelloID's model with one contract; the user name is given.family@example.org."""
    address = f"{given}.{family}@example.org".lower().replace(" ", "")
    return {
        "ExternalId": str(number),
        "DisplayName": f"{given} {family}",
        "Name": {"GivenName": given, "NickName": given, "FamilyName": family},
        "Contact": {"Business": {"Email": address}},
        "Accounts": {"EntraID": {"userPrincipalName": address}},
        **({"PrimaryManager": {"ExternalId": str(manager)}} if manager else {}),
        "Contracts": [
            {
                "ExternalId": f"{number}-1",
                "StartDate": "2024-01-01",
                "EndDate": None,
                "Department": {"ExternalId": department.upper(), "DisplayName": department},
                "Title": {"Name": title},
            }
        ],
    }


def account(number: int, state: str = "enabled", **more: Any) -> dict[str, Any]:
    """Return an entry of `accounts`."""
    return {"person": str(number), "state": state, **more}


def group(name: str, *members: int, **more: Any) -> dict[str, Any]:
    """Return an entry of `groups` or `products` with these members."""
    return {"name": name, "members": [str(one) for one in members], **more}


def guid(number: int) -> str:
    """Return a GUID for a tenant's object."""
    return f"00000000-0000-4000-8000-{number:012x}"


def tenant_of(groups: Sequence[str] = (), products: Sequence[str] = ()) -> dict[str, Any]:
    """Return a tenant with empty groups and products, as a snapshot."""
    return {
        "format_version": "1.0",
        "groups": [
            {"groupGuid": guid(0x100 + n), "name": name, "isEnabled": True}
            for n, name in enumerate(groups)
        ],
        "products": [
            {"productId": guid(0x200 + n), "name": name, "visibility": "All"}
            for n, name in enumerate(products)
        ],
    }
