"""Golden files: what a report is agreed to look like."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def same_as_golden(name: str, text: str) -> None:
    """Compare with tests/reports/golden/NAME; with AGREE=1 in the environment, write it instead."""
    file = FOLDER / name
    if os.environ.get("AGREE"):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")
