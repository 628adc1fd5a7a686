"""Where to comment and with which token: read from the environment of the pipeline."""

import json
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from reconciler.errors import BadInput
from reconciler.model.comment import FORGE_NAMES, ForgeKind, PullRequest
from reconciler.model.value import JSON, Secret

TOKENS: Final = {
    ForgeKind.GITHUB: ("RECONCILER_FORGE_TOKEN", "GITHUB_TOKEN"),
    ForgeKind.GITLAB: ("RECONCILER_FORGE_TOKEN", "GITLAB_TOKEN"),
    ForgeKind.AZURE: ("RECONCILER_FORGE_TOKEN", "SYSTEM_ACCESSTOKEN"),
}
"""The variables that may hold the token, the first one found counts."""
_MAY: Final = {
    ForgeKind.GITHUB: "In a workflow: `permissions: {pull-requests: write}` and"
    " `GITHUB_TOKEN: ${{ github.token }}` in the step's `env`.",
    ForgeKind.GITLAB: "Make a project access token with the scope `api` and give it to the job as"
    " GITLAB_TOKEN; CI_JOB_TOKEN may not comment.",
    ForgeKind.AZURE: "In a pipeline: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in the step's `env`, and for"
    " the build service the permission to contribute to pull requests of the repository.",
}
_VARIABLES: Final = {
    ForgeKind.GITHUB: "GITHUB_REPOSITORY",
    ForgeKind.GITLAB: "CI_API_V4_URL",
    ForgeKind.AZURE: "SYSTEM_COLLECTIONURI",
}
"""What tells outside a pipeline which forge is meant."""
_GITHUB_API: Final = "https://api.github.com"
_REF: Final = re.compile(r"refs/pull/([1-9][0-9]{0,17})/(?:merge|head)")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+")
_PROJECT: Final = re.compile(r"[0-9]+|[A-Za-z0-9_][A-Za-z0-9_./-]*")
_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_IID: Final = "CI_MERGE_REQUEST_IID"
_PULL_REQUEST: Final = "SYSTEM_PULLREQUEST_PULLREQUESTID"
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_EVENT_BYTES: Final = 32 * 1024 * 1024


def find_pull_request(environ: Mapping[str, str], number: int | None) -> PullRequest:
    """Return the pull request of a pipeline's environment; `number` overrides which one.

    GitHub: GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_REF, GITHUB_EVENT_PATH. GitLab: CI_API_V4_URL,
    CI_MERGE_REQUEST_PROJECT_ID or CI_PROJECT_ID, CI_MERGE_REQUEST_IID. Azure: SYSTEM_COLLECTIONURI,
    BUILD_REPOSITORY_ID, SYSTEM_PULLREQUEST_PULLREQUESTID. Raises BadInput where the environment names
    none, or something that cannot be used.
    """
    match _forge_of(environ):
        case ForgeKind.GITHUB:
            return _at_github(environ, number)
        case ForgeKind.GITLAB:
            return _at_gitlab(environ, number)
        case ForgeKind.AZURE:
            return _at_azure(environ, number)


def names_pull_request(environ: Mapping[str, str], number: int | None) -> bool:
    """Tell whether the environment names a forge and, unless a number is given, a pull request."""
    if not any(environ.get(name) for name in _VARIABLES.values()):
        return False
    if number is not None or any(environ.get(name) for name in (_IID, _PULL_REQUEST)):
        return True
    return (_number_of_ref(environ) or _number_of_event(environ)) is not None


def has_token(environ: Mapping[str, str], forge: ForgeKind) -> bool:
    """Tell whether the environment has a token for a forge."""
    return any(environ.get(name) for name in TOKENS[forge])


def find_token(environ: Mapping[str, str], forge: ForgeKind) -> Secret:
    """Return the token of the environment. Raises BadInput where there is none, or no token."""
    name = next((name for name in TOKENS[forge] if environ.get(name)), None)
    if name is None:
        raise BadInput(
            f"There is no token for {FORGE_NAMES[forge]}",
            f"None of {', '.join(TOKENS[forge])} is set.",
            _MAY[forge],
        )
    token = environ[name].strip()
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise BadInput(
            f"The token for {FORGE_NAMES[forge]} cannot be used",
            f"{name} holds blanks, line breaks or letters beyond ASCII, which no token has.",
            "Set it anew, without quotes.",
        )
    return Secret(token)


def _forge_of(environ: Mapping[str, str]) -> ForgeKind:
    if environ.get("GITHUB_ACTIONS") == "true":
        return ForgeKind.GITHUB
    if environ.get("GITLAB_CI") == "true":
        return ForgeKind.GITLAB
    is_azure = environ.get("TF_BUILD") == "True"
    if is_azure and environ.get("BUILD_REPOSITORY_PROVIDER") == "TfsGit":
        return ForgeKind.AZURE
    named = [kind for kind, variable in _VARIABLES.items() if environ.get(variable)]
    if is_azure:  # its agents also build what is kept elsewhere
        named = [kind for kind in named if kind is not ForgeKind.AZURE]
    if len(named) == 1:
        return named[0]
    variables = [_VARIABLES[kind] for kind in named or _VARIABLES]
    detail = (
        f"{'Both ' if len(named) == 2 else ''}{' and '.join(variables)} are set."
        if named
        else f"This is no pipeline of GitHub, GitLab or Azure: none of {', '.join(variables)} is set."
    )
    raise BadInput(
        "Nobody knows where to comment",
        detail,
        "Run it in a pipeline, or name the repository, such as\n"
        "  GITHUB_REPOSITORY=OWNER/NAME reconciler comment plan.json --pr 5",
    )


