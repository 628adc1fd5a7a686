"""The reasons for which the embedded tenant itself cannot go on."""


class SandboxError(Exception):
    """The embedded tenant cannot do what was asked; the message is for people."""


class StateError(SandboxError):
    """The state file cannot be opened, is no state of a tenant, or holds settings nobody knows."""


class SeedError(SandboxError):
    """What should be loaded is no snapshot that fits; nothing was changed."""


class ServeError(SandboxError):
    """The tenant cannot listen on the port that was asked for."""
