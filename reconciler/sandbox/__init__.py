"""A HelloID tenant in a box. Shares no code with the client, so that it can disagree."""

from reconciler.sandbox.app import create_app
from reconciler.sandbox.decisions import decide, requests
from reconciler.sandbox.errors import SandboxError, SeedError, ServeError, StateError
from reconciler.sandbox.exporting import export
from reconciler.sandbox.faults import Fault, Faults, FaultSyntax
from reconciler.sandbox.misbehaving import Recorded
from reconciler.sandbox.seeding import seed
from reconciler.sandbox.serving import serve, serving
from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import credentials, settings_of

__all__ = [
    "Fault",
    "FaultSyntax",
    "Faults",
    "Recorded",
    "SandboxError",
    "SeedError",
    "ServeError",
    "StateError",
    "TenantSettings",
    "create_app",
    "credentials",
    "decide",
    "export",
    "requests",
    "seed",
    "serve",
    "serving",
    "settings_of",
]
