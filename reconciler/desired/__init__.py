"""FILES. YAML to declared state, with provenance; settings."""

from reconciler.desired.settings import read_settings
from reconciler.desired.shelf import Shelf
from reconciler.desired.state import read_desired

__all__ = ["Shelf", "read_desired", "read_settings"]
