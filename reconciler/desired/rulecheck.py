"""What holds between rules and the rest: no name twice, no path that nobody has, no window in vain."""

from collections.abc import Iterable, Mapping

from reconciler.desired.draft import Draft
from reconciler.desired.field_path import near_path
from reconciler.desired.findings import Findings, shown
from reconciler.entitlements.contradicting import is_absence, surely
from reconciler.entitlements.prospects import could_grant
from reconciler.model.address import PersonId, fold
from reconciler.model.person import Person, member
from reconciler.model.rules import About, FieldPath, Resource, Rule, is_about_contracts
from reconciler.model.value import JSON


def check_rules(draft: Draft, findings: Findings) -> tuple[Rule, ...]:
    """Return the rules sorted by name; of two with one name the first is kept and the other complained about."""
    named: dict[str, Rule] = {}
    for rule in sorted(draft.rules, key=lambda rule: rule.at):
        first = named.setdefault(fold(rule.name), rule)
        if first is not rule:
            findings.error(
                "duplicate-rule",
                f"The rule {shown(rule.name)} is also declared at {first.at}.",
                rule.at,
                "Give it a name of its own: plans name the rule as the reason.",
                first.at,
            )
        _check_window(rule, findings)
        _check_open_ends(rule, findings)
    for key, at in draft.authorities:
        if not draft.lost_rules and not could_grant(named.values(), key):
            findings.warn(
                "unmanaged-members",
                "`authoritative: true` revokes members that are not listed, but there is no `members` list.",
                at,
                "List the members; `members: []` is nobody.",
            )
    return tuple(sorted(named.values(), key=lambda rule: rule.name))


def check_resources(draft: Draft) -> tuple[Resource, ...]:
    """Return the resources sorted, each once."""
    found: dict[str, Resource] = {}
    for resource in sorted(draft.resources, key=lambda resource: resource.at):
        found.setdefault(resource.group.text, resource)
    return tuple(found[text] for text in sorted(found))


def check_paths(draft: Draft, persons: Mapping[PersonId, Person], findings: Findings) -> None:
    """Complain about paths that HelloID's model does not have and that no person has either.

    A rule with such a path would hold for nobody, or for everybody, without a word.
    """
    strange = {path for path, _ in draft.strange_paths}
    missing = {path for path in strange if not _is_anywhere(path, persons.values())}
    for path, at in draft.strange_paths:
        if path not in missing:
            continue
        close = near_path(path)
        findings.error(
            "unknown-path",
            f"HelloID's model has no {shown(str(path))}, and no person has it.",
            at,
            f"Did you mean `{close}`?"
            if close
            else f"Fields of your own are at `{path.about}.Custom.`.",
        )


def _check_window(rule: Rule, findings: Findings) -> None:
    window, template = rule.window, rule.grants.group_per_contract
    if not (window.days_before_start or window.days_after_end) or is_about_contracts(rule.when):
        return
    if template is not None and any(path.about is About.CONTRACT for path in template.paths):
        return
    findings.warn(
        "useless-window",
        f"The rule {shown(rule.name)} looks at the person alone, so its window never opens or closes.",
        rule.at,
        "To have it depend on a contract add `Contract.ExternalId: {exists: true}` to its conditions.",
    )


def _check_open_ends(rule: Rule, findings: Findings) -> None:
    """Warn of days around an end of the contract that the conditions say it has not."""
    window = rule.window
    sides = (
        ("startdate", "days_before_start", window.days_before_start, "start"),
        ("enddate", "days_after_end", window.days_after_end, "end"),
    )
    for literal in surely(rule.when):
        path = literal.test.path
        for name, key, days, side in sides:
            is_side = path.about is About.CONTRACT and [each.casefold() for each in path.names] == [
                name
            ]
            if days and is_side and is_absence(literal):
                findings.warn(
                    "useless-window",
                    f"The rule {shown(rule.name)} asks for contracts without {shown(str(path))}, so"
                    f" `{key}: {days}` never counts: they have no {side}.",
                    literal.test.at,
                    f"Take `{key}` or the condition out.",
                    rule.at,
                )


def _is_anywhere(path: FieldPath, persons: Iterable[Person]) -> bool:
    for person in persons:
        if path.about is About.PERSON:
            if _at(person.fields, path.names) is not None:
                return True
        elif any(_at(each.fields, path.names) is not None for each in person.contracts):
            return True
    return False


def _at(found: JSON, names: tuple[str, ...]) -> JSON:
    for name in names:
        found = member(found, name)
    return found
