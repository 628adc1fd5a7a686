"""Editing one file: verbs in the words of the files, and a text that surely says what was meant."""

from collections.abc import Mapping

from reconciler.desired.editing.entry import Entry, list_of
from reconciler.desired.editing.layout import manner_of
from reconciler.desired.editing.splice import CannotSplice, spliced
from reconciler.desired.editing.splicing import splices_of
from reconciler.desired.editing.tree import Listing, Table, Tree, meaning, meant, parse
from reconciler.desired.editing.writing import Value, grown
from reconciler.errors import BadInput
from reconciler.model.provenance import Location

KEYS: Mapping[str, str] = {
    "persons": "ExternalId",
    "accounts": "person",
    "groups": "name",
    "products": "name",
    "rules": "name",
    "policies": "name",
}
"""What an entry of a section is known by; entries of the other sections are found by their place."""


class Editor:
    """A desired file while it is changed; nothing is written, `text` is what it becomes.

    Comments, order, quotes and blank lines stay as they are; only lines that say something else change. A
    comment goes with the line or the entry that it stands in, one on a line of its own before an entry stays.
    """

    def __init__(self, text: str, file: str) -> None:
        """Take a file's text as it is on disk. Raises BadInput where it is not one YAML mapping."""
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._text = text.removeprefix("\ufeff")
        self._file = file
        self._tree = parse(self._text, file)
        self._manner = manner_of(self._text, self._tree.root)
        self._by_place: dict[str, dict[tuple[int, int], Entry]] = {}
        root = self._tree.root
        if not isinstance(root, Table | None):
            raise BadInput(
                "File cannot be edited",
                f"{file} holds no mapping at its top.",
                "Its keys are sections such as `groups:`.",
            )
        self._root = Table([]) if root is None else root
        self._before = meaning(self._root)

    # ------------------------------------------------------------ verbs

    def add(self, section: str, item: Value) -> None:
        """Add an item at the end of a section, which is made at the end of the file where it is missing."""
        list_of(self._root, section, self._file).items.append(grown(item))

    def entries(self, section: str) -> tuple[Entry, ...]:
        """Return the entries of a section that are mappings, in the file's order; also new ones."""
        if self._root.pair(section) is None:
            return ()
        holder = self._root.value(section)
        if not isinstance(holder, Listing):
            return ()
        return tuple(
            Entry(self._file, holder, node)
            for node in holder.items
            if isinstance(meant(node), Table)
        )

    def entry(self, section: str, key: str) -> Entry:
        """Return the one entry of a section that is known by a key. Raises BadInput where it is not one."""
        word = KEYS[section]
        found = [entry for entry in self.entries(section) if entry.said(word) == key]
        if len(found) != 1:
            how = "no" if not found else f"{len(found)} times an"
            raise BadInput(
                "Entry cannot be edited",
                f"{self._file} holds {how} entry `{word}: {key}` in `{section}`.",
            )
        return found[0]

    def entry_at(self, section: str, place: Location) -> Entry:
        """Return the entry of a section that stands at a place. Raises BadInput where none does."""
        found = self._places(section).get((place.line, place.column))
        if found is not None:
            return found
        raise BadInput("Entry cannot be edited", f"No entry of `{section}` stands at {place}.")

    # ------------------------------------------------------------ the outcome

    @property
    def text(self) -> str:
        """The file as edited, read again to be sure of it. Raises BadInput where no edit can be trusted."""
        wanted = meaning(self._root)
        text = self._edited(wanted)
        if wanted != self._before and self._meaning_of(text) != wanted:
            raise self._refused()
        return self._mark + text

    def _edited(self, wanted: object) -> str:
        if wanted == self._before:
            return self._text
        try:
            return self._spliced()
        except CannotSplice as error:
            raise self._refused() from error

    def _meaning_of(self, text: str) -> object:
        try:
            found = parse(text, self._file).root
        except BadInput as error:
            raise self._refused() from error
        return meaning(found) if found is not None else {}

    def _spliced(self) -> str:
        """Return the edited text; a last line without its ending has one only in between."""
        ending = self._manner.newline
        if not self._text or self._text.endswith(("\n", "\r")):
            return spliced(self._text, splices_of(self._text, self._tree, self._root, self._manner))
        tree = self._tree
        if tree.end == len(self._text):
            tree = Tree(tree.root, tree.end + len(ending))
        whole = self._text + ending
        return spliced(whole, splices_of(whole, tree, self._root, self._manner)).removesuffix(
            ending
        )

    def _refused(self) -> BadInput:
        return BadInput(
            "File cannot be edited",
            f"{self._file} is laid out in a way that leaves no sure place for the change"
            " (an anchor that others use, or several entries on one line).",
            "Change it by hand, or write each entry on lines of its own.",
        )

    def _places(self, section: str) -> dict[tuple[int, int], Entry]:
        if section not in self._by_place:
            self._by_place[section] = {
                (entry.node.span.line + 1, entry.node.span.column + 1): entry
                for entry in self.entries(section)
                if entry.node.span is not None
            }
        return self._by_place[section]
