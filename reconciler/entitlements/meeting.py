"""Whether a person meets a condition on a day, outside of rules: policies ask it."""

from collections.abc import Callable
from datetime import date

from reconciler.entitlements.conditions import NO_CONTRACT, compiled
from reconciler.entitlements.contracts import ContractState, contract_state
from reconciler.model.person import Person
from reconciler.model.rules import Condition, is_about_contracts


def meeting(condition: Condition, day: date) -> Callable[[Person], bool]:
    """Return whether a person meets a condition; its `Contract.` paths on one contract active that day."""
    check = compiled(condition, day)
    if not is_about_contracts(condition):
        return lambda person: check(person, NO_CONTRACT)
    return lambda person: any(
        check(person, contract)
        for contract in person.contracts
        if contract_state(contract, day) is ContractState.ACTIVE
    )
