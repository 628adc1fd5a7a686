"""Reads HelloID's `fieldMapping.json`; what is wrong comes as problems, all of them at once."""

import json
from dataclasses import dataclass

from reconciler.mapping.api_fields import BOOLEANS, canonical
from reconciler.mapping.field_mapping import (
    Copied,
    Field,
    FieldMapping,
    Fixed,
    Rule,
    Scripted,
    Unmapped,
)
from reconciler.mapping.host import SyntaxCheck
from reconciler.mapping.json_places import Node, NotJson, Object, Scalar, read_places
from reconciler.mapping.lint import lint
from reconciler.mapping.shapes import EXPORT, Shapes, did_you_mean
from reconciler.mapping.values import NoValue, truth
from reconciler.model.mapped import Stage
from reconciler.model.person_shape import is_person_path
from reconciler.model.problem import Problem, Severity, in_order
from reconciler.model.provenance import Location
from reconciler.model.value import Plain

TOP_KEYS = ("Version", "MappingFields", "UniqueFieldNames")
FIELD_KEYS = ("Name", "Description", "Type", "MappingActions")
ACTION_KEYS = ("MapForActions", "MappingMode", "Value", "UsedInNotifications", "StoreInAccountData")
TYPES = ("Text", "Array")
MODES = ("None", "Fixed", "Field", "Complex")


def read_mapping(data: bytes, file: str) -> tuple[FieldMapping, tuple[Problem, ...]]:
    """Return the mapping that a file holds, and everything that is wrong or doubtful in it.

    Where a problem is an error the mapping is incomplete and must not be used.
    """
    try:
        text = data.decode("utf-8-sig")
        node = read_places(text, file) if text.strip() else None
    except UnicodeDecodeError as error:
        return FieldMapping(), (_not_utf8(data[: error.start], file),)
    except NotJson as wrong:
        return FieldMapping(), (
            Problem("invalid-json", "Invalid JSON", wrong.detail, EXPORT, wrong.at),
        )
    if node is None:
        return FieldMapping(), (_empty(file),)
    reading = _Reading()
    mapping = reading.mapping(node)
    return mapping, in_order(reading.problems + lint(mapping))


