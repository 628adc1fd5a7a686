import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.blocks import KNOWN, PAGES, ROOT, blocks

_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=_NAMES)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in _links(page):
        path, _, anchor = target.partition("#")
        goal = (page.parent / unquote(path)).resolve() if path else page
        assert goal.exists(), f"{page.name}: {target}"
        assert goal.is_relative_to(ROOT), f"{page.name}: {target}"
        if anchor:
            assert anchor in _anchors(goal), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=_NAMES)
def test_every_block_says_whether_it_runs(page: Path) -> None:
    for block in blocks(page):
        assert block.language in KNOWN, f"{block.place}: '{block.language}'"


@pytest.mark.parametrize("page", PAGES, ids=_NAMES)
def test_a_page_is_one_heading_deep_and_one_sentence_a_line(page: Path) -> None:
    lines = _prose(page)
    assert sum(line.startswith("# ") for line in lines) == 1
    crowded = [
        line for line in lines if re.search(r"[a-z)`]\. [A-Z]", line) and not line.startswith("|")
    ]
    assert crowded == []


def test_the_readme_leads_to_every_page() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        goals = [(page.parent / link.partition("#")[0]).resolve() for link in _links(page)]
        waiting.extend(goal for goal in goals if goal.suffix == ".md")
    assert set(PAGES) <= reached


def _links(page: Path) -> list[str]:
    text = "\n".join(_prose(page))
    found = [match["target"] for match in _LINK.finditer(text)]
    return [link for link in found if not link.startswith(("https://", "http://", "mailto:"))]


def _prose(page: Path) -> list[str]:
    inside = {n for b in blocks(page) for n in range(b.line, b.line + len(b.lines))}
    lines = page.read_text(encoding="utf-8").splitlines()
    return [line for n, line in enumerate(lines, 1) if n not in inside]


def _anchors(page: Path) -> set[str]:
    headings = [line.lstrip("# ") for line in _prose(page) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
