"""Projects on disk for the tests, and problems as one line each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from reconciler.desired import read_desired
from reconciler.model.address import PermissionKind, PermissionRef
from reconciler.model.declared import Declared
from reconciler.model.problem import Problem, Severity
from reconciler.model.settings import Patterns, Scope, Settings, Target
from reconciler.model.state import Actual, FoundPermission

SETTINGS = Settings(
    Target("sandbox:tenant.db"), scope=Scope(groups=Patterns(exclude=("Everyone",)))
)


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    (root / "desired").mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(
    root: Path, files: Mapping[str, str | bytes], actual: Actual | None = None
) -> tuple[Declared, tuple[Problem, ...]]:
    write(root, files)
    return read_desired(root, SETTINGS, b"{}", actual=actual)


def holding(groups: Sequence[str], products: Sequence[str]) -> Actual:
    """Return a tenant with these groups and products, a name twice where it is listed twice."""
    found = [FoundPermission(PermissionKind.GROUP, PermissionRef(""), name) for name in groups]
    found += [FoundPermission(PermissionKind.PRODUCT, PermissionRef(""), name) for name in products]
    permissions = {PermissionRef(f"ref-{number}"): each for number, each in enumerate(found)}
    return Actual(SETTINGS.target.base_url, {}, permissions, {})


def lines(problems: Sequence[Problem]) -> list[str]:
    return [line(problem) for problem in problems]


def line(problem: Problem) -> str:
    also = f" also {problem.also}" if problem.also else ""
    warning = " warning" if problem.severity is Severity.WARNING else ""
    return f"{problem.at} {problem.code}{also}{warning}"
