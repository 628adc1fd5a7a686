"""An audit as a table for spreadsheets, rendered from its JSON document alone; no cell of it is a formula."""

import csv
import io
import re
from collections.abc import Mapping
from typing import Final

from reconciler.model.value import JSON
from reconciler.reports import audit_words as words
from reconciler.reports.audit_shape import AuditShape, FindingShape
from reconciler.reports.inert import visible
from reconciler.reports.reading import shown

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel takes UTF-8 for a Windows code page, and Zoë for ZoÃ«."""
MORE: Final = (
    "Status",
    "Resolution",
    "Resolutions that fit",
    "First seen",
    "Found",
    "Changed in",
    "Last apply",
    "Until",
    "Reason",
    "Source",
    "ExternalId",
    "userGUID",
    "Permission id",
    "Issue id",
)
_BEGINS_A_FORMULA: Final = re.compile("""(^|[;,|"'])(\\s*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])""")
"""A sign that begins a formula, where a cell begins: also after what separates cells elsewhere.

Spreadsheets of another locale separate by semicolons, and drop the quotes of a cell they have cut.
"""


def audit_csv(document: Mapping[str, JSON]) -> str:
    """Return an audit as CSV: HelloID's columns first, UTF-8 with a byte order mark, every cell quoted.

    A sign that would begin a formula has an apostrophe before it, and what does not show is written out.
    Raises BadInput where the document is no audit.
    """
    audit = shown(document, AuditShape)
    file = io.StringIO(newline="")
    rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
    rows.writerow((*words.COLUMNS, *MORE))
    for finding in audit.issues:
        rows.writerow([harmless(cell) for cell in _cells(finding)])
    return BYTE_ORDER_MARK + file.getvalue()


def harmless(text: str) -> str:
    """Return others' text as a cell that no spreadsheet computes."""
    return _BEGINS_A_FORMULA.sub(r"\1\2'", visible(text))


def _cells(finding: FindingShape) -> tuple[str, ...]:
    account, permission = finding.account, finding.permission
    return (
        finding.system,
        words.persons_of(finding),
        words.accounts_of(finding),
        words.permission_of(finding),
        finding.type.value,
        words.resolved(finding),
        finding.status.value,
        finding.resolution or "",
        " ".join(finding.resolutions),
        finding.first_seen.isoformat() if finding.first_seen else "",
        finding.detail,
        finding.changed_in.value,
        words.last_apply(finding.last_apply) if finding.last_apply else "",
        finding.until.isoformat() if finding.until else "",
        finding.reason or "",
        finding.source or "",
        finding.person or "",
        (account.user_guid or "") if account else "",
        (permission.id or "") if permission else "",
        finding.id,
    )
