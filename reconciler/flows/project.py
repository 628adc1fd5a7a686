"""Reading a project: settings, field mapping and desired state, with every problem of every file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.desired import Shelf, read_desired, read_settings
from reconciler.desired.resting import collector_resting
from reconciler.entitlements import entitle
from reconciler.errors import BadInput
from reconciler.flows.saved import saved_state
from reconciler.flows.world import PersonMapping, World
from reconciler.model.address import PersonId, fold
from reconciler.model.declared import Declared
from reconciler.model.problem import Problem, Severity, in_order
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Desired, Recorded
from reconciler.model.value import Plain

NOT_THERE = ("unset-variable", "unreadable-file")
"""The codes of a setting that reads a variable or a file which is not there."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project that can be planned: no file of it holds an error. `warnings` are left.

    The settings' `unique_fields` include those that the field mapping names itself.
    """

    settings: Settings
    declared: Declared
    mapping: PersonMapping
    warnings: tuple[Problem, ...]

    def desired(self, as_of: date) -> Desired:
        """Return what the files ask for on a date."""
        with collector_resting():
            return entitle(self.declared, as_of)

    def on(self, day: date) -> "Project":
        """Return the project whose mapping takes a day for today."""
        return replace(self, mapping=self.mapping.on(day))

    def seeing(self, recorded: Recorded) -> "Project":
        """Return the project whose mapping sees the account data that the ledger keeps."""
        return replace(self, mapping=self.mapping.seeing(account_data_of(recorded)))


def account_data_of(recorded: Recorded) -> dict[PersonId, Mapping[str, Plain]]:
    """Return what the ledger keeps of each person's account for the mapping to use."""
    return {person: owned.stored for person, owned in recorded.accounts.items() if owned.stored}


def read_project(
    world: World,
    *,
    need_credentials: bool,
    shelf: Shelf | None = None,
    need_variables: bool = True,
) -> Project:
    """Read the project. Raises BadInput with all problems of all files where one is an error.

    Desired files that are on the shelf are not read again. Without `need_variables` a setting that reads
    a variable or file which is not there has its default, and that is a warning.
    """
    settings, said = _read(world, need_credentials=need_credentials, need_variables=need_variables)
    if _stop_at_settings(world, settings, said):
        raise BadInput("The settings have errors", problems=in_order(said))
    declared, mapping, found = _files(world, settings, shelf)
    problems = in_order((*said, *found))
    if mapping is None or _errors(problems):
        raise BadInput("The project has errors", problems=problems)
    return Project(_with_unique(settings, mapping.unique()), declared, mapping, problems)


def find_problems(world: World, snapshot: Path | None = None) -> tuple[Problem, ...]:
    """Return every problem of every file, in order; needs no credentials and no tenant.

    Given a saved snapshot, names that its tenant has not are problems too; raises BadInput where it
    cannot be used. A variable that is not set is a warning: where files are checked there may be none.
    """
    settings, problems = _read(world, need_credentials=False, need_variables=False)
    if _stop_at_settings(world, settings, problems):
        return in_order(problems)
    actual = None if snapshot is None else saved_state(world, settings, snapshot)
    _, _, more = _files(world, settings, actual=actual)
    return in_order((*problems, *more))


def settings_of(world: World, *, need_credentials: bool) -> Settings:
    """Read the settings alone. Raises BadInput with all their problems."""
    settings, problems = _read(world, need_credentials=need_credentials)
    if _errors(problems):
        raise BadInput("The settings have errors", problems=in_order(problems))
    return settings


def notes_of(world: World) -> Path:
    """Return where a run writes down which desired files it is writing, so that one that is killed is taken back."""
    return world.root / ".reconciler" / "writing.json"


def today(world: World, settings: Settings) -> date:
    """Return the calendar day in the project's time zone."""
    return world.now().astimezone(ZoneInfo(settings.time_zone)).date()


def _read(
    world: World, *, need_credentials: bool, need_variables: bool = True
) -> tuple[Settings, tuple[Problem, ...]]:
    """Read the settings, with defaults where they are wrong, and all their problems."""
    settings, problems = read_settings(
        world.config, world.environ, need_credentials=need_credentials
    )
    return settings, problems if need_variables else tuple(map(_forgiven, problems))


def _stop_at_settings(world: World, settings: Settings, problems: tuple[Problem, ...]) -> bool:
    """Tell whether the settings are so wrong that nobody knows where the desired files are."""
    return _errors(problems) and not (world.root / settings.desired).is_dir()


def _forgiven(problem: Problem) -> Problem:
    """Return what a pipeline without secrets cannot help as a warning, anything else as it is."""
    is_value = problem.at is not None and problem.at.column > 1
    if problem.code in NOT_THERE and is_value:
        return replace(problem, severity=Severity.WARNING)
    return problem


def _with_unique(settings: Settings, also: Iterable[str]) -> Settings:
    known = {fold(name) for name in settings.unique_fields}
    more = tuple(name for name in also if fold(name) not in known)
    return replace(settings, unique_fields=(*settings.unique_fields, *more))


def _files(
    world: World, settings: Settings, shelf: Shelf | None = None, actual: Actual | None = None
) -> tuple[Declared, PersonMapping | None, tuple[Problem, ...]]:
    """Read the field mapping and the desired state, both also where one of them is broken."""
    _refuse_half_written(world)
    path = world.root / settings.field_mapping
    try:
        text = path.read_bytes()
    except OSError as error:
        text = b""
        mapping, problems = None, (_missing_mapping(settings, error),)
    else:
        mapping, problems = world.read_mapping(text, settings.field_mapping, settings, world.now())
    declared, more = read_desired(world.root, settings, text, shelf, actual)
    return declared, mapping, (*problems, *more)


def _refuse_half_written(world: World) -> None:
    if not notes_of(world).exists():
        return
    from reconciler.desired.editing import written_of  # costs 10 ms, and is nearly never needed

    written = written_of(notes_of(world))
    if written is not None:
        raise BadInput(
            "The desired files are half written",
            f"A run that was stopped has written {written[0]:,} of {written[1]:,} files:"
            " what they ask for together, nobody meant.",
            "Run the import again, which takes them back first:\n  reconciler import",
        )


def _missing_mapping(settings: Settings, error: OSError) -> Problem:
    return Problem(
        "no-field-mapping",
        "Field mapping not readable",
        f"{settings.field_mapping} cannot be read: {error.strerror or 'unknown reason'}.",
        "Export it from HelloID into the project, or name its path as field_mapping.",
        settings.at.get("field_mapping"),
    )


def _errors(problems: tuple[Problem, ...]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
