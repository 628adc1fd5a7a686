"""The steps that install the product really do: a fresh environment, with nothing fetched in the test."""

import shutil
import sysconfig
from pathlib import Path

import pytest

from tests.pipelines.repositories import AZURE_SHELL, GITHUB_SHELL, Repository
from tests.pipelines.steps import AZURE_INSTALL, Step, action_step, documents
from tests.projects import ROOT

pytestmark = pytest.mark.long

_PARTS = ("pyproject.toml", "README.md", "LICENSE", "reconciler", "requirements")


@pytest.fixture
def offline(repo: Repository, tmp_path: Path) -> Repository:
    """A job that fetches nothing: pip finds every pinned package here, and no index."""
    source = tmp_path / "source"
    source.mkdir()
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part)
        else:
            shutil.copy(ROOT / part, source)
    (tmp_path / "path").touch()
    repo.environ |= {
        "GITHUB_ACTION_PATH": str(source),
        "GITHUB_PATH": str(tmp_path / "path"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "AGENT_TEMPDIRECTORY": str(tmp_path / "temp"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
    }
    return repo


def test_the_action_installs_a_command_that_runs(offline: Repository, tmp_path: Path) -> None:
    python = {"steps.python.outputs.python-path": shutil.which("python3") or ""}
    offline.good(action_step("Install"), GITHUB_SHELL, filled=python)
    found = (tmp_path / "path").read_text("utf-8").strip()
    assert found == str(tmp_path / "temp/reconciler/bin")
    ended = offline.run(Step("the installed command", f"{found}/reconciler validate\n"))
    assert ended.code == 0, ended.output


def test_the_steps_of_azure_install_a_command_that_runs(
    offline: Repository, tmp_path: Path
) -> None:
    bash = documents(AZURE_INSTALL)[0]["steps"][1]["bash"]
    ended = offline.run(Step("azure", bash), AZURE_SHELL, folder=tmp_path / "source")
    assert ended.code == 0, ended.output
    found = ended.output.split("##vso[task.prependpath]")[1].strip()
    ended = offline.run(Step("the installed command", f"{found}/reconciler validate\n"))
    assert ended.code == 0, ended.output
