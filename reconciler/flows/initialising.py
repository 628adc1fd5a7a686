"""Init: write a project to start from. Never overwrites a file."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.desired.findings import Findings
from reconciler.desired.node import Scalar
from reconciler.desired.page import Page
from reconciler.desired.shape import desired_schema
from reconciler.desired.shape_settings import settings_schema
from reconciler.desired.values import SANDBOX, base_url
from reconciler.errors import BadInput
from reconciler.reports.canonical import pretty
from reconciler.templates import Platform, Starter, pipelines_for, starter_of

SETTINGS: Final = "reconciler.yaml"
DESIRED: Final = "desired"
TENANT: Final = "tenant.json"
STATE: Final = ".reconciler/tenant.db"
ASKED_FOR: Final = (SETTINGS, "fieldMapping.json", TENANT)
"""What makes the project, beside the desired folder: an existing project gets none of it."""
PLACEHOLDER: Final = "@BASE_URL@"

Seed = Callable[[Path, bytes, str], None]
"""Replaces the state of an embedded tenant by a snapshot, given its bytes and its name."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """The tenant (None: the embedded one), the pipelines, and whether an existing project gets what it lacks."""

    target: str | None = None
    pipelines: Platform | None = Platform.GITHUB
    add_missing: bool = False


@dataclass(frozen=True, slots=True)
class Initialised:
    """The files below the folder that were written, and those that were there and stay as they are."""

    written: tuple[str, ...]
    kept: tuple[str, ...]
    is_seeded: bool


def initialise(folder: Path, options: InitOptions, seed: Seed) -> Initialised:
    """Write a project into a folder, which is made where it is missing; all of it or nothing.

    What is there already is left as it is. Raises BadInput where the folder holds a project, unless
    it is to get what it lacks; then only what helps to work on it, and nothing that asks for access.
    """
    is_project = (folder / SETTINGS).exists()
    has_desired = _holds_files(folder / DESIRED)
    if (is_project or has_desired) and not options.add_missing:
        raise _project_there(folder, SETTINGS if is_project else DESIRED)
    texts = _texts(options)
    if is_project or has_desired:
        texts = {
            path: text
            for path, text in texts.items()
            if not path.startswith(f"{DESIRED}/")
            and path != TENANT
            and not (is_project and path in ASKED_FOR)
        }
    written = _write(folder, texts)
    is_seeded = TENANT in written and SETTINGS in written and not (folder / STATE).exists()
    if is_seeded:
        seed(folder / STATE, texts[TENANT].encode(), TENANT)
    return Initialised(written, tuple(sorted(texts.keys() - set(written))), is_seeded)


def _texts(options: InitOptions) -> dict[str, str]:
    kind = Starter.EMBEDDED if options.target is None else Starter.TARGET
    texts = dict(starter_of(kind))
    if options.target is not None:
        address = _address(options.target)
        texts[SETTINGS] = texts[SETTINGS].replace(PLACEHOLDER, address)
    if options.pipelines is not None:
        texts |= pipelines_for(options.pipelines)
    texts["schemas/desired.schema.json"] = pretty(desired_schema())
    texts["schemas/settings.schema.json"] = pretty(settings_schema())
    return dict(sorted(texts.items()))


def _address(given: str) -> str:
    findings = Findings()
    scalar = Scalar(given, plain=False, line=0, column=0)
    found = base_url(Page("--target", findings), scalar, "--target")
    problems = findings.in_order()
    if found is None or found.startswith(SANDBOX) or '"' in found or "$" in found:
        raise BadInput(
            "This is no tenant's address",
            problems[0].detail if problems else f"{given} is not on the network.",
            "Write https://TENANT.helloid.com/api/v1; without --target the tenant is an embedded one.",
        )
    return found


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def _project_there(folder: Path, found: str) -> BadInput:
    where = "This folder" if folder == Path() else str(folder)
    return BadInput(
        "There is a project already",
        f"{where} holds {found}, and nothing is overwritten.",
        "Name another folder; or, to add the schemas, hooks and pipelines that this one lacks:\n"
        f"  reconciler init {folder} --add-missing",
    )


def _write(folder: Path, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Write what is not there yet. Where one file cannot be written, take the others away again."""
    written: list[str] = []
    made: list[Path] = []
    try:
        for path, text in texts.items():
            file = folder / path
            made += _make(file.parent)
            if file.is_symlink() or file.exists():
                continue
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                written.append(path)
                opened.write(text)
    except OSError as error:
        _take_away([folder / path for path in written], made)
        raise BadInput(
            "The project cannot be written",
            f"{error.filename or folder}: {error.strerror}.",
            "Name a folder that can be written.",
        ) from error
    return tuple(written)


def _make(folder: Path) -> list[Path]:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _take_away(files: list[Path], folders: list[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
