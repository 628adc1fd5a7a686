"""Carrying out the steps of one wave: write down, send, write down."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from json import dumps
from typing import Any

from reconciler.applier.order import Order
from reconciler.applier.parts import fields_of, subject_of
from reconciler.applier.progress import GOOD, Progress, Settlement, lacks_reference
from reconciler.applier.recovery import NOBODY_CAN_SAY, look_at
from reconciler.applier.run import Options, Ports
from reconciler.errors import ReconcilerError
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantProduct,
    RestoreAccount,
    UpdateAccount,
)
from reconciler.model.mapped import Stage
from reconciler.model.plan import Step, StepId
from reconciler.model.run import Answer, Done, Later, Moved, Refused, StepStatus, Unheard
from reconciler.model.value import Generated, Plain, Secret

STAGE_OF: Mapping[type[Change], Stage] = {
    CreateAccount: Stage.CREATE,
    RestoreAccount: Stage.UPDATE,
    UpdateAccount: Stage.UPDATE,
    EnableAccount: Stage.ENABLE,
    DisableAccount: Stage.DISABLE,
    DeleteAccount: Stage.DELETE,
}
"""Which action of the field mapping gives a change's generated fields."""

TRIES = 2
"""A request that nothing was heard of is sent at most so often, and again only if it surely failed."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A request: the change as it is sent, and its generated fields, which live no longer than this."""

    step: Step
    change: Change
    drawn: Mapping[str, Secret | Plain]


