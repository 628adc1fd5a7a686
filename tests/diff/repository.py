"""A project in a git repository of its own."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.projects import Project

WHO = {
    "GIT_AUTHOR_NAME": "Anna Visser",
    "GIT_AUTHOR_EMAIL": "a.visser@example.org",
    "GIT_COMMITTER_NAME": "Anna Visser",
    "GIT_COMMITTER_EMAIL": "a.visser@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str, date: str = "2026-11-01T12:00:00+00:00") -> str:
    """Run git; commits get a fixed date."""
    return subprocess.run(
        ["git", *arguments],  # noqa: S607 - git is looked up as the user has it
        cwd=folder,
        env={**os.environ, **WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@dataclass(frozen=True)
class Repository:
    """A repository with a project in it, at its root or in a folder."""

    root: Path
    project: Project

    @classmethod
    def at(
        cls, root: Path, folder: str = ".", settings: Mapping[str, Any] | None = None
    ) -> "Repository":
        root.mkdir(parents=True, exist_ok=True)
        git(root, "init", "--quiet", "--initial-branch", "main")
        (root / ".gitignore").write_text(".reconciler/\n")
        return cls(root, Project.at(root / folder, settings))

    def commit(self, date: str = "2026-11-01T12:00:00+00:00") -> str:
        """Commit all that there is and return the commit."""
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", "As it is", date=date)
        return git(self.root, "rev-parse", "HEAD")
