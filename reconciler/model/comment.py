"""A pull request, and what stands on it: comments and labels."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ForgeKind(StrEnum):
    """What keeps pull requests."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"


FORGE_NAMES: Final = {
    ForgeKind.GITHUB: "GitHub",
    ForgeKind.GITLAB: "GitLab",
    ForgeKind.AZURE: "Azure DevOps",
}
"""How each forge is said to people."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request of GitHub or Azure Repos, or a merge request of GitLab.

    `api` is the root of the forge's REST API; `repository` is OWNER/NAME at GitHub, the number or
    path of the project at GitLab, the identifier of the repository at Azure. `commit` and `run` (an https
    address) are the pipeline's, where known.
    """

    forge: ForgeKind
    api: str
    repository: str
    number: int
    commit: str | None = None
    run: str | None = None

    def __str__(self) -> str:
        sign = "#" if self.forge is ForgeKind.GITHUB else "!"
        return f"{FORGE_NAMES[self.forge]} {self.repository}{sign}{self.number}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the forge keeps it; `author` is the forge's number for its user, "" for nobody."""

    id: int
    author: str
    is_bot: bool
    body: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label to be on a pull request; `colour` is six hexadecimal digits."""

    name: str
    colour: str
    description: str
