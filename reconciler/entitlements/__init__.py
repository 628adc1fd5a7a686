"""PURE. Declared state and a date in, desired state out, with the reasons."""
