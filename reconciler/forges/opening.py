"""Opening the line to the forge that keeps a pull request."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from reconciler.forges.azure import AzureRepos
from reconciler.forges.exchange import ASGIApp, line_to
from reconciler.forges.github import GitHub
from reconciler.forges.gitlab import GitLab
from reconciler.forges.patience import Patience
from reconciler.model.comment import ForgeKind, PullRequest
from reconciler.model.value import Secret

Forge: TypeAlias = GitHub | GitLab | AzureRepos

_KINDS: Final[Mapping[ForgeKind, type[Forge]]] = {
    ForgeKind.GITHUB: GitHub,
    ForgeKind.GITLAB: GitLab,
    ForgeKind.AZURE: AzureRepos,
}


@asynccontextmanager
async def open_forge(
    at: PullRequest, token: Secret, patience: Patience | None = None, app: ASGIApp | None = None
) -> AsyncGenerator[Forge]:
    """Give the pull request's forge. Raises BadInput where there is no such pull request.

    With `app` the forge is an application inside the process.
    """
    kind = _KINDS[at.forge]
    async with line_to(at, token, kind.headers, patience or Patience(), app) as line:
        forge = kind(line, at)
        await forge.check()
        yield forge
