"""An HTML file that needs nothing else: its own style, its own script, and a policy under which only these run."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final

from reconciler.model.value import JSON
from reconciler.reports.inert import visible

LISTED: Final = 10_000
"""So many entries a page lists for readers without scripts; more would make it four times as large."""
_UNSAFE: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def html_file(title: str, style: str, script: str, body: list[str]) -> str:
    """Return a whole HTML document; the title may be anybody's text, the body is markup."""
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="robots" content="noindex">',
        f"<title>{escape(visible(title))}</title>",
        f"<style>{style}</style>",
    ]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>',
            *head,
            "</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


@cache
def asset(file: str) -> str:
    """Return one of our own style sheets or scripts."""
    return (files("reconciler.reports") / "assets" / file).read_text(encoding="utf-8")


def text(others: str) -> str:
    """Return others' text, inert; set apart where its letters could run from right to left."""
    inert = escape(visible(others))
    return inert if inert.isascii() else f"<bdi>{inert}</bdi>"


def left_out(listed: int, total: int, noun: str) -> str:
    """Return that readers without scripts see the first entries only, and what shows all of them."""
    return (
        f'<p class="alarm">These are the first {listed:,} of {total:,} {noun}. With JavaScript this page'
        " shows all of them; so does <code>reconciler show FILE</code> as text.</p>"
    )


def island(value: JSON) -> str:
    """Return JSON that is safe inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def _policy(style: str, script: str) -> str:
    """Return a policy under which only these two run, and nothing is loaded, sent or framed."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
