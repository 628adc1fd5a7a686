"""Taking reasons away from declared state, and obstacles out of the way, to see what becomes of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from reconciler.entitlements import entitle
from reconciler.entitlements.explanation import Answer, Because, Obstacle
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import AccountEntry, AccountState, Declared, Period
from reconciler.model.provenance import Location
from reconciler.model.rules import (
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Given,
    Not,
    Operator,
    Window,
)
from reconciler.model.state import Desired, Wanted

FOREVER = Window(2_000_000, 2_000_000)


def has(declared: Declared, day: date, who: PersonId, key: PermissionKey | None) -> bool:
    return holds(entitle(declared, day), who, key)


def holds(found: Desired, who: PersonId, key: PermissionKey | None) -> bool:
    if key is None:
        return isinstance(found.accounts.get(who), Wanted)
    wanted = found.permissions.get(key)
    return wanted is not None and who in (wanted.members or ())


def enabled(declared: Declared, day: date, who: PersonId) -> bool:
    account = entitle(declared, day).accounts.get(who)
    return isinstance(account, Wanted) and account.enabled


def with_account(declared: Declared, who: PersonId) -> Declared:
    """Return declared state with one account entry, so that grants depend on nothing else."""
    at = Location("account.yaml", 1, 1)
    entry = AccountEntry(who, AccountState.ENABLED, Period(), {}, at)
    return replace(declared, accounts=(entry,))


def without(declared: Declared, reasons: Iterable[Because]) -> Declared:
    """Return declared state without the entries, lines and rules at the places that reasons name."""
    gone = {because.at for because in reasons}
    return replace(
        declared,
        rules=tuple(rule for rule in declared.rules if rule.at not in gone),
        accounts=tuple(entry for entry in declared.accounts if entry.at not in gone),
        permissions=tuple(
            replace(
                entry,
                members=None
                if entry.members is None
                else tuple(line for line in entry.members if line.at not in gone),
            )
            for entry in declared.permissions
        ),
    )


def cleared(declared: Declared, rule: str, obstacle: Obstacle) -> Declared:
    """Return declared state where what one obstacle names is turned round, and nothing else."""
    turned = {tested.test: not tested.holds for tested in obstacle.failed}
    return replace(
        declared,
        rules=tuple(
            replace(each, when=turned_in(each.when, turned), window=FOREVER)
            if each.name == rule
            else each
            for each in declared.rules
        ),
    )


def turned_in(condition: Condition, turned: dict[FieldTest, bool]) -> Condition:
    match condition:
        case FieldTest():
            return constant(condition, turned[condition]) if condition in turned else condition
        case AllOf(parts=parts, at=at):
            return AllOf(tuple(turned_in(part, turned) for part in parts), at)
        case AnyOf(parts=parts, at=at):
            return AnyOf(tuple(turned_in(part, turned) for part in parts), at)
        case Not(part=part, at=at):
            return Not(turned_in(part, turned), at)


def constant(test: FieldTest, holds: bool) -> FieldTest:
    """Return a test of the same contract or person that always holds, or never."""
    path = FieldPath(test.path.about, ("ThereIsNoSuchField",))
    return FieldTest(path, Operator.EXISTS, (Given(not holds, str(not holds)),), test.at)


def sources(answer: Answer) -> set[tuple[Location, str | None, date | None, date | None]]:
    """Return the reasons of an answer as the product's own desired state names them."""
    return {
        (each.at, each.contract, each.start, each.until)
        if each.rule
        else (each.at, None, None, None)
        for each in answer.because
        if not each.overridden
    }
