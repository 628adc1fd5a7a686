"""Plays the administrator who changes the tenant by hand: calls its HTTP API, line by line of a file.

Reads what `reconciler sandbox serve` prints when it is ready (one JSON line) from standard input.
"""
# ruff: noqa: INP001 - a script of the demo, not a package

import base64
import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit


def main() -> None:
    """Make every call of the file named on the command line, and say what was done."""
    ready = json.loads(sys.stdin.readline())
    for call in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        send(ready, call["method"], call["path"], call.get("body"))
        sys.stdout.write(f"  {call['says']}\n")


def send(ready: dict[str, str], method: str, path: str, body: object) -> None:
    """Send one request; an answer other than 200 ends the script with HelloID's own words."""
    base = urlsplit(ready["base_url"])
    pair = base64.b64encode(f"{ready['api_key']}:{ready['api_secret']}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(base.netloc, timeout=10)
    connection.request(method, base.path + path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    said = answer.read().decode(errors="replace")
    connection.close()
    if answer.status != http.client.OK:
        sys.exit(f"{method} {path}: {answer.status} {said}")


if __name__ == "__main__":
    main()
