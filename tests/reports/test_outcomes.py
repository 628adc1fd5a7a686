import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from reconciler.errors import BadInput
from reconciler.reports.applied import apply_text
from reconciler.reports.fitting import MOST
from reconciler.reports.history import history_text
from reconciler.reports.inert import width_of
from reconciler.reports.outcomes_html import apply_html, history_html, rehearsal_html
from reconciler.reports.outcomes_markdown import (
    apply_markdown,
    history_markdown,
    rehearsal_markdown,
)
from reconciler.reports.rehearsal import rehearsal_text
from reconciler.reports.schema import schema_document
from tests.reports.agreed import same_as_golden
from tests.reports.github import check_inert, skeleton
from tests.reports.hostile import TRICKS
from tests.reports.outcomes import hostile, large, sampled
from tests.reports.test_hostile import is_inert
from tests.reports.test_html import OURS, Reader
from tests.reports.validator import misfits

MARKDOWN = {"apply": apply_markdown, "rehearsal": rehearsal_markdown, "history": history_markdown}
HTML = {"apply": apply_html, "rehearsal": rehearsal_html, "history": history_html}
TEXT: dict[str, Callable[..., str]] = {
    "apply": apply_text,
    "rehearsal": partial(rehearsal_text, full=True),
    "history": partial(history_text, full=True),
}
SAMPLES = sampled()
KINDS = sorted(SAMPLES)


@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_looks_as_agreed(kind: str) -> None:
    same_as_golden(f"{kind}.md", MARKDOWN[kind](SAMPLES[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_done_comes_first_and_is_not_folded(kind: str) -> None:
    text = MARKDOWN[kind](SAMPLES[kind])
    headings = re.findall(r"^### ([\w ]+)|<summary>([\w ]+)", text, re.MULTILINE)
    done = next(
        at for at, (_, folded) in enumerate(headings) if folded.endswith(("Done ", "done "))
    )
    failed = [
        at
        for at, (shown, _) in enumerate(headings)
        if re.match("(?i)(would )?(fail|not done)", shown)
    ]
    assert failed
    assert failed[0] < done


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_out_of_its_code_span(trick: str) -> None:
    harmless = hostile("harmless")
    for kind, document in hostile(trick).items():
        text = MARKDOWN[kind](document)
        check_inert(text)
        assert skeleton(text) == skeleton(MARKDOWN[kind](harmless[kind])), kind


def test_no_trick_builds_anything_in_a_page() -> None:
    harmless = {kind: Reader(HTML[kind](it)).built for kind, it in hostile("harmless").items()}
    for trick in TRICKS:
        for kind, document in hostile(trick).items():
            text = HTML[kind](document)
            assert is_inert(text), (kind, trick)
            assert Reader(text).built == harmless[kind], (kind, trick)


@pytest.mark.parametrize("size", [1, 500, 3_000])
def test_an_outcome_of_any_size_fits_and_nothing_goes_uncounted(size: int) -> None:
    for kind, document in large(size).items():
        text = MARKDOWN[kind](document)
        assert len(text) <= MOST
        for section in re.split(r"(?=^### |^<details>)", text, flags=re.MULTILINE)[1:]:
            total = re.search(r"\(([\d,]+)\)", section)
            assert total
            rows = section.count("\n| ") - 2
            rest = re.search(r"… and ([\d,]+) more, not shown here", section)
            counted = int(rest[1].replace(",", "")) if rest else 0
            assert rows + counted == int(total[1].replace(",", "")), (kind, section[:80])


@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_fits_its_schema(kind: str) -> None:
    schema: Any = schema_document(kind)
    assert list(misfits(SAMPLES[kind], schema, schema)) == []
    for trick in TRICKS[::7]:
        assert list(misfits(hostile(trick)[kind], schema, schema)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_tells_every_action_and_why_it_is_not_done(kind: str) -> None:
    page = Reader(HTML[kind](SAMPLES[kind]))
    told = "".join(page.told)
    actions: Any = SAMPLES[kind].get("actions") or SAMPLES[kind]["runs"]
    assert actions
    assert "details" in OURS
    for word in ("delete account", "a.visser@example.org", "refuse"):
        assert word in told or kind == "history"
    assert "create group" in told


@pytest.mark.parametrize("kind", KINDS)
def test_another_document_is_bad_input(kind: str) -> None:
    for shown in (MARKDOWN[kind], HTML[kind]):
        with pytest.raises(BadInput):
            shown({"runs": 1, "actions": 1})


def test_nothing_applied_is_said() -> None:
    assert "Nothing was applied." in history_markdown({"runs": []})
    assert "Nothing was applied." in history_html({"runs": []})


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("kind", KINDS)
def test_text_fits_the_terminal_without_a_control_character(kind: str, width: int) -> None:
    text = TEXT[kind](SAMPLES[kind], width=width, colour=False)
    assert is_inert(text)
    assert max(width_of(line) for line in text.splitlines()) <= width
    for trick in TRICKS[::5]:
        assert is_inert(TEXT[kind](hostile(trick)[kind], width=width, colour=False)), trick