def _not_utf8(before: bytes, file: str) -> Problem:
    return Problem(
        "not-utf8",
        "File is not UTF-8",
        "The field mapping holds bytes that are no UTF-8 text.",
        "Save the file as UTF-8.",
        Location(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n")),
    )


def _empty(file: str) -> Problem:
    """HelloID exports an empty file for a target that only correlates, so this is no error."""
    return Problem(
        "empty-mapping",
        "Empty field mapping",
        "The file is empty, so no field of any account is mapped.",
        EXPORT,
        Location(file, 1, 1),
        severity=Severity.WARNING,
    )


@dataclass(slots=True)
class _Reading(Shapes):
    syntax: SyntaxCheck | None = None

    # ------------------------------------------------------------ the three levels

    def mapping(self, node: Node) -> FieldMapping:
        if not isinstance(node, Object):
            self.wrong_kind("The field mapping", "an object", node.at)
            return FieldMapping()
        members = self.members(node, TOP_KEYS, required=TOP_KEYS)
        self.version(members.get("Version"))
        fields = [
            self.field(item) for item in self.items(members.get("MappingFields"), "MappingFields")
        ]
        known = self.distinct([one for one in fields if one is not None])
        unique = self.unique(members.get("UniqueFieldNames"), known)
        return FieldMapping(tuple(known), unique)

    def field(self, node: Node) -> Field | None:
        if not isinstance(node, Object):
            self.wrong_kind("A field", "an object", node.at)
            return None
        members = self.members(node, FIELD_KEYS, required=("Name", "Type", "MappingActions"))
        name = self.text(members.get("Name"), "Name") or ""
        if "Name" in members and not all(part.strip() for part in name.split(".")):
            self.error(
                "field-name",
                "Field without a name",
                f"{name!r} is no name of a field.",
                "Give the field a name such as userName or userAttributes.title.",
                members["Name"].at,
            )
        kind = self.choice(members.get("Type"), "Type", TYPES)
        description = self.text(members.get("Description"), "Description", nullable=True) or ""
        found = Field(
            canonical(name.strip()),
            kind == "Array",
            {},
            description,
            frozenset(),
            frozenset(),
            node.at,
        )
        claimed: set[Stage] = set()
        notified: set[Stage] = set()
        stored: set[Stage] = set()
        for item in self.items(members.get("MappingActions"), "MappingActions"):
            stages = self.action(item, found, claimed)
            claimed |= stages
            notified |= stages if self.flag(item, "UsedInNotifications") else set()
            stored |= stages if self.flag(item, "StoreInAccountData") else set()
        if not found.name:
            return None
        return Field(
            found.name,
            found.many,
            found.rules,
            description,
            frozenset(notified),
            frozenset(stored),
            members["Name"].at,
        )

    def action(self, node: Node, found: Field, claimed: set[Stage]) -> set[Stage]:
        if not isinstance(node, Object):
            self.wrong_kind("A mapping action", "an object", node.at)
            return set()
        members = self.members(
            node, ACTION_KEYS, required=("MapForActions", "MappingMode", "Value")
        )
        rule = self.rule(members.get("MappingMode"), members.get("Value"), found)
        stages: set[Stage] = set()
        for item in self.items(members.get("MapForActions"), "MapForActions"):
            stage = self.choice(item, "MapForActions", tuple(Stage))
            if stage is None:
                continue
            if stage in claimed | stages:
                self.error(
                    "action-twice",
                    "Action twice",
                    f"{found.name} is mapped for {stage} more than once, so it is unclear which counts.",
                    f"Keep {stage} in one of the field's mapping actions.",
                    item.at,
                )
                continue
            stages.add(Stage(stage))
            if rule is not None:
                found.rules[Stage(stage)] = rule
        return stages

    # ------------------------------------------------------------ values

    def rule(self, mode: Node | None, value: Node | None, found: Field) -> Rule | None:
        chosen = self.choice(mode, "MappingMode", MODES)
        if chosen is None or (value is None and chosen != "None"):
            return None
        if chosen == "None" or value is None:
            return Unmapped()
        text = self.decoded(value, chosen, found.name)
        if text is None:
            return None
        match chosen:
            case "Fixed":
                return self.fixed(text, found, value.at)
            case "Field":
                return self.copied(text, found, value.at)
            case _:
                return self.scripted(text, found, value.at)

    def decoded(self, node: Node, mode: str, name: str) -> str | None:
        """Return the text inside a Value, which is a JSON document inside a string."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.wrong_kind(f"The Value of {name}", "a text that holds JSON", node.at)
            return None
        if mode == "Fixed" and not node.value.strip():
            return ""
        try:
            inner = json.loads(node.value, strict=False)
        except (json.JSONDecodeError, RecursionError) as error:
            self.error(
                "value-not-json",
                "Value is not JSON",
                f"The Value of {name} ({mode}) has to hold JSON inside the text, and does not: "
                f"{_json_message(error, node.value)}",
                EXPORT,
                node.at,
            )
            return None
        if isinstance(inner, str):
            return inner
        if mode == "Fixed" and inner is None:
            return ""
        if mode == "Fixed" and isinstance(inner, bool | int | float):
            return json.dumps(inner)
        self.wrong_kind(f"The Value of {name} ({mode})", "a text, once decoded,", node.at)
        return None

    def fixed(self, text: str, found: Field, at: Location) -> Rule | None:
        value: Plain = ((text,) if text else None) if found.many else text
        if found.name in BOOLEANS:
            try:
                value = truth(value if not found.many else text)
            except NoValue:
                self.error(
                    "not-boolean",
                    "Neither true nor false",
                    f"{found.name} is true or false for HelloID; the fixed value is {text!r}.",
                    "Write True or False.",
                    at,
                )
                return None
        return Fixed(value)

    def copied(self, text: str, found: Field, at: Location) -> Rule:
        path = text.strip()
        if is_person_path(path):
            return Copied(path)
        shown = " ".join(path.split())
        self.problems.append(
            Problem(
                "no-person-path",
                "Field value is not a Person path",
                f"{found.name} has mode Field, but its value is {shown[:60]!r}"
                f"{', a whole script' if len(shown) > 60 else ''}; the field is left alone.",
                "Choose mode Complex for a script, or a path such as Person.Name.NickName.",
                at,
                severity=Severity.WARNING,
            )
        )
        return Unmapped()

    def scripted(self, text: str, found: Field, at: Location) -> Rule | None:
        self.syntax = self.syntax or SyntaxCheck()
        complaint = self.syntax.error(text)
        if complaint is None:
            return Scripted(text)
        self.error(
            "script-syntax",
            "Script with a syntax error",
            f"The Complex script of {found.name} cannot be read: {complaint}.",
            "Mend the script in HelloID and export the mapping again.",
            at,
        )
        return None

    # ------------------------------------------------------------ the whole

    def version(self, node: Node | None) -> None:
        if node is not None and (not isinstance(node, Scalar) or node.value != "v1"):
            self.error(
                "mapping-version",
                "Unknown version of the field mapping",
                "Only version v1 of HelloID's format is known.",
                'Write "Version": "v1", if the file has that form.',
                node.at,
            )

    def distinct(self, fields: list[Field]) -> list[Field]:
        first: dict[str, Field] = {}
        for one in fields:
            other = first.setdefault(one.name.casefold(), one)
            if other is not one:
                self.problems.append(
                    Problem(
                        "field-twice",
                        "Field twice",
                        f"{one.name} is mapped more than once; names of fields differ in more than case.",
                        "Put the mapping actions of both into one field.",
                        one.at,
                        other.at,
                    )
                )
        return list(first.values())

    def unique(self, node: Node | None, fields: list[Field]) -> tuple[str, ...]:
        names = {one.name.casefold(): one.name for one in fields}
        found: list[str] = []
        for item in self.items(node, "UniqueFieldNames"):
            text = self.text(item, "UniqueFieldNames")
            name = names.get(text.strip().casefold()) if text else None
            if name is not None:
                found.append(name)
            elif text is not None:
                self.error(
                    "unique-unmapped",
                    "Unique field is not mapped",
                    f"UniqueFieldNames names {text!r}, which is no field of the mapping.",
                    did_you_mean(text, tuple(names.values()))
                    or "Take the name out of UniqueFieldNames.",
                    item.at,
                )
        return tuple(sorted(set(found)))


def _json_message(error: Exception, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "it is too deep."
    around = text[max(0, error.pos - 20) : error.pos + 20]
    return f"{error.msg} at character {error.pos + 1}, near {around!r}."