class Wave:
    """Carries out the steps of one wave that have not ended yet, as many at a time as is allowed."""

    def __init__(
        self,
        steps: Sequence[Step],
        order: Order,
        progress: Progress,
        ports: Ports,
        options: Options,
    ) -> None:
        self._progress, self._ports, self._options = progress, ports, options
        self._needs = order.needs
        self._steps = list(steps)
        self._positions = {step.id: n for n, step in enumerate(steps)}
        self._waiting: dict[StepId, int] = {}
        self._followers: dict[StepId, list[StepId]] = {}
        self._ready: list[int] = []
        self._in_flight: dict[asyncio.Task[Answer], Sending] = {}
        self._unheard: list[Step] = []
        self._tries: dict[StepId, int] = {}
        self._arrange(order)

    async def carry_out(self) -> None:
        """Run until every step of the wave has ended.

        Stopped (cancelled, or by an error): starts nothing more, waits a moment for the requests in
        flight, settles those that were answered, and leaves the others as lost.
        """
        try:
            while True:
                await self._until_quiet()
                if not self._unheard:
                    return
                await self._look_again()
        finally:
            await self._drain()

    def _arrange(self, order: Order) -> None:
        for step in self._steps:
            if self._progress.has_ended(step.id):
                continue
            before = [it for it in order.after[step.id] if self._is_open(it)]
            self._waiting[step.id] = len(before)
            for one in before:
                self._followers.setdefault(one, []).append(step.id)
        self._ready = [self._positions[it] for it, count in self._waiting.items() if count == 0]
        heapify(self._ready)

    def _is_open(self, step: StepId) -> bool:
        return step in self._positions and not self._progress.has_ended(step)

    async def _until_quiet(self) -> None:
        while self._ready or self._in_flight:
            self._start()
            if self._in_flight:
                answered, _ = await asyncio.wait(
                    self._in_flight, return_when=asyncio.FIRST_COMPLETED
                )
                for error in self._hear(answered):
                    raise error

    def _start(self) -> None:
        ended: list[Settlement] = []
        sendings: list[Sending] = []
        while self._ready and len(self._in_flight) + len(sendings) < self._options.concurrency:
            step = self._steps[heappop(self._ready)]
            match self._prepared(step):
                case Sending() as sending:
                    sendings.append(sending)
                case Settlement() as settlement:
                    ended.append(settlement)
        self._end(ended)
        seen = [it.step for it in sendings if not isinstance(it.change, GrantProduct)]
        if seen:
            self._progress.intend(seen)
        for sending in sendings:
            self._in_flight[asyncio.create_task(self._sent(sending))] = sending

    def _sent(self, sending: Sending) -> Coroutine[Any, Any, Answer]:
        # a product request is written down at the last moment: whether a lost one happened nobody may
        # be able to say, so as few as possible may ever be in doubt
        if not isinstance(sending.change, GrantProduct):
            return self._ports.tenant.carry_out(sending.change, sending.drawn)
        return self._ports.tenant.carry_out(
            sending.change, sending.drawn, lambda: self._progress.intend([sending.step])
        )

    def _prepared(self, step: Step) -> Sending | Settlement:
        failed = [need for need in self._needs[step.id] if self._progress.status(need) not in GOOD]
        if failed:
            return self._progress.ended(step, StepStatus.SKIPPED, self._because(failed[0]))
        change = self._progress.resolved(step)
        if isinstance(change, CorrelateAccount):
            # only the ledger changes; that the account is there was checked before the first write
            return self._progress.done(step, Done(account=change.subject.account.ref))
        try:
            drawn = drawn_for(change, self._ports)
        except ReconcilerError as reason:
            text = f"a generated field could not be drawn: {reason.summary}"
            return self._progress.ended(step, StepStatus.FAILED, text)
        if self._ports.drawn is not None and drawn:
            self._ports.drawn(step.id, drawn)
        return Sending(step, change, drawn)

    def _hear(self, answered: Iterable[asyncio.Task[Answer]]) -> list[BaseException]:
        """Settle what was answered; return what was raised instead, whose steps stay lost."""
        ended: list[Settlement] = []
        raised: list[BaseException] = []
        for task in sorted(answered, key=lambda it: self._positions[self._in_flight[it].step.id]):
            sending = self._in_flight.pop(task)
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is not None:
                raised.append(error)
                continue
            settlement = self._judged(sending, masked(task.result(), sending.drawn))
            if settlement is not None:
                ended.append(settlement)
        self._end(ended)
        return raised

    def _judged(self, sending: Sending, answer: Answer) -> Settlement | None:
        match answer:
            case Done() if lacks_reference(sending.change, answer):
                self._unheard.append(sending.step)
                return None
            case Done():
                return self._progress.done(sending.step, answer)
            case Refused(reason) | Moved(reason) | Later(reason):
                return self._progress.ended(sending.step, StepStatus.FAILED, reason)
            case Unheard():
                self._unheard.append(sending.step)
                return None

    async def _look_again(self) -> None:
        steps, self._unheard = self._unheard, []
        changes = [self._progress.resolved(step) for step in steps]
        answers = await look_at(changes, self._ports.tenant, self._options.concurrency)
        ended: list[Settlement] = []
        for step, answer in zip(steps, answers, strict=True):
            tries = self._tries[step.id] = self._tries.get(step.id, 0) + 1
            if isinstance(answer, Done):
                ended.append(self._progress.done(step, answer))
            elif answer is not None:
                ended.append(self._progress.ended(step, StepStatus.UNCONFIRMED, NOBODY_CAN_SAY))
            elif tries < TRIES:
                heappush(self._ready, self._positions[step.id])
            else:
                text = "no answer, and it did not happen, as often as it was asked for"
                ended.append(self._progress.ended(step, StepStatus.FAILED, text))
        self._end(ended)

    def _end(self, settlements: Sequence[Settlement]) -> None:
        self._progress.settle(settlements)
        for settlement in settlements:
            for follower in self._followers.pop(settlement.step.id, ()):
                self._waiting[follower] -= 1
                if self._waiting[follower] == 0:
                    heappush(self._ready, self._positions[follower])

    def _because(self, need: StepId) -> str:
        entry = self._progress.entry(need)
        if entry is None:
            return f"needs {need}, which was not carried out"
        why = f": {entry.error}" if entry.error else ""
        return f"needs {self._progress.called(need)}, which is {entry.status}{why}"

    async def _drain(self) -> None:
        if not self._in_flight:
            return
        try:
            answered, _ = await asyncio.wait(self._in_flight, timeout=self._options.grace_seconds)
            self._hear(answered)
        finally:
            left = list(self._in_flight)
            self._in_flight.clear()
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def drawn_for(change: Change, ports: Ports) -> dict[str, Secret | Plain]:
    """Draw the generated fields of a change, with the field mapping's action for its kind."""
    stage, subject = STAGE_OF.get(type(change)), subject_of(change)
    if stage is None or subject is None or subject.person is None:
        return {}
    generated = [item.after for item in fields_of(change) if isinstance(item.after, Generated)]
    return {it.field: ports.dice.draw(ports.persons[subject.person], stage, it) for it in generated}


def masked(answer: Answer, drawn: Mapping[str, Secret | Plain]) -> Answer:
    """Return the answer without the secrets that were sent, in case the tenant repeats them."""
    match answer:
        case Done(note=text):
            return replace(answer, note=_mask(text, drawn))
        case Refused(reason=text) | Later(reason=text) | Moved(reason=text) | Unheard(reason=text):
            return replace(answer, reason=_mask(text, drawn))


def _mask(text: str, drawn: Mapping[str, Secret | Plain]) -> str:
    for value in drawn.values():
        secret = value.reveal() if isinstance(value, Secret) else ""
        for form in (secret, dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1]):
            text = text.replace(form, "***") if form else text
    return text
