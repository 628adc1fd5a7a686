"""The site of the documentation, built once, and the browser to look at it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import chromium, page
from tests.docs.blocks import ROOT

__all__ = ["chromium", "page"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    config = (ROOT / "zensical.toml").read_text("utf-8")
    (folder / "zensical.toml").write_text(config, encoding="utf-8")
    shutil.copytree(ROOT / "docs", folder / "docs")
    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "-f", folder / "zensical.toml"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert built.returncode == 0, built.stdout
    return folder / "site"
