"""Markdown as GitHub reads it: its tables, the links that it makes of bare text, what it takes for a mention."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from reconciler.reports.inert import shows

GFM = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
OURS = re.compile(r"[\w ,.:;%…→+|\N{MINUS SIGN}()/=-]*")
OUR_HTML = re.compile(r"<br>|</details>|<details><summary>[A-Za-z ,:]+ \([\d,]+\)</summary>")
REFERENCES = re.compile(
    r"@\w|[#!~]\w|\bGH-\d|\b(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}\b|\b[0-9a-f]{40}\b"
    r"|\bwww\.|\b(https?|ftp|xmpp|mailto):|\S@\S|:[a-z0-9_+-]+:",
    re.IGNORECASE,
)
"""What GitHub makes a link or a picture of without being asked, beside what a parser finds."""


def flat(text: str) -> Iterator[Token]:
    for token in GFM.parse(text):
        yield token
        yield from token.children or ()


def skeleton(text: str) -> list[str]:
    """Return what a text is built of, without what stands in code spans and the bars between them."""
    built = [""]
    for token in flat(text):
        if token.type == "text":
            built[-1] += token.content.replace("|", "")
        elif token.type not in {"code_inline", "inline"}:
            built += [f"{token.type} {token.content}", ""]
    return built


def check_inert(text: str) -> None:
    """Insist that nothing links, mentions, shows a picture or is HTML but our own folds and breaks."""
    assert all(shows(char) or char == "\n" for char in text)
    for token in flat(text):
        assert token.type not in {"link_open", "image", "fence", "code_block", "s_open"}
        if token.type in {"html_inline", "html_block"}:
            assert OUR_HTML.fullmatch(token.content.strip()), token.content
        if token.type == "text":
            assert OURS.fullmatch(token.content), token.content
            assert not REFERENCES.search(token.content), token.content
