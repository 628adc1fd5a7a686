"""The rules of the contract once more, as slowly and plainly as they can be written.

Works on the records as they stand in the files and shares nothing with the product, so that it can
disagree with it.
"""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

Record = dict[str, Any]


@dataclass
class Outcome:
    accounts: dict[str, str] = field(default_factory=dict[str, str])
    grants: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """Person, kind and folded name."""
    resources: set[str] = field(default_factory=set[str])
    nameless: set[str] = field(default_factory=set[str])
    ended_accounts: set[str] = field(default_factory=set[str])


def evaluate(records: Record, day: date) -> Outcome:
    out = Outcome()
    for person in records["persons"]:
        for rule in records.get("rules", []):
            _apply(out, rule, person, day)
        for contract in person.get("Contracts", []):
            if in_window(contract, day, 0, 0):
                for resource in records.get("resources", []):
                    name = fill(resource["group"], person, contract, day)
                    if name:
                        out.resources.add(name.casefold())
    for entry in records.get("accounts", []):
        out.accounts[entry["person"]] = entry["state"]
    for kind in ("group", "product"):
        for entry in records.get(f"{kind}s", []):
            out.grants |= {
                (who, kind, entry["name"].casefold()) for who in entry.get("members", [])
            }
    having = {who for who, state in out.accounts.items() if state != "absent"}
    out.grants = {grant for grant in out.grants if grant[0] in having}
    out.nameless &= having
    out.ended_accounts -= out.accounts.keys()
    return out


def _apply(out: Outcome, rule: Record, person: Record, day: date) -> None:
    window, grant, who = rule.get("window", {}), rule["grant"], person["ExternalId"]
    before, after = window.get("days_before_start", 0), window.get("days_after_end", 0)
    contracts = [c for c in person.get("Contracts", []) if in_window(c, day, before, after)]
    if mentions_contract(rule["when"]):
        meeting = [c for c in contracts if holds(rule["when"], person, c, day)]
        if not meeting:
            past = [c for c in person.get("Contracts", []) if is_past(c, day, before, after)]
            if "account" in grant and any(holds(rule["when"], person, c, day) for c in past):
                out.ended_accounts.add(who)
            return
    else:
        if not holds(rule["when"], person, {}, day):
            return
        none: list[Record] = [{}]
        meeting = contracts if "{Contract." in grant.get("group_per_contract", "") else none
    if "account" in grant and out.accounts.get(who) != "enabled":
        out.accounts[who] = grant["account"]
    for kind in ("group", "product"):
        out.grants |= {(who, kind, name.casefold()) for name in grant.get(f"{kind}s", [])}
    for contract in meeting if "group_per_contract" in grant else []:
        name = fill(grant["group_per_contract"], person, contract, day)
        if name:
            out.grants.add((who, "group", name.casefold()))
        else:
            out.nameless.add(who)


def in_window(contract: Record, day: date, before: int, after: int) -> bool:
    start, end = day_in(contract.get("StartDate")), day_in(contract.get("EndDate"))
    return (start is None or start - timedelta(before) <= day) and (
        end is None or day <= end + timedelta(after)
    )


def is_past(contract: Record, day: date, before: int, after: int) -> bool:
    start, end = day_in(contract.get("StartDate")), day_in(contract.get("EndDate"))
    was_open = start is None or start - timedelta(before) <= day
    return was_open and end is not None and day > end + timedelta(after)


def day_in(value: Any) -> date | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d($|T)", value):
        return None
    return date.fromisoformat(value[:10])


def mentions_contract(when: Record) -> bool:
    return '"Contract.' in json.dumps(when)


def holds(when: Record, person: Record, contract: Record, day: date) -> bool:
    for key, value in when.items():
        if key == "all":
            true = all(holds(part, person, contract, day) for part in value)
        elif key == "any":
            true = any(holds(part, person, contract, day) for part in value)
        elif key == "not":
            true = not holds(value, person, contract, day)
        else:
            found = look_up(key, person, contract, day)
            tests = record(value) or {"equals": value}
            true = all(compare(op, found, wanted) for op, wanted in tests.items())
        if not true:
            return False
    return True


def look_up(path: str, person: Record, contract: Record, day: date) -> Any:
    first, *names = path.split(".")
    found: Any = contract if first == "Contract" else person
    if first == "Person" and names[0] == "PrimaryContract":
        found, names = primary(person, day), names[1:]
    for name in names:
        found = record(found).get(name)
    return found


def record(value: Any) -> Record:
    return cast("Record", value) if isinstance(value, dict) else {}


def primary(person: Record, day: date) -> Record | None:
    def rank(contract: Record) -> tuple[Any, ...]:
        start, end = day_in(contract.get("StartDate")), day_in(contract.get("EndDate"))
        future = start is not None and start > day
        past = not future and end is not None and end < day
        details = record(contract.get("Details"))
        return (
            1 if future else 2 if past else 0,
            -float(details.get("Fte") or 0),
            -float(details.get("HoursPerWeek") or 0),
            date.min if end is None else date.max - (end - date.min),
            start or date.min,
            contract["ExternalId"],
        )

    return person.get("PrimaryContract") or min(person.get("Contracts", []), key=rank, default=None)


def compare(operator: str, found: Any, wanted: Any) -> bool:
    if operator in {"not_equals", "not_in"}:
        return not compare({"not_equals": "equals", "not_in": "in"}[operator], found, wanted)
    if operator == "exists":
        return (found not in (None, "")) is wanted
    if found in (None, "") and not isinstance(found, bool | int | float):
        return False
    if operator == "equals":
        return equal(found, wanted)
    if operator == "in":
        return any(equal(found, each) for each in wanted)
    if operator in {"before", "after"}:
        return ordered(operator, found, wanted)
    text, part = written(found).casefold(), written(wanted)
    if operator == "matches":
        return re.search(part, written(found), re.IGNORECASE) is not None
    if operator == "contains":
        return part.casefold() in text
    if operator == "starts_with":
        return text[: len(part)] == part.casefold()
    return text[-len(part) :] == part.casefold()


def equal(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return written(found).casefold() == written(wanted).casefold()
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return found == wanted
    if isinstance(found, int | float):
        return number_in(wanted) == found
    if isinstance(wanted, int | float):
        return bool(found.casefold() == str(wanted))
    if day_in(found) and day_in(wanted):
        return day_in(found) == day_in(wanted)
    return bool(found.casefold() == wanted.casefold())


def ordered(operator: str, found: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        left: Any = day_in(found)
        right: Any = day_in(wanted)
    else:
        left = number_in(found) if isinstance(found, str) else found
        left = None if isinstance(found, bool) else left
        right = wanted
    if left is None:
        return False
    return bool(left < right if operator == "before" else left > right)


def number_in(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text) else None


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def fill(template: str, person: Record, contract: Record, day: date) -> str | None:
    values = [look_up(path, person, contract, day) for path in re.findall(r"{(.*?)}", template)]
    if any(value in (None, "") for value in values):
        return None
    texts = iter([written(value) for value in values])
    return clean(re.sub(r"{.*?}", lambda _: next(texts), template)) or None


def clean(name: str) -> str:
    name = name.strip().replace(" - ", "-")
    for letter in "`~!#$%^&*()+=<>?/'\",:\\|}{.[]":
        name = name.replace(letter, "")
    name = name.replace(" ", "-").replace("--", "-")
    for letter, plain in {"ø": "o", "ß": "ss", "æ": "ae", "đ": "d", "ł": "l"}.items():
        name = name.replace(letter, plain).replace(letter.upper(), plain.upper())
    apart = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
