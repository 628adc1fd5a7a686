import json
from pathlib import Path

from tests.docs.project import copied


def test_the_demo_shows_every_kind_of_action_leaves_nothing_to_do_and_keeps_to_its_folder(
    tmp_path: Path,
) -> None:
    with copied(tmp_path) as project:
        before = _contents(project.folder)

        ended = project.script("bash demo/run.sh")  # insists on every kind of action and exit code

    assert ended.code == 0, ended.output
    assert "Traceback" not in ended.output
    last = json.loads((project.folder / ".reconciler/demo/last.json").read_text("utf-8"))
    assert last["actions"] == []
    assert {issue["status"] for issue in last["issues"]} == {"open"}
    assert _contents(project.folder) == before
    assert [path.name for path in (project.folder / ".reconciler").iterdir()] == ["demo"]


def _contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if ".reconciler" not in path.parts
    }
