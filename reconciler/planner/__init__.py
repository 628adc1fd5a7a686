"""PURE. Three states in, one plan out."""
