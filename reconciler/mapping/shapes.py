"""Takes JSON apart into the shapes that HelloID's mapping has; what does not fit becomes a problem."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from reconciler.mapping.json_places import Array, Node, Object, Scalar
from reconciler.model.problem import Problem, Severity
from reconciler.model.provenance import Location

EXPORT = "Export the mapping from HelloID again (target system, Fields, Export)."


@dataclass(slots=True)
class Shapes:
    """Collects the problems of one document. What does not fit is read as absent."""

    problems: list[Problem] = field(default_factory=list[Problem])

    def error(self, code: str, summary: str, detail: str, fix: str, at: Location) -> None:
        """Note an error."""
        self.problems.append(Problem(code, summary, detail, fix, at))

    def members(
        self, node: Object, known: tuple[str, ...], required: tuple[str, ...]
    ) -> dict[str, Node]:
        """Return the known members of an object by key, each once."""
        found: dict[str, Node] = {}
        places: dict[str, Location] = {}
        for one in node.members:
            if one.key not in known:
                hint = did_you_mean(one.key, known)
                self.problems.append(
                    Problem(
                        "unknown-key",
                        "Unknown key",
                        f"HelloID's field mapping has no key {one.key!r} here; it is not looked at.",
                        hint or f"The keys are {', '.join(known)}.",
                        one.at,
                        severity=Severity.WARNING,
                    )
                )
            elif one.key in found:
                self.problems.append(
                    Problem(
                        "duplicate-key",
                        "Duplicate key",
                        f"{one.key!r} is given twice in one object.",
                        "Keep one of them.",
                        one.at,
                        places[one.key],
                    )
                )
            else:
                found[one.key] = one.node
                places[one.key] = one.at
        for key in required:
            if key not in found:
                self.error(
                    "missing-key",
                    "Required key is missing",
                    f"{key!r} is missing from this object.",
                    f"Add {key!r}, as HelloID's export has it.",
                    node.at,
                )
        return found

    def items(self, node: Node | None, key: str) -> tuple[Node, ...]:
        """Return the items of a list."""
        if node is None:
            return ()
        if isinstance(node, Array):
            return node.items
        self.wrong_kind(key, "a list", node.at)
        return ()

    def text(self, node: Node | None, key: str, *, nullable: bool = False) -> str | None:
        """Return a text."""
        match node:
            case None:
                return None
            case Scalar(_, str() as value):
                return value
            case Scalar(_, None) if nullable:
                return None
            case _:
                self.wrong_kind(key, "a text", node.at)
                return None

    def choice(self, node: Node | None, key: str, known: tuple[str, ...]) -> str | None:
        """Return the known word that a text is, without regard to case."""
        text = self.text(node, key)
        if node is None or text is None:
            return None
        found = {one.casefold(): str(one) for one in known}.get(text.strip().casefold())
        if found is None:
            self.error(
                "bad-value",
                "Value is not allowed",
                f"{key} is {text!r}; it must be one of {', '.join(known)}.",
                did_you_mean(text, known) or f"Choose one of {', '.join(known)}.",
                node.at,
            )
        return found

    def flag(self, node: Node, key: str) -> bool:
        """Return a boolean member of an object; absent is false."""
        for one in node.members if isinstance(node, Object) else ():
            if one.key == key:
                if isinstance(one.node, Scalar) and isinstance(one.node.value, bool):
                    return one.node.value
                self.wrong_kind(key, "true or false", one.node.at)
        return False

    def wrong_kind(self, what: str, kind: str, at: Location) -> None:
        """Note that a value has the wrong type."""
        self.error("wrong-type", "Wrong type of value", f"{what} has to be {kind}.", EXPORT, at)


def did_you_mean(text: str, known: tuple[str, ...]) -> str:
    """Return a fix that offers the nearest known word, or ""."""
    folded = {one.casefold(): one for one in known}
    found = get_close_matches(text.casefold(), folded, n=1)
    return f"Did you mean {folded[found[0]]!r}?" if found else ""
