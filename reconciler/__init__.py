"""Plan and apply for HelloID entitlements."""

__version__ = "0.1.0"
