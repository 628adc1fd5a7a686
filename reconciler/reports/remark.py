"""What a comment on a pull request says of a document: plan, diff or audit."""

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from reconciler.errors import BadInput
from reconciler.model.plan import CheckStatus
from reconciler.model.value import JSON
from reconciler.reports.audit_markdown import audit_markdown
from reconciler.reports.difference_markdown import diff_markdown
from reconciler.reports.markdown import plan_markdown
from reconciler.reports.reading import shown
from reconciler.reports.shape import DiffShape, PlanShape
from reconciler.reports.words import ACTS

_PLAN: Final = frozenset({"actions", "digest", "seal"})


@dataclass(frozen=True, slots=True)
class Remark:
    """A document as a comment: its kind, its Markdown (at most 60,000 characters), what stands out."""

    kind: str
    markdown: str
    removes: bool = False
    is_refused: bool = False


def remark_of(document: Mapping[str, JSON]) -> Remark:
    """Return what to say of a document. Raises BadInput where it is none that can be shown."""
    for members, remark in _KINDS:
        if members <= document.keys():
            return remark(document)
    raise BadInput(
        "This document cannot be a comment",
        "It is no plan, no diff and no audit.",
        "Give what `plan -o FILE`, or `diff` or `audit` with `--format json -o FILE`, wrote.",
    )


def is_plan(data: bytes) -> bool:
    """Tell whether a file's bytes are a plan, which is sealed, or say that they are one."""
    try:
        members = msgspec.json.decode(data.removeprefix(BOM_UTF8), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return members.keys() >= _PLAN


def signed(remark: Remark, commit: str | None, run: str | None) -> str:
    """Return a remark's Markdown with the commit and the pipeline run that it comes from."""
    said = [f"commit `{commit}`"] if commit else []
    said += [f"[pipeline run]({run})"] if run else []
    return f"{remark.markdown}\nFrom: {', '.join(said)}.\n" if said else remark.markdown


def _of_plan(document: Mapping[str, JSON]) -> Remark:
    plan = shown(document, PlanShape)
    return Remark(
        "plan",
        plan_markdown(document),
        removes=any(ACTS[action.kind].removes for action in plan.actions),
        is_refused=any(check.status is CheckStatus.FAILED for check in plan.checks),
    )


def _of_diff(document: Mapping[str, JSON]) -> Remark:
    diff = shown(document, DiffShape)
    removes = any(ACTS[change.kind].removes for change in diff.changes)
    return Remark("diff", diff_markdown(document), removes)


def _of_audit(document: Mapping[str, JSON]) -> Remark:
    return Remark("audit", audit_markdown(document))


_KINDS: Final[tuple[tuple[frozenset[str], Callable[[Mapping[str, JSON]], Remark]], ...]] = (
    (_PLAN, _of_plan),
    (frozenset({"base", "head", "changes"}), _of_diff),
    (frozenset({"as_of", "issues", "summary"}), _of_audit),
)
"""The members by which each kind of document is known."""
