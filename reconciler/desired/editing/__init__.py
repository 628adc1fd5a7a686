"""Editing desired files in place: a review shows only what changed.

    add_item(path, file, section, item) -> str    the text of the file with one item more in a section

        `path` is the file on disk (it need not exist), `file` its name for messages (`desired/x.yaml`),
        `section` a key at its top (`resolutions`, `groups`, ...; made where it is missing), `item` a mapping of
        texts, booleans, numbers, dates, None, lists and mappings, in the order in which it is to be written:

            text = add_item(path, "desired/decisions.yaml", "resolutions", {
                "issue": "account_unmanaged", "account": "old@example.org",
                "resolution": "exclude", "until": date(2027, 1, 1), "reason": "Audit",
            })
            save_all({path: text})

    save_all({path: text, ...}) -> None           writes all of them or none, each whole; makes folders
    take_back(notes)                              undoes a `save_all` with those notes that was killed
    read_text(path) -> str                        a file's text as it is on disk, "" where there is none
    fresh(sections) -> str                        the text of a new file, laid out as an Editor would have it
    Editor(text, file)                            for more than one change: `.add`, `.entry(section, key)` and
                                                  its `.set`, `.add_to`, `.remove_from`, ..., then `.text`

All raise BadInput, and then nothing is written.
"""

from pathlib import Path

from reconciler.desired.editing.editor import Editor
from reconciler.desired.editing.entry import Entry
from reconciler.desired.editing.fresh import fresh
from reconciler.desired.editing.saving import read_text, save_all
from reconciler.desired.editing.undoing import take_back, written_of
from reconciler.desired.editing.writing import Value

__all__ = [
    "Editor",
    "Entry",
    "Value",
    "add_item",
    "fresh",
    "read_text",
    "save_all",
    "take_back",
    "written_of",
]


def add_item(path: Path, file: str, section: str, item: Value) -> str:
    """Return what a file becomes with an item more in a section; `file` is its name for messages.

    Raises BadInput where it cannot be read, is not YAML, or leaves no sure place for the item.
    """
    editor = Editor(read_text(path), file)
    editor.add(section, item)
    return editor.text
