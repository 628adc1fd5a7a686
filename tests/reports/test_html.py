import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.errors import BadInput
from reconciler.model.plan import Plan
from reconciler.model.value import JSON
from reconciler.reports.document import plan_document
from reconciler.reports.html import plan_html
from reconciler.reports.inert import name, shows, visible
from tests.reports import sample
from tests.reports.hostile import TRICKS, all_tricks_document, hostile_document
from tests.reports.large import large_document
from tests.reports.strategies import plans

OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "script",
    "body",
    "header",
    "main",
    "footer",
    "h1",
    "h2",
    "h3",
    "p",
    "b",
    "bdi",
    "br",
    "code",
    "small",
    "span",
    "section",
    "details",
    "summary",
    "ul",
    "li",
    "div",
    "form",
    "label",
    "input",
    "select",
    "button",
    "noscript",
    "table",
    "thead",
    "tr",
    "th",
    "td",
}
ATTRIBUTES = {
    "charset",
    "http-equiv",
    "content",
    "name",
    "lang",
    "class",
    "id",
    "type",
    "hidden",
    "role",
    "autocomplete",
    "spellcheck",
    "data-section",
    "placeholder",
}


class Reader(HTMLParser):
    """Reads as a browser without scripts does: what noscript holds counts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.built: list[str] = []
        self.told: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS, tag
        assert {key for key, _ in attrs} <= ATTRIBUTES, attrs
        if tag != "bdi":
            self.built.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "bdi":
            self.built.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.told.append(data)

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        pytest.fail(f"a declaration: {data}")


def document_of(plan: Plan) -> dict[str, JSON]:
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)


def island_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def test_it_needs_nothing_and_allows_nothing_but_its_own_script_and_style():
    text = plan_html(document_of(sample.sample_plan()))
    assert not re.search(r"(src|href|action|url)\s*[=(]", text)
    assert not re.search(r"<[^>]* on\w+=", text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert body
        digest = b64encode(sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]


def test_the_script_makes_texts_and_never_html():
    text = plan_html(document_of(sample.settled_plan()))
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "setTimeout",
    ):
        assert way not in text


def test_without_scripts_every_entry_is_there_to_read():
    text = plan_html(document_of(sample.sample_plan()))
    listed = text.split("<noscript>")[1].split("</noscript>")[0]
    assert listed.count("<li>") == len(island_of(text)["rows"])
    assert "Removals (5)" in listed
    assert "desired/groups.yaml:2" in listed
    assert listed.index("Removals") < listed.index("Additions")


def test_the_island_has_every_text_once_and_rows_that_point_to_them():
    text = plan_html(large_document(500))
    island = island_of(text)
    texts = island["texts"]
    assert len(island["rows"]) == 500
    assert len(texts) == len(set(texts))
    revoke = next(row for row in island["rows"] if island["kinds"][row[1]][0] == "- revoke group")
    assert island["sections"][revoke[0]] == "Removals"
    assert island["permissions"][revoke[4]][0] == "group"
    assert texts[revoke[7]].startswith("desired/groups.yaml:")


def test_names_that_differ_only_in_what_does_not_show_stay_two():
    plan = sample.sample_plan()
    issues = [{"person": person} for person in ("a\nb", "a\\nb")]
    document = document_of(plan)
    document["errors"] = [
        {"summary": "s", "detail": "", "source": None, **issue} for issue in issues
    ]
    island = island_of(plan_html(document))
    persons = [row[2] for row in island["rows"] if island["sections"][row[0]].startswith("Left")]
    assert len(set(persons)) == 2


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_becomes_an_element_or_an_attribute(trick: str):
    text = plan_html(hostile_document(trick))
    read, harmless = Reader(text), Reader(plan_html(hostile_document("harmless")))
    assert read.built == harmless.built
    assert all(shows(char) or char == "\n" for char in text)
    island = island_of(text)
    assert visible(trick) in island["texts"]
    assert visible(name(trick)) in "".join(read.told)


def test_the_island_holds_nothing_that_could_end_it():
    text = plan_html(all_tricks_document())
    island = text.split('id="plan">')[1].split("</script>")[0]
    assert not set("<>&") & set(island)
    assert len(json.loads(island)["rows"]) > len(TRICKS) * 10


@settings(max_examples=40, deadline=None)
@given(plans())
def test_whatever_a_plan_holds_its_page_is_inert(plan: Plan):
    text = plan_html(document_of(plan))
    Reader(text)
    assert all(shows(char) or char == "\n" for char in text)
    text.encode()


def test_what_is_no_plan_is_bad_input():
    with pytest.raises(BadInput):
        plan_html({"actions": 1})


def test_without_scripts_a_page_of_very_many_lists_the_first_and_says_so():
    text = plan_html(large_document(11_000))
    listed = text.partition("<noscript>")[2].partition("</noscript>")[0]
    assert listed.count("<li>") == 10_000
    assert "These are the first 10,000 of 11,000 entries." in listed
    assert "<h2>Removals (2,200)</h2>" in listed
    assert len(island_of(text)["rows"]) == 11_000
    assert "These are the first" not in plan_html(large_document(500))
