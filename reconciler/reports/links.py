"""Where a line of the files can be looked at: the repository's own pages."""

import re
from dataclasses import dataclass
from urllib.parse import quote

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>[1-9][0-9]*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses with `{path}` and `{line}` in them, for the files at the head and at the base.

    `label` stands before a file of the base, as in `main:desired/groups.yaml:3`. An address that is
    empty is not known.
    """

    head: str = ""
    base: str = ""
    label: str = ""

    def url(self, source: str) -> str | None:
        """Return the address of a file's line, None where nobody knows it."""
        template, place = self.head, source
        if self.label and source.startswith(f"{self.label}:"):
            template, place = self.base, source.removeprefix(f"{self.label}:")
        found = _PLACE.fullmatch(place)
        if not template or found is None:
            return None
        path = quote(found["path"].encode("utf-8", "surrogatepass"), safe="/")
        return template.replace("{path}", path).replace("{line}", found["line"] or "1")


NO_LINKS = Links()
