r"""A Markdown extension for the site: `a\|b` in a table's code reads `a|b`, as it does on GitHub."""

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

_AFTER_INLINE = 10
"""Code within cells exists only after the inline patterns ran, whose priority is 20."""


class CellsExtension(Extension):
    """Registers what mends the cells."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the library's name
        md.treeprocessors.register(_Cells(md), "cells", _AFTER_INLINE)


class _Cells(Treeprocessor):
    def run(self, root: Element) -> None:
        for cell in root.iter("td"):
            for code in cell.iter("code"):
                code.text = AtomicString((code.text or "").replace("\\|", "|"))


def makeExtension(**options: object) -> CellsExtension:  # noqa: N802 - the name that the library looks for
    """Return the extension."""
    return CellsExtension(**options)
