"""The keys of a desired file, each with its reader: a new section is a file of its own and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.desired.accounts import read_account
from reconciler.desired.draft import Draft
from reconciler.desired.examples import read_example
from reconciler.desired.export import read_export_name
from reconciler.desired.findings import Findings
from reconciler.desired.node import Node, Scalar, is_null
from reconciler.desired.page import Page
from reconciler.desired.permissions import read_group, read_product
from reconciler.desired.person import PersonReader
from reconciler.desired.persons import read_person
from reconciler.desired.policies import read_policy
from reconciler.desired.resolutions import read_resolution
from reconciler.desired.rules import read_resource, read_rule
from reconciler.desired.stream import Document, Entry

Read = Callable[[Page, Node, Draft], None]
"""Adds one item of a section to the draft, or problems to the page's findings."""


@dataclass(frozen=True, slots=True)
class Section:
    """A key at the top of a desired file; its value is a list whose items `read` takes one by one."""

    name: str
    read: Read


_SECTIONS = (
    Section("persons_from", read_export_name),
    Section("accounts", read_account),
    Section("groups", read_group),
    Section("products", read_product),
    Section("rules", read_rule),
    Section("resources", read_resource),
    Section("examples", read_example),
    Section("policies", read_policy),
    Section("resolutions", read_resolution),
)
SECTIONS: Mapping[str, Section] = {section.name: section for section in _SECTIONS}
KEYS = ("persons", *SECTIONS)


def read_document(data: bytes, file: str, draft: Draft, findings: Findings) -> None:
    """Read one desired file into the draft. Raises Unreadable where it cannot be read to its end."""
    page = Page(file, findings)
    persons = PersonReader(findings, draft)
    sections: Mapping[str, Read] = {
        "persons": lambda page, node, _draft: read_person(page, node, persons),
        **{name: section.read for name, section in SECTIONS.items()},
    }

    def admits(key: Scalar) -> bool:
        if key.text not in sections:
            page.unknown_key(key, file, KEYS)
        return key.text in sections

    try:
        for entry in Document(data, file, findings).entries(admits):
            read = _reader(page, entry, sections)
            if read is not None:
                read(page, entry.node, draft)
    finally:
        persons.finish()


def _reader(page: Page, entry: Entry, sections: Mapping[str, Read]) -> Read | None:
    if entry.key is None:
        if not is_null(entry.node):
            page.wrong(entry.node, page.file, "a mapping", f"Its keys are {', '.join(KEYS)}.")
        return None
    name = entry.key.text
    if not entry.listed:
        if not is_null(entry.node):
            page.wrong(
                entry.node, name, "a list", "Start each item on a line of its own with `- `."
            )
        return None
    return sections[name]
