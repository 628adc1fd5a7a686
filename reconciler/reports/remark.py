"""What a comment on a pull request says of a document: plan, diff or audit."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import BadInput
from reconciler.model.plan import CheckStatus
from reconciler.model.value import JSON
from reconciler.reports.audit_markdown import audit_markdown
from reconciler.reports.difference_markdown import diff_markdown
from reconciler.reports.kinds import CALLED, Kind, kind_of
from reconciler.reports.markdown import plan_markdown
from reconciler.reports.reading import shown
from reconciler.reports.shape import DiffShape, PlanShape
from reconciler.reports.words import ACTS


@dataclass(frozen=True, slots=True)
class Remark:
    """A document as a comment: its kind, its Markdown (at most 60,000 characters), what stands out."""

    kind: Kind
    markdown: str
    removes: bool = False
    is_refused: bool = False


def remark_of(document: Mapping[str, JSON]) -> Remark:
    """Return what to say of a document. Raises BadInput where it is none that can be a comment."""
    kind = kind_of(document)
    match kind:
        case Kind.PLAN:
            return _of_plan(document)
        case Kind.DIFF:
            return _of_diff(document)
        case Kind.AUDIT:
            return Remark(kind, audit_markdown(document))
        case _:
            raise BadInput(
                "This document cannot be a comment",
                f"It is {CALLED[kind] if kind else 'something else'}: no plan, no diff and no audit.",
                "Give what `plan -o FILE`, or `diff` or `audit` with `--format json -o FILE`, wrote.",
            )


def signed(remark: Remark, commit: str | None, run: str | None) -> str:
    """Return a remark's Markdown with the commit and the pipeline run that it comes from."""
    said = [f"commit `{commit}`"] if commit else []
    said += [f"[pipeline run]({run})"] if run else []
    return f"{remark.markdown}\nFrom: {', '.join(said)}.\n" if said else remark.markdown


def _of_plan(document: Mapping[str, JSON]) -> Remark:
    plan = shown(document, PlanShape)
    return Remark(
        Kind.PLAN,
        plan_markdown(document),
        removes=any(ACTS[action.kind].removes for action in plan.actions),
        is_refused=any(check.status is CheckStatus.FAILED for check in plan.checks),
    )


def _of_diff(document: Mapping[str, JSON]) -> Remark:
    diff = shown(document, DiffShape)
    removes = any(ACTS[change.kind].removes for change in diff.changes)
    return Remark(Kind.DIFF, diff_markdown(document), removes)
