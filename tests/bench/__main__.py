"""`make bench`: speed and memory as ratios against a peer of the same run; exits 1 where one is too large."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.benches import BENCHES
from tests.bench.figures import Figure, table
from tests.bench.ground import Ground
from tests.bench.size import Size

PERSONS = 10_000
PERSONS_QUICKLY = 1_000


def main() -> int:
    """Run the benchmarks that were asked for, show their figures, and return the exit code."""
    given = _arguments()
    size = Size(PERSONS_QUICKLY if given.quick else PERSONS)
    figures: list[Figure] = []
    _say(f"{size.persons:,} persons, {size.grants:,} grants")
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        ground = Ground(Path(folder), size, times=1 if given.quick else 4)
        for name in given.only or BENCHES:
            started = time.perf_counter()
            figures += BENCHES[name](ground)
            _say(f"{name}: {time.perf_counter() - started:.0f} s")
    sys.stdout.write(f"{table(figures)}\n")
    if given.json is not None:
        document = {
            "persons": size.persons,
            "grants": size.grants,
            "figures": [one.as_json() for one in figures],
        }
        given.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    failed = [one for one in figures if one.verdict == "FAIL"]
    if failed:
        _say(f"{len(failed)} of {len(figures)} figures are over their limit")
    return 1 if failed else 0


class _Given(argparse.Namespace):
    quick: bool = False
    only: list[str] | None = None
    json: Path | None = None


def _arguments() -> _Given:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"{PERSONS_QUICKLY:,} persons, a tenth of everything"
    )
    parser.add_argument(
        "--only", action="append", choices=tuple(BENCHES), help="one benchmark; may be repeated"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    return parser.parse_args(namespace=_Given())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
