"""PURE. Limits, protections and acknowledgements; only here is a plan approved."""
