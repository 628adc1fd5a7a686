"""A browser for these tests: the machine's own, never a downloaded one."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from reconciler.model.value import JSON
from reconciler.reports.html import plan_html
from reconciler.reports.links import NO_LINKS, Links
from tests.browser.chromium import Chromium, Page, find_chromium, open_chromium

MISSING = (
    "There is NO CHROMIUM on this machine, so nothing was tested in a browser."
    " On Debian: apt-get install chromium"
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Generator[Chromium]:
    program = find_chromium()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{MISSING} With CI=true that is a failure; .ci/run installs it.")
        pytest.skip(MISSING)
    with open_chromium(program, tmp_path_factory.mktemp("chromium") / "profile") as browser:
        yield browser


@pytest.fixture
def page(chromium: Chromium) -> Generator[Page]:
    with chromium.page() as opened:
        opened.size(1280, 900)
        opened.media()
        yield opened


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Callable[..., Page]:
    """Return what opens a plan's page and insists that nothing went wrong while it loaded."""

    def show(document: dict[str, JSON], links: Links = NO_LINKS) -> Page:
        file = tmp_path / "plan.html"
        file.write_text(plan_html(document, links), encoding="utf-8")
        page.open(file)
        page.settle()
        page.check_quiet()
        return page

    return show
