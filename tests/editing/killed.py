"""`python -m tests.editing.killed FOLDER`: saves the same files over and over, killed one step later each time."""

import json
import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from reconciler.desired.editing import save_all, take_back, written_of
from reconciler.errors import BadInput

STEPS = ("open", "os.", "shutil.")
"""What the interpreter tells of before it does it, of all that may touch a file."""

Held = dict[str, str]
BEFORE: Held = {"a.yaml": "groups: []\n", "deep/b.yaml": "# é\r\nproducts: []\r\n"}
AFTER: Held = {
    "a.yaml": "groups:\n  - name: A\n",
    "deep/b.yaml": "# é\r\nproducts:\r\n  - name: B\r\n",
    "groups/new/c.yaml": "groups:\n  - name: C\n",
    "groups/new/d.yaml": "groups:\n  - name: D\n",
}


def main(folder: Path) -> None:
    """Print, as JSON, a list with what was there after each kill, and after it was taken back."""
    found: list[dict[str, Any]] = []
    for step in count(1):
        root = folder / str(step)
        for name, text in BEFORE.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text.encode())
        is_killed = _killed_at(step, root)
        half, seen = written_of(root / ".local/notes.json"), _held(root)
        try:
            take_back(root / ".local/notes.json")
        except BadInput as error:
            seen["error"] = str(error)
        found.append({"killed": is_killed, "half": half, "seen": seen, "then": _all(root)})
        shutil.rmtree(root)
        if not is_killed:
            break
    sys.stdout.write(json.dumps(found))


def _killed_at(step: int, root: Path) -> bool:
    child = os.fork()
    if child == 0:
        _save(step, root)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _save(step: int, root: Path) -> None:
    steps = count(1)

    def kill(event: str, _arguments: object) -> None:
        if event.startswith(STEPS) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    texts = {root / name: text for name, text in AFTER.items()}
    before = {root / name: BEFORE.get(name, "") for name in AFTER}
    sys.addaudithook(kill)
    save_all(texts, root / ".local/notes.json", before)
    os._exit(0)


def _held(root: Path) -> Held:
    """Return the files that a reader of desired files would see."""
    return {name: text for name, text in _all(root).items() if "/." not in f"/{name}"}


def _all(root: Path) -> Held:
    """Return all files, and the folders that hold none."""
    found: Held = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(root))] = path.read_bytes().decode()
        elif not any(path.iterdir()):
            found[str(path.relative_to(root))] = "an empty folder"
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
