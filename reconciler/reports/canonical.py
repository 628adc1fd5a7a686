"""JSON in two forms: the bytes that digests are taken of, and the text that people read."""

import hashlib
import json
import re
from collections.abc import Mapping

import msgspec

from reconciler.model.value import JSON
from reconciler.reports.inert import shows

UNDIGESTED = frozenset({"digest", "seal", "created_at", "expires_at"})
_ABOVE_ASCII = re.compile("[^\\x00-\\x7e]+")


def digest_of(document: Mapping[str, JSON]) -> str:
    """Return "sha256:…" of a plan without `digest`, `seal`, `created_at` and `expires_at`.

    Sorted keys, no spaces, UTF-8 (contract, section 5). Half a surrogate pair, which is no text but
    can come out of JSON, counts as its three bytes.
    """
    kept = {key: value for key, value in document.items() if key not in UNDIGESTED}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _sha256(text)


def seal_of(digest: str, created_at: str, expires_at: str) -> str:
    """Return "sha256:…" of the three, as the document spells them, joined by newlines."""
    return _sha256(f"{digest}\n{created_at}\n{expires_at}")


def pretty(document: Mapping[str, JSON]) -> str:
    """Return a document as JSON for people: members in their order, two blanks, a newline at the end.

    Characters that do not show are escaped, so that a reviewer sees them.
    """
    try:
        text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        text = json.dumps(document, ensure_ascii=False, indent=2)
    if not text.isascii() or "\x7f" in text:
        text = _ABOVE_ASCII.sub(_written_out, text)
    return text + "\n"


def _sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _written_out(run: re.Match[str]) -> str:
    return "".join(
        char if shows(char) else json.dumps(char)[1:-1] if char != "\x7f" else "\\u007f"
        for char in run.group()
    )
