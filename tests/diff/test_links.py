from pathlib import Path

import pytest
import typer

from reconciler.cli.links import links_of
from reconciler.reports.links import Links
from tests.diff.repository import Repository
from tests.diff.test_diff import START

GITHUB = {
    "GITHUB_SERVER_URL": "https://git.example.org",
    "GITHUB_REPOSITORY": "org/repo",
    "GITHUB_SHA": "abc",
    "GITHUB_WORKSPACE": "/checkout",
}
GITLAB = {"CI_PROJECT_URL": "https://lab.example.org/org/repo", "CI_COMMIT_SHA": "abc"}
AZURE = {"BUILD_REPOSITORY_URI": "https://dev.example.org/o/_git/r", "BUILD_SOURCEVERSION": "abc"}

REST = "&lineEnd=3&lineStartColumn=1&lineEndColumn=200&_a=contents"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (GITHUB, "https://git.example.org/org/repo/blob/abc/sub/desired/a%20b.yaml#L3"),
        (GITLAB, "https://lab.example.org/org/repo/-/blob/abc/desired/a%20b.yaml#L3"),
        (
            AZURE,
            f"{AZURE['BUILD_REPOSITORY_URI']}?path=/desired/a%20b.yaml&version=GCabc&line=3{REST}",
        ),
        ({}, None),
        ({**GITHUB, "GITHUB_SERVER_URL": "javascript:alert(1)"}, None),
    ],
)
def test_a_pipeline_says_where_its_files_are(environ: dict[str, str], url: str | None) -> None:
    links = links_of(None, Path("/checkout/sub"), environ=environ)

    assert links.url("desired/a b.yaml:3") == url


def test_an_address_may_say_where_the_parts_go() -> None:
    whole = "https://git.example.org/r?f={path}&c={commit}&l={line}"
    links = links_of(whole, Path(), head="h" * 40, base="b" * 40, label="main")

    assert (
        links.url("desired/a.yaml:7")
        == f"https://git.example.org/r?f=desired/a.yaml&c={'h' * 40}&l=7"
    )
    assert links.url("main:a.yaml:1") == f"https://git.example.org/r?f=a.yaml&c={'b' * 40}&l=1"


def test_a_folder_gets_the_path_behind_it_and_the_base_no_link() -> None:
    links = links_of("https://git.example.org/r/blob/main/", Path(), base="b", label="v1")

    assert (
        links.url("fieldMapping.json") == "https://git.example.org/r/blob/main/fieldMapping.json#L1"
    )
    assert links.url("v1:desired/a.yaml:1") is None


@pytest.mark.parametrize("given", ["javascript:alert(1)", "//x", "ftp://x", "https://a\nb", ""])
def test_what_is_no_web_address_is_refused(given: str) -> None:
    with pytest.raises(typer.BadParameter):
        links_of(given, Path())


def test_a_path_cannot_leave_its_place_in_the_address() -> None:
    links = Links("https://git.example.org/{path}#L{line}")

    assert links.url('a"><script>#?{line}:9') == (
        "https://git.example.org/a%22%3E%3Cscript%3E%23%3F%7Bline%7D#L9"
    )


def test_a_diff_links_its_lines(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    repository.project.want(START)
    commit = repository.commit()
    repository.project.want({**START, "products": []})
    address = "https://git.example.org/r/blob/{commit}/{path}#L{line}"
    page = repository.project.good("diff", "main", "--format", "html", "--link-base", address).out

    assert f"https://git.example.org/r/blob/{commit}/" in page
    assert '<a href="https://git.example.org/r/blob/' in page
