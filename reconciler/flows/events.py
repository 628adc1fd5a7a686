"""Events: what an apply did, in the words of HelloID's notifications, as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.applier.parts import fields_of, permission_of, subject_of, user_name_of
from reconciler.applier.progress import GOOD
from reconciler.applier.references import Made, made_by, resolve
from reconciler.applier.run import StepResult
from reconciler.applier.sending import STAGE_OF
from reconciler.flows.project import Project
from reconciler.model.address import Permission, PersonId, fold
from reconciler.model.change import (
    Change,
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.mapped import Mapped, Stage
from reconciler.model.plan import Step, StepId
from reconciler.model.run import Run
from reconciler.model.state import Recorded
from reconciler.model.value import JSON, AccountOf, FieldValue, Generated, Plain, Secret

FORMAT_VERSION: Final = "1.0"

EVENT_OF: Final[Mapping[type[Change], str]] = {
    CreateAccount: "create",
    RestoreAccount: "restore",
    UpdateAccount: "update",
    EnableAccount: "enable",
    DisableAccount: "disable",
    DeleteAccount: "delete",
    GrantGroup: "grant",
    GrantProduct: "grant",
    RevokeGroup: "revoke",
    RevokeProduct: "revoke",
}
"""What is told. By a correlation or a new group nobody gets or loses anything."""

Drawn = Mapping[str, Secret | Plain]


@dataclass(frozen=True, slots=True)
class Heard:
    """How steps ended in this process, and what was drawn for them: in memory, never written down."""

    results: Mapping[StepId, StepResult]
    drawn: Mapping[StepId, Drawn]


def events_of(
    project: Project, steps: Sequence[Step], run: Run, before: Recorded, heard: Heard
) -> list[dict[str, JSON]]:
    """Return an event for each step that this process saw done or pending, in the plan's order.

    `before` is what was recorded before the run, for fields that an action does not write itself.
    Secrets that notifications may use are revealed.
    """
    made = made_by(steps, {entry.step: entry for entry in run.entries})
    teller = _Teller(project, run, made, before)
    told: list[dict[str, JSON]] = []
    for step in steps:
        result = heard.results.get(step.id)
        if result is not None and result.status in GOOD and type(step.change) in EVENT_OF:
            told.append(teller.event(step, result, heard.drawn.get(step.id, {})))
    return told


class _Teller:
    """Knows the run's new references, and what each account's fields hold as the events go by."""

    def __init__(self, project: Project, run: Run, made: Made, before: Recorded) -> None:
        self._project, self._run, self._made, self._before = project, run, made, before
        self._written: dict[PersonId, dict[str, JSON]] = {}

    def event(self, step: Step, result: StepResult, drawn: Drawn) -> dict[str, JSON]:
        """Return the event of a step."""
        change = resolve(step.change, self._made)
        subject, permission = subject_of(change), permission_of(change)
        fields = fields_of(change)
        self._write(subject, {each.field: each.after for each in fields}, drawn)
        return {
            "format_version": FORMAT_VERSION,
            "id": f"{self._run.id}/{step.id}",
            "run": self._run.id,
            "at": result.at,
            "target": self._project.settings.target.base_url,
            "event": EVENT_OF[type(change)],
            "status": result.status.value,
            "person": self._person(subject),
            "account": self._account(subject, change),
            "permission": _permission(permission),
            "cause": {"detail": step.cause.detail, "source": step.cause.source},
            "fields": self._fields(change, subject, drawn),
            "changes": [] if isinstance(change, CreateAccount) else [_change(c) for c in fields],
        }

    def _person(self, subject: Subject | None) -> JSON:
        if subject is None or subject.person is None:
            return None
        person = self._project.declared.persons.get(subject.person)
        return {
            "ExternalId": subject.person,
            "DisplayName": None if person is None else person.display_name,
        }

    def _account(self, subject: Subject | None, change: Change) -> JSON:
        if subject is None:
            return None
        return {"user_guid": self._ref(subject), "user_name": user_name_of(change)}

    def _ref(self, subject: Subject) -> str | None:
        made = None if subject.person is None else self._made.accounts.get(subject.person)
        return subject.account.ref or made

    def _write(
        self, subject: Subject | None, values: Mapping[str, FieldValue], drawn: Drawn
    ) -> None:
        if subject is None or subject.person is None:
            return
        known = self._written.setdefault(subject.person, self._recorded(subject.person))
        for name, value in values.items():
            if not isinstance(value, Generated | AccountOf):
                known[fold(name)] = _plain(value)
        for name, value in drawn.items():
            if not isinstance(value, Secret):
                known[fold(name)] = _plain(value)

    def _recorded(self, person: PersonId) -> dict[str, JSON]:
        owned = self._before.accounts.get(person)
        if owned is None:
            return {}
        return {fold(name): _plain(v) for name, v in (*owned.stored.items(), *owned.fields.items())}

    def _fields(self, change: Change, subject: Subject | None, drawn: Drawn) -> dict[str, JSON]:
        stage = STAGE_OF.get(type(change))
        if stage is None or subject is None or subject.person is None:
            return {}
        known = {
            "username": user_name_of(change),
            "userguid": self._ref(subject),
            **{fold(n): v.reveal() for n, v in drawn.items() if isinstance(v, Secret)},
        }
        written = self._written[subject.person]
        names = self._project.mapping.notified(stage)
        missing = [n for n in names if fold(n) not in written and fold(n) not in known]
        mapped = self._mapped(subject.person, stage) if missing else {}
        return {name: {**mapped, **written, **known}.get(fold(name)) for name in names}

    def _mapped(self, person: PersonId, stage: Stage) -> dict[str, JSON]:
        """Return what the mapping gives, where the value does not depend on what is in use."""
        whole = self._project.declared.persons.get(person)
        mapped = None if whole is None else self._project.mapping.map(whole, stage)
        if not isinstance(mapped, Mapped):
            return {}
        unique = {fold(name) for name in self._project.settings.unique_fields}
        return {
            fold(name): _plain(value)
            for name, value in mapped.values.items()
            if fold(name) not in unique and not isinstance(value, Generated | AccountOf)
        }


def _permission(permission: Permission | None) -> JSON:
    if permission is None:
        return None
    kind, name, ref = permission.kind.value, permission.name, permission.ref
    return {"type": kind, "name": name, "id": ref}


def _change(change: FieldChange) -> JSON:
    before, after = _shown(change.before), _shown(change.after)
    return {"field": change.field, "before": before, "after": after}


def _shown(value: FieldValue) -> JSON:
    return str(value) if isinstance(value, Generated | AccountOf) else _plain(value)


def _plain(value: Plain) -> JSON:
    return list(value) if isinstance(value, tuple) else value
