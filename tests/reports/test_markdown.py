import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import BadInput
from reconciler.model.plan import Check, CheckStatus, Plan
from reconciler.model.value import JSON
from reconciler.reports.document import plan_document
from reconciler.reports.inert import visible
from reconciler.reports.markdown import MOST, code, plan_markdown
from tests.reports import sample
from tests.reports.agreed import same_as_golden
from tests.reports.github import GFM, REFERENCES, check_inert, flat, skeleton
from tests.reports.hostile import TRICKS, all_tricks_document, hostile_document
from tests.reports.large import large_document
from tests.reports.strategies import plans, texts


def document_of(plan: Plan) -> dict[str, JSON]:
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)


def test_a_plan_looks_as_agreed():
    same_as_golden("plan.md", plan_markdown(document_of(sample.sample_plan())))


def test_a_plan_without_differences_says_so():
    text = plan_markdown(document_of(sample.settled_plan()))
    assert text.startswith("## No differences.\n")
    assert "### " not in text


def test_removals_come_first_and_are_not_folded():
    text = plan_markdown(document_of(sample.sample_plan()))
    headings = re.findall(r"^### (\w+)|<summary>(\w+)", text, re.MULTILINE)
    assert headings[0] == ("Removals", "")
    assert ("", "Additions") in headings


def test_the_table_of_groups_counts_gains_and_losses():
    text = plan_markdown(document_of(sample.sample_plan()))
    assert "| group `Sales` | +1 | \N{MINUS SIGN}1 |" in text


LINKED = (
    "www.evil.example",
    "https://evil.example",
    "evil@example.org",
    "mailto:evil@example.org",
    "xmpp:evil@example.org",
    "@team",
    "#123",
    "!7",
    "GH-1",
    "org/repo#1",
    "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    ":tada:",
)
"""What GitHub links or draws wherever it stands outside a code span."""


@pytest.mark.parametrize("bare", LINKED)
def test_what_github_would_link_is_known_to_these_tests_and_inert_in_ours(bare: str):
    bait = f"see {bare} there"
    links = any(token.type == "link_open" for token in flat(bait))
    assert links or REFERENCES.search(bait)
    check_inert(plan_markdown(hostile_document(bare)))
    check_inert(f"{code(bare)} {code(bait)}\n")


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_out_of_its_code_span(trick: str):
    text = plan_markdown(hostile_document(trick))
    check_inert(text)
    assert skeleton(text) == skeleton(plan_markdown(hostile_document("harmless")))


def test_all_tricks_together_are_inert():
    check_inert(plan_markdown(all_tricks_document()))


@settings(deadline=None)
@given(texts() | st.text(st.sampled_from("`|\\ a*_<>@#[]()!\n"), max_size=20))
def test_a_code_span_shows_the_text_and_nothing_else(text: str):
    shown = f"| a | b |\n| --- | --- |\n| {code(text)} | {code(text)} x |\n"
    cells = [token for token in GFM.parse(shown) if token.type == "inline"][2:]
    assert len(cells) == 2
    told = ["".join(part.content for part in cell.children or ()) for cell in cells]
    assert {part.type for cell in cells for part in cell.children or ()} <= {"code_inline", "text"}
    assert told[0] == (visible(text) or " ")
    assert told[1] == (visible(text) or " ") + " x"


@settings(max_examples=60, deadline=None)
@given(plans())
def test_whatever_a_plan_holds_its_markdown_is_inert(plan: Plan):
    check_inert(plan_markdown(document_of(plan)))


@pytest.mark.parametrize("size", [1, 500, 5_000])
def test_a_plan_of_any_size_fits_and_what_is_left_out_is_counted(size: int):
    text = plan_markdown(large_document(size))
    assert len(text) <= MOST
    for title in ("Removals", "Additions and changes"):
        total = re.search(rf"{title} \(([\d,]+)\)", text)
        section = text[total.end() :].split("### ")[0].split("</details>")[0] if total else ""
        rows = section.count("\n| ") - 2
        rest = re.search(r"… and ([\d,]+) more, not shown here", section)
        counted = int(rest[1].replace(",", "")) if rest else 0
        assert not total or rows + counted == int(total[1].replace(",", ""))
    assert len(text) > MOST - 3_000 or size == 1


def test_what_is_long_leaves_room_for_what_refuses():
    plan = replace(
        sample.sample_plan(),
        checks=(Check("limit.total", CheckStatus.FAILED, 9, None, "5"),),
        warnings=tuple(f"warning {number} " + "x" * 300 for number in range(3_000)),
    )
    text = plan_markdown(document_of(plan))
    assert len(text) <= MOST
    assert "--ack total=9" in text
    assert "… and 2," in text


def test_all_tricks_at_once_fit():
    assert len(plan_markdown(all_tricks_document())) <= MOST


def test_a_generated_value_never_shows():
    document = document_of(sample.sample_plan())
    text = plan_markdown(document)
    assert "`password`: `(none)` → `(generated when applied)`" in text


def test_what_is_no_plan_is_bad_input():
    with pytest.raises(BadInput):
        plan_markdown({"actions": 1})