def _at_github(environ: Mapping[str, str], number: int | None) -> PullRequest:
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository) or repository.split("/")[1] in {".", ".."}:
        raise _unusable("GITHUB_REPOSITORY", repository, "OWNER/NAME")
    found = number or _number_of_ref(environ) or _number_of_event(environ)
    if found is None:
        raise _no_pull_request("Its GITHUB_REF is no refs/pull/N/merge, and its event names none.")
    run, server = environ.get("GITHUB_RUN_ID", ""), environ.get("GITHUB_SERVER_URL", "")
    page = f"{server}/{repository}/actions/runs/{run}" if server and run else ""
    return PullRequest(
        ForgeKind.GITHUB,
        _api(environ, "GITHUB_API_URL", _GITHUB_API),
        repository,
        found,
        _commit(_head_of_event(environ) or environ.get("GITHUB_SHA", "")),
        _page(page),
    )


def _at_gitlab(environ: Mapping[str, str], number: int | None) -> PullRequest:
    # The pipeline of a fork runs in the fork; the merge request lives in the project it is for.
    variable = "CI_MERGE_REQUEST_PROJECT_ID"
    if not environ.get(variable):
        variable = "CI_PROJECT_ID"
    project = environ.get(variable, "")
    if not _PROJECT.fullmatch(project) or ".." in project:
        raise _unusable(variable, project, "a project's number, or its path GROUP/NAME")
    iid = environ.get(_IID, "")
    if number is None and not _NUMBER.fullmatch(iid):
        raise _no_pull_request(f"It has no {_IID}: it is no merge request pipeline.")
    return PullRequest(
        ForgeKind.GITLAB,
        _api(environ, "CI_API_V4_URL", ""),
        project,
        number or int(iid),
        _commit(environ.get("CI_COMMIT_SHA", "")),
        _page(environ.get("CI_PIPELINE_URL", "")),
    )


def _at_azure(environ: Mapping[str, str], number: int | None) -> PullRequest:
    repository = environ.get("BUILD_REPOSITORY_ID", "")
    if not _GUID.fullmatch(repository):
        raise _unusable("BUILD_REPOSITORY_ID", repository, "the identifier of a repository")
    given = environ.get(_PULL_REQUEST, "")
    if number is None and not _NUMBER.fullmatch(given):
        raise _no_pull_request(f"It has no {_PULL_REQUEST}: it does not check a pull request.")
    api = _api(environ, "SYSTEM_COLLECTIONURI", "")
    project, build = environ.get("SYSTEM_TEAMPROJECTID", ""), environ.get("BUILD_BUILDID", "")
    page = f"{api}/{project}/_build/results?buildId={build}" if project and build else ""
    commit = environ.get("SYSTEM_PULLREQUEST_SOURCECOMMITID") or environ.get(
        "BUILD_SOURCEVERSION", ""
    )
    return PullRequest(
        ForgeKind.AZURE, api, repository, number or int(given), _commit(commit), _page(page)
    )


def _api(environ: Mapping[str, str], variable: str, otherwise: str) -> str:
    url = environ.get(variable) or otherwise
    flaw = _flaw(url)
    if flaw:
        raise BadInput(
            "The forge's address cannot be used",
            f"{variable} {flaw}.",
            f"Write it like {_GITHUB_API} or https://gitlab.example.org/api/v4",
        )
    return url.rstrip("/")


def _flaw(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "is no address"
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        return "is no address" if url else "is not set"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password; the token has a variable of its own"
    if parts.scheme == "http" and not _is_loopback(host):
        return "is plain http, which would show the token to everybody on the way; use https"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _number_of_ref(environ: Mapping[str, str]) -> int | None:
    found = _REF.fullmatch(environ.get("GITHUB_REF", ""))
    return int(found.group(1)) if found else None


def _number_of_event(environ: Mapping[str, str]) -> int | None:
    """Return the pull request that a GitHub event is about: one, or a comment on one."""
    event = _event(environ)
    asked = _part(event, "pull_request", "number")
    if asked is None and _part(event, "issue", "pull_request") is not None:
        asked = _part(event, "issue", "number")
    return asked if isinstance(asked, int) and not isinstance(asked, bool) and asked > 0 else None


def _head_of_event(environ: Mapping[str, str]) -> str:
    """Return the commit that was pushed; GITHUB_SHA of a pull request is a merge nobody knows."""
    found = _part(_event(environ), "pull_request", "head", "sha")
    return found if isinstance(found, str) else ""


def _event(environ: Mapping[str, str]) -> JSON:
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            data = file.read(_EVENT_BYTES + 1)
        return cast("JSON", json.loads(data)) if len(data) <= _EVENT_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def _part(document: JSON, *names: str) -> JSON:
    for name in names:
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _page(url: str) -> str | None:
    """Return an address that can stand in a Markdown link, or None."""
    return url if re.fullmatch(r"https?://[A-Za-z0-9._~:/%+?=-]{1,300}", url) else None


def _no_pull_request(detail: str) -> BadInput:
    return BadInput(
        "This pipeline is about no pull request",
        detail,
        "Name one:\n  reconciler comment FILE --pr N",
    )


def _unusable(variable: str, value: str, right: str) -> BadInput:
    wrong = f"{variable} is {value!r}" if value else f"{variable} is not set"
    return BadInput("Nobody knows where to comment", f"{wrong}.", f"It has to be {right}.")
