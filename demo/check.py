"""Fails, naming what is missing, when saved plans do not show what the demo promises.

Usage: check.py --in PLAN… --shows WORD…
where a WORD is a kind of action (`grant_group`), a kind with its cause (`grant_group:drift`) or the type
of an issue (`issue:account_unmanaged`).
"""

# ruff: noqa: INP001 - a script of the demo, not a package

import argparse
import json
import sys
from pathlib import Path


def main() -> None:
    """Read the plans and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in", dest="plans", nargs="+", required=True, type=Path)
    parser.add_argument("--shows", nargs="+", required=True)
    asked = parser.parse_args()
    shown = {word for plan in asked.plans for word in words(json.loads(plan.read_text("utf-8")))}
    missing = [word for word in asked.shows if word not in shown]
    if missing:
        sys.exit(f"The demo promises {', '.join(missing)}, but the plan does not show it.")


def words(plan: dict) -> set[str]:
    """Return everything a plan shows, in the words of the command line."""
    actions = plan["actions"]
    return (
        {action["kind"] for action in actions}
        | {f"{action['kind']}:{action['cause']['kind']}" for action in actions}
        | {f"issue:{issue['type']}" for issue in plan["issues"]}
    )


if __name__ == "__main__":
    main()
