"""PURE. One document, several dresses."""
