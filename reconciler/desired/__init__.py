"""FILES. YAML to declared state, with provenance; settings."""
