"""Fields that differ: a value of the person where that alone gives it, else an override of the account entry."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.desired.importing.layout import is_yaml
from reconciler.desired.importing.round import Round
from reconciler.desired.importing.sketch import Left, Sketch
from reconciler.desired.importing.ways import EXTERNAL_ID, PRIMARY, Path, changed, whole
from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.change import FieldChange, UpdateAccount
from reconciler.model.mapped import Mapped, Stage
from reconciler.model.person import Person, member
from reconciler.model.rules import About, tests_of
from reconciler.model.state import Found
from reconciler.model.value import JSON, AccountOf, FieldValue, Generated, Plain, same
from reconciler.planner.fields import MANAGER

BY_RULE = "A rule asks for the account, so no entry can say otherwise; change the person by hand."


def settle_fields(sketch: Sketch, now: Round, person: PersonId, change: UpdateAccount) -> None:
    """Have the files give the fields that an account of the tenant holds."""
    account = change.subject.account
    found = now.situation.actual.accounts[account.ref or AccountRef("")]
    overrides: dict[str, Plain] = {}
    for each in change.fields:
        if _is_pending(now, person, account.ref, each):
            reason = f"The files changed {each.field}, and no apply has followed yet."
            sketch.left.add(Left("account", account.user_name, reason))
        elif fold(each.field) == fold(MANAGER):
            _settle_manager(sketch, now, person, found)
        elif not can_be_said(found, each.field) or _is_said(now, person, each):
            _leave(sketch, person, found, f"What it holds as {each.field} cannot be asked for.")
        elif not _moved(sketch, now, person, each):
            overrides[each.field] = as_said(each.before)
    entry = now.entries.get(person)
    if entry is None:
        for name in overrides:
            _leave(sketch, person, found, f"{name} differs. {BY_RULE}")
    elif overrides and entry.at in sketch.accounts:
        sketch.set_fields(sketch.accounts[entry.at], overrides)


def _is_said(now: Round, person: PersonId, change: FieldChange) -> bool:
    """Tell whether the entry asks for just this, in vain: a user name has no outer blanks."""
    entry = now.entries.get(person)
    fields = {} if entry is None else {fold(name): v for name, v in entry.fields.items()}
    name = fold(change.field)
    return name in fields and same(fields[name], as_said(change.before))


def _is_pending(now: Round, person: PersonId, ref: AccountRef | None, change: FieldChange) -> bool:
    """Tell whether the tenant still holds what was last written, so that the files must have moved."""
    owned = now.situation.owned(person, ref)
    if owned is None:
        return False
    known = {fold(name): value for name, value in owned.fields.items()}
    name, held = fold(change.field), change.before
    return name not in known or same(known[name], as_said(held))


def _leave(sketch: Sketch, person: PersonId, found: Found, reason: str) -> None:
    if person in sketch.made and person in sketch.persons:
        sketch.drop_made({person: reason})
    else:
        sketch.left.add(Left("account", found.user_name, reason))


def as_said(value: FieldValue) -> Plain:
    """Return a value as `fields` of an entry give it back: a number is its digits."""
    if value is None or isinstance(value, bool | str):
        return value
    return value if isinstance(value, tuple) else str(value)


def can_be_said(found: Found, name: str) -> bool:
    """Tell whether what an account holds is a text, a truth, a number or a list of texts."""
    held: JSON = found.body
    for part in name.split("."):
        held = member(held, part)
    if isinstance(held, Mapping):
        return False
    return not isinstance(held, list) or all(isinstance(item, str) for item in held)


# ---------------------------------------------------------------- values of persons


def _moved(sketch: Sketch, now: Round, person: PersonId, change: FieldChange) -> bool:
    """Change the person's value that becomes the field's, where there is just one and nothing else hangs on it."""
    known = sketch.persons[person]
    if person in sketch.made or not is_editable(known) or not isinstance(change.before, str | None):
        return False
    entry = now.entries.get(person)
    if entry is not None and fold(change.field) in map(fold, entry.fields):
        return False
    paths = now.situation.ways.by_field.get(change.field, ())
    return any(_set(sketch, now, known, path, change) for path in paths)


def _set(sketch: Sketch, now: Round, person: Person, path: Path, change: FieldChange) -> bool:
    names = ".".join(path)
    if (
        (person.id, names) in sketch.moved
        or path in (EXTERNAL_ID, now.situation.ways.correlation)
        or fold(names) in _asked_about(sketch)
        or (path[0] == PRIMARY and len(person.contracts) != 1)
    ):
        return False
    made = whole(changed(person.fields, path, as_said(change.before)))
    if made is None or not _gives_just(now, person, made, change):
        return False
    sketch.moved.add((person.id, names))
    sketch.change_person(replace(made, at=person.at))
    return True


def _gives_just(now: Round, before: Person, after: Person, change: FieldChange) -> bool:
    """Tell whether a changed person gets the field that the account holds, and every other field as before."""
    old = now.situation.mapper.map(before, Stage.UPDATE)
    new = now.situation.mapper.map(after, Stage.UPDATE)
    if not isinstance(old, Mapped) or not isinstance(new, Mapped):
        return False
    wanted = {**old.values, change.field: change.before}
    return wanted.keys() == new.values.keys() and all(
        _alike(value, new.values[name]) for name, value in wanted.items()
    )


def _alike(left: FieldValue, right: FieldValue) -> bool:
    if isinstance(left, Generated | AccountOf) or isinstance(right, Generated | AccountOf):
        return left == right
    return same(left, right)


def is_editable(person: Person) -> bool:
    """Tell whether a person stands in YAML, where a value can be changed; an export is left as HelloID made it."""
    return person.at is None or is_yaml(person.at.file)


def _asked_about(sketch: Sketch) -> set[str]:
    """Return the paths that rules look at, folded: a change there may change who gets what."""
    found: set[str] = set()
    for rule in sketch.declared.rules:
        for test in tests_of(rule.when):
            top = PRIMARY + "." if test.path.about is About.CONTRACT else ""
            found.add(fold(top + ".".join(test.path.names)))
    templates = [rule.grants.group_per_contract for rule in sketch.declared.rules]
    for template in (*templates, *(each.group for each in sketch.declared.resources)):
        for path in () if template is None else template.paths:
            top = PRIMARY + "." if path.about is About.CONTRACT else ""
            found.add(fold(top + ".".join(path.names)))
    return found


def _settle_manager(sketch: Sketch, now: Round, person: PersonId, found: Found) -> None:
    """Name the person whose account the tenant has as manager."""
    held = found.field(MANAGER)
    owners = {b.live.ref: who for who, b in now.bindings.of.items() if b.live is not None}
    manager = owners.get(AccountRef(str(held))) if held else None
    known = sketch.persons[person]
    mark = (person, "PrimaryManager")
    if not is_editable(known) or mark in sketch.moved or (held and manager is None):
        _leave(sketch, person, found, "Its manager differs; change the person by hand.")
        return
    made = whole({**known.fields, "PrimaryManager": {"ExternalId": manager} if manager else None})
    if made is not None:
        sketch.moved.add(mark)
        sketch.change_person(replace(made, at=known.at))
