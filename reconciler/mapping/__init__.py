"""JS. HelloID's field mapping for one person and one lifecycle action."""

from reconciler.mapping.field_mapping import Field, FieldMapping
from reconciler.mapping.host import Limits
from reconciler.mapping.mapper import FieldMapper, open_mapper
from reconciler.mapping.reading import read_mapping

__all__ = [
    "Field",
    "FieldMapper",
    "FieldMapping",
    "Limits",
    "open_mapper",
    "read_mapping",
]
