"""PURE. Declared state and a date in, desired state out, with the reasons."""

from reconciler.entitlements.entitle import entitle

__all__ = ["entitle"]
