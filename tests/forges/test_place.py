"""Where to comment, read from what the platforms give a pipeline."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import BadInput
from reconciler.forges import find_pull_request, find_token
from reconciler.model.comment import ForgeKind

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "example/staff",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "123",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    "GITHUB_REF": "refs/pull/5/merge",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
    "CI_PROJECT_ID": "77",
    "CI_MERGE_REQUEST_IID": "5",
    "CI_COMMIT_SHA": "0123456789abcdef0123456789abcdef01234567",
    "CI_PIPELINE_URL": "https://gitlab.example.org/example/staff/-/pipelines/9",
}
AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/example/",
    "SYSTEM_TEAMPROJECTID": "0b527bc6-d5aa-464f-9615-3411ebc16719",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_REPOSITORY_ID": "3411ebc1-d5aa-464f-9615-0b527bc66719",
    "BUILD_BUILDID": "123",
    "BUILD_SOURCEVERSION": "fedcba9876543210fedcba9876543210fedcba98",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": "0123456789abcdef0123456789abcdef01234567",
}


def event(tmp_path: Path, content: object) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return {**GITHUB, "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(path)}


def test_a_workflow_of_github_names_its_pull_request() -> None:
    at = find_pull_request(GITHUB, None)
    assert (at.forge, at.api, at.repository, at.number) == (
        ForgeKind.GITHUB,
        "https://api.github.com",
        "example/staff",
        5,
    )
    assert at.commit == GITHUB["GITHUB_SHA"]
    assert at.run == "https://github.com/example/staff/actions/runs/123"
    assert str(at) == "GitHub example/staff#5"


def test_a_pipeline_of_gitlab_names_its_merge_request() -> None:
    at = find_pull_request(GITLAB, None)
    assert (at.forge, at.api, at.repository, at.number) == (
        ForgeKind.GITLAB,
        "https://gitlab.example.org/api/v4",
        "77",
        5,
    )
    assert at.run == GITLAB["CI_PIPELINE_URL"]
    assert str(at) == "GitLab 77!5"


def test_a_pipeline_of_azure_names_its_pull_request() -> None:
    at = find_pull_request(AZURE, None)
    assert (at.forge, at.api, at.repository, at.number) == (
        ForgeKind.AZURE,
        "https://dev.azure.com/example",
        AZURE["BUILD_REPOSITORY_ID"],
        5,
    )
    assert at.commit == AZURE["SYSTEM_PULLREQUEST_SOURCECOMMITID"]
    page = f"{AZURE['SYSTEM_TEAMPROJECTID']}/_build/results?buildId=123"
    assert at.run == f"https://dev.azure.com/example/{page}"


@pytest.mark.parametrize("ref", ["", "access", "../x", "3411ebc1-d5aa-464f-9615-0b527bc66719/x"])
def test_a_repository_of_azure_that_is_none_is_refused(ref: str) -> None:
    with pytest.raises(BadInput, match="BUILD_REPOSITORY_ID"):
        find_pull_request({**AZURE, "BUILD_REPOSITORY_ID": ref}, None)


@pytest.mark.parametrize("given", ["", "x", "0", "-5"])
def test_a_pipeline_of_azure_without_a_pull_request_is_told(given: str) -> None:
    with pytest.raises(BadInput, match="--pr N"):
        find_pull_request({**AZURE, "SYSTEM_PULLREQUEST_PULLREQUESTID": given}, None)


def test_a_pipeline_of_azure_over_a_repository_of_github_is_about_that_one() -> None:
    environ = {**AZURE, "BUILD_REPOSITORY_PROVIDER": "GitHub"}
    at = find_pull_request({**environ, "GITHUB_REPOSITORY": "example/staff"}, 7)
    assert at.forge is ForgeKind.GITHUB


def test_the_merge_request_of_a_fork_is_that_of_the_project_it_is_for() -> None:
    at = find_pull_request({**GITLAB, "CI_MERGE_REQUEST_PROJECT_ID": "12"}, None)
    assert at.repository == "12"


@pytest.mark.parametrize("environ", [GITHUB, GITLAB, AZURE])
def test_a_number_that_is_given_counts(environ: dict[str, str]) -> None:
    assert find_pull_request(environ, 9).number == 9


@pytest.mark.parametrize(
    ("content", "number"),
    [
        ({"pull_request": {"number": 8, "head": {"sha": "abcdef0123"}}}, 8),
        ({"issue": {"number": 8, "pull_request": {"url": "…"}}}, 8),
    ],
)
def test_an_event_of_github_names_its_pull_request(
    content: Any, number: int, tmp_path: Path
) -> None:
    assert find_pull_request(event(tmp_path, content), None).number == number


def test_the_commit_is_what_was_pushed_and_not_its_merge(tmp_path: Path) -> None:
    content = {"pull_request": {"number": 8, "head": {"sha": "abcdef0123"}}}
    assert find_pull_request(event(tmp_path, content), None).commit == "abcdef0123"


@pytest.mark.parametrize(
    "content",
    [
        {"issue": {"number": 8}},
        {"pull_request": {"number": True}},
        {"pull_request": {"number": -1}},
        {"pull_request": 8},
        [],
        "no JSON",
        "[" * 100_000,
        "",
    ],
)
def test_an_event_that_names_none_is_told(content: object, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--pr N"):
        find_pull_request(event(tmp_path, content), None)


def test_without_an_event_file_it_is_told(tmp_path: Path) -> None:
    environ = {**GITHUB, "GITHUB_REF": "refs/heads/main"}
    for more in ({}, {"GITHUB_EVENT_PATH": str(tmp_path / "absent.json")}):
        with pytest.raises(BadInput, match="--pr N"):
            find_pull_request({**environ, **more}, None)


@pytest.mark.parametrize("iid", ["", "x", "0", "-5", "5; rm"])
def test_a_pipeline_of_gitlab_without_a_merge_request_is_told(iid: str) -> None:
    with pytest.raises(BadInput, match="--pr N"):
        find_pull_request({**GITLAB, "CI_MERGE_REQUEST_IID": iid}, None)


def test_a_pipeline_knows_which_forge_it_runs_at() -> None:
    both = {**GITLAB, **GITHUB, "GITLAB_CI": ""}
    assert find_pull_request(both, None).forge is ForgeKind.GITHUB
    both = {**GITLAB, **GITHUB, "GITHUB_ACTIONS": "false"}
    assert find_pull_request(both, None).forge is ForgeKind.GITLAB
    with pytest.raises(BadInput, match="Both"):
        find_pull_request({**both, "GITLAB_CI": ""}, 5)
    with pytest.raises(BadInput, match="GITHUB_REPOSITORY=OWNER/NAME"):
        find_pull_request({}, 5)


def test_outside_a_pipeline_the_repository_is_enough() -> None:
    at = find_pull_request({"GITHUB_REPOSITORY": "example/staff"}, 5)
    assert at.api == "https://api.github.com"
    assert (at.commit, at.run) == (None, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://forge.example.org/api/v4",
        "https://user:secret@forge.example.org",
        "ftp://forge.example.org",
        "https://",
        "https://forge.example.org/?a=b",
        "https://forge.example.org/#x",
        "https://forge.example.org:99999",
        "https://forge.example.org/\nHost: x",
        "https://förge.example.org",
        "nonsense",
    ],
)
def test_an_address_that_would_show_the_token_or_is_none_is_refused(url: str) -> None:
    addresses = ("GITHUB_API_URL", "CI_API_V4_URL", "SYSTEM_COLLECTIONURI")
    for environ, name in zip((GITHUB, GITLAB, AZURE), addresses, strict=True):
        with pytest.raises(BadInput, match="address cannot be used") as refused:
            find_pull_request({**environ, name: url}, None)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.9.9.9"])
def test_plain_http_is_for_loopback(host: str) -> None:
    at = find_pull_request({**GITHUB, "GITHUB_API_URL": f"http://{host}:8080/"}, None)
    assert at.api == f"http://{host}:8080"


@pytest.mark.parametrize(
    "repository", ["", "staff", "a/b/c", "../x", "a/..", "a/b?x", "a b/c", "a/b#1", "é/b"]
)
def test_a_repository_that_is_none_is_refused(repository: str) -> None:
    with pytest.raises(BadInput, match="GITHUB_REPOSITORY"):
        find_pull_request({**GITHUB, "GITHUB_REPOSITORY": repository}, None)


@pytest.mark.parametrize("project", ["", "../77", "7 7", "?x", "-x"])
def test_a_project_that_is_none_is_refused(project: str) -> None:
    with pytest.raises(BadInput, match="CI_PROJECT_ID"):
        find_pull_request({**GITLAB, "CI_PROJECT_ID": project}, None)


def test_what_could_break_out_of_a_link_is_left_out() -> None:
    environ = {**GITLAB, "CI_PIPELINE_URL": "https://x)[click](https://evil", "CI_COMMIT_SHA": "`x"}
    at = find_pull_request(environ, None)
    assert (at.run, at.commit) == (None, None)


def test_the_token_is_that_of_the_forge_or_our_own() -> None:
    tokens = {"GITHUB_TOKEN": "hub", "GITLAB_TOKEN": "lab"}
    assert find_token(tokens, ForgeKind.GITHUB).reveal() == "hub"
    assert find_token(tokens, ForgeKind.GITLAB).reveal() == "lab"
    assert find_token({"SYSTEM_ACCESSTOKEN": "az"}, ForgeKind.AZURE).reveal() == "az"
    tokens |= {"RECONCILER_FORGE_TOKEN": "own\n"}
    assert find_token(tokens, ForgeKind.GITHUB).reveal() == "own"
    assert "own" not in repr(find_token(tokens, ForgeKind.GITLAB))


@pytest.mark.parametrize("forge", list(ForgeKind))
def test_without_a_token_it_is_told_where_one_comes_from(forge: ForgeKind) -> None:
    with pytest.raises(BadInput, match="RECONCILER_FORGE_TOKEN"):
        find_token({"RECONCILER_FORGE_TOKEN": ""}, forge)


@pytest.mark.parametrize("token", ["a b", "a\nb", "tökén", "\t\n", "a\x00b"])
def test_a_token_that_cannot_be_one_is_refused_unseen(token: str) -> None:
    with pytest.raises(BadInput, match="cannot be used") as refused:
        find_token({"GITHUB_TOKEN": token}, ForgeKind.GITHUB)
    assert token.strip() not in str(refused.value) or not token.strip()
