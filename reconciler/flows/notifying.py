"""Notifying: what an apply did is told to the user's own command, one JSON event a line."""

import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.applier.run import StepResult, Watch
from reconciler.errors import BadInput
from reconciler.flows.events import Drawn, Heard
from reconciler.model.plan import StepId
from reconciler.model.value import JSON

SECONDS: Final = 60.0
"""How long the command may take."""


@dataclass(slots=True)
class Ears:
    """Hears how steps end and what is drawn for them, and passes the ends on to `watch`."""

    watch: Watch
    results: dict[StepId, StepResult] = field(default_factory=dict[StepId, StepResult])
    drawn: dict[StepId, Drawn] = field(default_factory=dict[StepId, Drawn])

    @property
    def heard(self) -> Heard:
        """What was heard so far."""
        return Heard(self.results, self.drawn)

    def hear(self, result: StepResult) -> None:
        """Keep how a step ended; what reading back corrects replaces what was heard before."""
        self.results[result.step.id] = result
        self.watch(result)

    def keep(self, step: StepId, drawn: Drawn) -> None:
        """Keep what was drawn for a step; for one that is sent again the last counts."""
        self.drawn[step] = drawn


def command_words(command: str | None) -> tuple[str, ...]:
    """Return `notify.command` in words, split as a shell would; none where there is no command.

    Raises BadInput where its quotes do not match. No shell ever runs the words.
    """
    try:
        return tuple(shlex.split(command or ""))
    except ValueError as error:
        raise BadInput(
            "notify.command cannot be read", f"{command}: {error}.", "Close its quotes."
        ) from error


def notify(
    command: Sequence[str],
    events: Sequence[Mapping[str, JSON]],
    root: Path,
    seconds: float = SECONDS,
) -> str:
    """Run the command in the project's folder, the events on its standard input.

    Returns a warning, or "" where all went well or there was nothing to tell. What the command writes
    is thrown away: it may repeat a password, which must reach no log.
    """
    if not events or not command:
        return ""
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            list(command),
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        return f"notify.command could not be started, and {_count(events)} went untold: {error}"
    with process:
        try:
            process.communicate(lines.encode("utf-8", "backslashreplace"), timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return f"notify.command was stopped after {seconds:g} seconds with {_count(events)}"
    if process.returncode:
        return f"notify.command was given {_count(events)} and ended with {process.returncode}"
    return ""


def _count(events: Sequence[object]) -> str:
    return "1 event" if len(events) == 1 else f"{len(events)} events"
