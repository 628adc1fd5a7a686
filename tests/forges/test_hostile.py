"""What others wrote stays inert in a comment, whichever document it is and however large."""

from collections.abc import Callable

import pytest

from reconciler.flows.commenting import Wish
from reconciler.model.value import JSON
from reconciler.reports.difference import diff_document
from reconciler.reports.mark import Mark, mark_of
from reconciler.reports.remark import remark_of, signed
from tests.auditing import documents as audits
from tests.forges.conversations import KINDS, RED, a_double, comment
from tests.reports.github import check_inert
from tests.reports.hostile import TRICKS, all_tricks_differences, all_tricks_document
from tests.reports.large import large_document

GITHUB_TAKES = 65_536
COMMIT = "0123456789abcdef0123456789abcdef01234567"
RUN = "https://forge.example.org/example/staff/actions/runs/123"


def hostile_diff() -> dict[str, JSON]:
    return diff_document(all_tricks_differences())


def hostile_audit() -> dict[str, JSON]:
    return audits.hostile(*TRICKS)


def large_audit() -> dict[str, JSON]:
    return audits.large(2_000)


def large_plan() -> dict[str, JSON]:
    return large_document(3_000)


DOCUMENTS = (all_tricks_document, hostile_diff, hostile_audit, large_plan, large_audit)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_comment_is_inert_and_not_longer_than_a_forge_takes(
    document: Callable[[], dict[str, JSON]],
) -> None:
    remark = remark_of(document())
    body = Wish(remark.kind, signed(remark, COMMIT, RUN), (RED,), (RED,)).body
    assert len(body) <= GITHUB_TAKES
    assert len(body.encode("utf-16-le")) // 2 <= GITHUB_TAKES
    assert mark_of(body) == Mark(remark.kind, (RED.name,))
    assert body.count("<!-- helloid-reconciler") == 1
    # GitLab takes a line that begins with a slash for something to do, such as approving.
    assert not any(line.lstrip().startswith("/") for line in body.splitlines())
    assert remark.kind in {"plan", "diff", "audit"}
    check_inert(remark.markdown)


@pytest.mark.parametrize("kind", KINDS)
def test_every_trick_arrives_as_it_was_sent_and_is_edited_in_place(kind: str) -> None:
    double = a_double(kind)
    for document in (all_tricks_document(), large_document(1), all_tricks_document()):
        remark = remark_of(document)
        comment(double, Wish("plan", signed(remark, COMMIT, RUN)))
        assert len(double.notes) == 1
        assert double.bodies[0].endswith(signed(remark, COMMIT, RUN))
