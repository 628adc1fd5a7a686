"""GIT. A project's files as they are at a revision, in a folder of their own; the working tree stays as it is."""

from reconciler.revisions.checkout import checked_out, place_of, span_of

__all__ = ["checked_out", "place_of", "span_of"]
