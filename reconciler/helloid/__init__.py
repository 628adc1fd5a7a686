"""HTTP to HelloID: the client, wire shapes, the snapshot, carrying out one change."""

from reconciler.helloid.document import Document, read_snapshot
from reconciler.helloid.line import ASGIApp
from reconciler.helloid.pace import Pace
from reconciler.helloid.tenant import HelloID, open_tenant

__all__ = [
    "ASGIApp",
    "Document",
    "HelloID",
    "Pace",
    "open_tenant",
    "read_snapshot",
]
