from collections.abc import Iterable
from pathlib import Path

import pytest

from reconciler.desired import read_desired, read_settings
from reconciler.model.problem import Problem
from reconciler.model.settings import Settings, Target
from tests.docs.blocks import PAGES, ROOT, Block, blocks

_ENVIRON = {
    "HELLOID_BASE_URL": "https://tenant.helloid.com/api/v1",
    "HELLOID_API_KEY": "key",
    "HELLOID_API_SECRET": "secret",
    "RECONCILER_LEDGER": "postgresql+psycopg://reconciler@ledger.example.org/reconciler",
}
_WITH_YAML = [page for page in PAGES if any(b.language == "yaml" for b in blocks(page))]
_IDS = [str(page.relative_to(ROOT)) for page in _WITH_YAML]


@pytest.mark.parametrize("page", _WITH_YAML, ids=_IDS)
def test_the_yaml_of_a_page_taken_together_has_no_problem(page: Path, tmp_path: Path) -> None:
    found = [block for block in blocks(page) if block.language == "yaml"]
    config = _write(tmp_path, found)

    settings, problems = read_settings(config, _ENVIRON, need_credentials=False)
    more: tuple[Problem, ...] = ()
    if any((tmp_path / "desired").iterdir()):
        _, more = read_desired(tmp_path, settings, b"{}")

    assert _told((*problems, *more)) == []


def test_the_defaults_on_the_settings_page_are_the_defaults(tmp_path: Path) -> None:
    block = next(b for b in blocks(ROOT / "docs/settings.md") if b.language == "yaml")

    written, _ = read_settings(_write(tmp_path, [block]), {}, need_credentials=False)

    defaults = Settings(Target("https://tenant.helloid.com/api/v1"))
    for name in Settings.__slots__:
        if name != "at":
            assert getattr(written, name) == getattr(defaults, name), name


def _write(folder: Path, found: Iterable[Block]) -> Path:
    """Make a project of YAML blocks: what begins with `target:` is settings, the rest desired state."""
    (folder / "desired").mkdir()
    config = folder / "reconciler.yaml"
    config.write_text("target: {base_url: 'sandbox:tenant.db'}\n")
    for block in found:
        is_settings = block.lines[0].startswith("target:")
        path = config if is_settings else folder / "desired" / f"{block.line}.yaml"
        path.write_text(block.text, encoding="utf-8")
    return config


def _told(problems: Iterable[Problem]) -> list[str]:
    return [f"{each.at}: {each.summary}: {each.detail}" for each in problems]
