"""A generated organisation in git, and edits of its files as a pull request brings them."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tests.bench.size import Size
from tests.diff.repository import git
from tests.projects import Project

RULE = """rules:
  - name: by title
    when: {{Contract.Title.Name: {title}}}
    grant: {{groups: [Titled]}}
"""
TITLES = 50
"""So many titles there are: a rule for one of them is met by two in a hundred."""


def committed(made: Project, folder: Path) -> Project:
    """Return a copy of an organisation's files with a rule more, as the commit `main`."""
    folder.mkdir()
    shutil.copytree(made.folder / "desired", folder / "desired")
    for name in ("reconciler.yaml", "fieldMapping.json"):
        shutil.copy(made.folder / name, folder / name)
    project = Project(folder)
    project.write("desired/rules.yaml", RULE.format(title="Title 1"))
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it is")
    return project


def restored(project: Project) -> None:
    """Bring back what was committed."""
    git(project.folder, "checkout", "--quiet", "--", ".")


def _line(project: Project, _size: Size) -> dict[str, int]:
    file = project.folder / "desired/persons-000000.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"Title 0"', '"Another title"', 1), encoding="utf-8")
    return {"update_account": 1}


def _rule(project: Project, size: Size) -> dict[str, int]:
    project.write("desired/rules.yaml", RULE.format(title="Title 2"))
    return {"revoke_group": size.persons // TITLES, "grant_group": size.persons // TITLES}


Edit: TypeAlias = Callable[[Project, Size], dict[str, int]]
"""Changes the files, and returns what a diff has to find."""

EDITS: Mapping[str, tuple[Edit, float]] = {"line": (_line, 1.15), "rule": (_rule, 1.25)}
"""One person's title, and the title for which a rule gives a group; what a diff may take of a `validate`."""
