"""The package as people install it: what is in it, what it says of itself, and that it runs without the checkout."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Generator
from email.parser import Parser
from pathlib import Path

import pytest

from tests.pipelines.steps import GITLAB_PROJECT
from tests.projects import ROOT

PACKAGE = ROOT / "reconciler"
COMMANDS = (
    "init gitlab --pipelines gitlab",
    "init . --pipelines azure",
    "validate",
    "plan -o plan.json --detailed-exitcode",
    "show plan.json --format html -o plan.html",
    "apply plan.json",
    "audit --format html -o audit.html",
    "import --update",
    "schema plan",
)
RUN = """
import json, sys
import reconciler
from reconciler.cli.app import _run
codes = {command: _run(command.split()) for command in json.loads(sys.argv[1])}
print(json.dumps([reconciler.__file__, codes]))
"""
_BUILD = "import sys; from flit_core import buildapi; buildapi.{}(sys.argv[1])"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and a source distribution, built by nothing but what pyproject.toml names."""
    folder = tmp_path_factory.mktemp("built")
    for kind in ("build_wheel", "build_sdist"):
        build(ROOT, kind, folder)
    return folder


def build(source: Path, kind: str, into: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", _BUILD.format(kind), str(into)], cwd=source, check=True, timeout=60
    )


@pytest.fixture(scope="module")
def wheel(built: Path) -> Generator[zipfile.ZipFile]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as opened:
        yield opened


def ours() -> set[str]:
    found = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == ours()
    data = {Path(name).suffix for name in names}
    assert {".py", ".js", ".css", ".yaml", ".yml", ".json", ".md"} <= data


def test_what_it_says_of_itself_is_what_an_installer_and_a_person_need(
    wheel: zipfile.ZipFile,
) -> None:
    info = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    said = Parser().parsestr(wheel.read(info).decode())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert said["Name"] == "helloid-reconciler"
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "MIT"
    assert said["Description-Content-Type"] == "text/markdown"
    assert f"{said.get_payload()}".rstrip() == (ROOT / "README.md").read_text("utf-8").rstrip()
    assert set(said.get_all("Requires-Dist") or ()) == set(project["dependencies"])
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}" in (said.get_all("Classifier") or ())
    folder = info.removesuffix("METADATA")
    assert wheel.read(f"{folder}licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    scripts = wheel.read(f"{folder}entry_points.txt").decode()
    assert scripts.split() == ["[console_scripts]", "reconciler=reconciler.__main__:main"]


def test_what_is_built_from_the_source_distribution_is_the_same(
    built: Path, wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as opened:
        opened.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    build(source, "build_wheel", tmp_path)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as again:
        assert again.namelist() == wheel.namelist()
        assert [again.read(name) for name in again.namelist()] == [
            wheel.read(name) for name in wheel.namelist()
        ]


def test_it_runs_from_an_empty_folder_without_the_checkout(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    installed, folder = tmp_path / "installed", tmp_path / "empty"
    shutil.unpack_archive(str(wheel.filename), installed, "zip")
    folder.mkdir()
    known = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(COMMANDS)],
        cwd=folder,
        env={**known, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    where, codes = json.loads(ended.stdout.splitlines()[-1])
    assert Path(where).is_relative_to(installed)
    assert codes == {command: 2 if "--detailed" in command else 0 for command in COMMANDS}
    assert (folder / "gitlab/.gitlab-ci.yml").read_bytes() == GITLAB_PROJECT.read_bytes()
    for page in ("plan.html", "audit.html"):
        assert (folder / page).read_text("utf-8").startswith("<!doctype html>")
