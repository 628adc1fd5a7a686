"""HelloID's primary contract, where the data does not give one."""

from reconciler.entitlements.contracts import primary_contract

__all__ = ["primary_contract"]
