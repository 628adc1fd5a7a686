"""JS. HelloID's field mapping for one person and one lifecycle action."""
