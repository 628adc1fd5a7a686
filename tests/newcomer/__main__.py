"""`python -m tests.newcomer`: play the hour and show how long each step took; exits 1 where one is too slow."""

import sys
import tempfile
from pathlib import Path

from tests.bench.figures import table
from tests.newcomer.figures import figures
from tests.newcomer.hour import play

PERSONS = 1_000


def main() -> int:
    """Play the hour with a tenant of a thousand accounts."""
    with tempfile.TemporaryDirectory(prefix="reconciler-hour-") as below:
        found = figures(play(Path(below), PERSONS))
    sys.stdout.write(f"{table(found)}\n")
    return 1 if any(one.verdict == "FAIL" for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
