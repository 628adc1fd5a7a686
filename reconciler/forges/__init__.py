"""Forges: one comment and its labels on a pull request, over the REST APIs of GitHub, GitLab and Azure Repos."""

from reconciler.forges.exchange import ASGIApp
from reconciler.forges.opening import Forge, open_forge
from reconciler.forges.patience import Patience
from reconciler.forges.place import (
    find_pull_request,
    find_token,
    has_token,
    names_pull_request,
)

__all__ = [
    "ASGIApp",
    "Forge",
    "Patience",
    "find_pull_request",
    "find_token",
    "has_token",
    "names_pull_request",
    "open_forge",
]
