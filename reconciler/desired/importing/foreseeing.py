"""Fields that a made-up person does not give the account: asked for at once, so that the next plan is the proof."""

from reconciler.desired.importing.fields import as_said, can_be_said
from reconciler.desired.importing.situation import Situation
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.state import Found, PersonError
from reconciler.model.value import AccountOf, Generated, Plain, same
from reconciler.planner.accounts import held_against
from reconciler.planner.fields import FieldRules, Taken


def foreseen(situation: Situation, person: Person, found: Found) -> dict[str, Plain]:
    """Return the overrides that a plan would ask for; none where only a plan can tell.

    That is so where fields must be unique among all accounts, where a script fails, and where the files
    cannot say what the account holds.
    """
    rules = FieldRules(situation.mapper, situation.settings)
    if situation.settings.unique_fields or situation.owned(person.id, found.ref) is not None:
        return {}
    mapped = rules.wanted(person, Stage.UPDATE, {}, Taken({}), found)
    if isinstance(mapped, PersonError):
        return {}
    wanted = held_against(rules, mapped, enabled=found.enabled, overrides={})
    differing = [
        name
        for name, value in wanted.items()
        if isinstance(value, AccountOf | Generated) or not same(value, found.field(name))
    ]
    if not all(can_be_said(found, name) for name in differing):
        return {}
    return {name: as_said(found.field(name)) for name in differing}
