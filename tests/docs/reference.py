"""The reference of the command line, drawn from the commands themselves: `python -m tests.docs.reference`."""

import re
import sys
from typing import Any, Final

import typer.main

from reconciler.cli.app import COMMANDS, app
from reconciler.cli.documented import described
from reconciler.cli.later import Later
from reconciler.cli.manual import MANUALS, Manual
from reconciler.cli.manual import ROOT as ROOT_MANUAL
from tests.docs.blocks import ROOT

PAGE: Final = ROOT / "docs/reference.md"
_AGAIN: Final = "<!-- Written by python -m tests.docs.reference; changes go into the commands. -->"
_REST: Final = """\
## Exit codes

| code | meaning | so |
| --- | --- | --- |
| 0 | done; without `--detailed-exitcode` also when there are differences | go on |
| 1 | an error: bad input, a file that is missing or is no plan, refused credentials | tell the author |
| 2 | only with `--detailed-exitcode`: differences, or open issues | ask for approval |
| 3 | a safeguard or policy refuses; nothing was changed | tell the reviewer |
| 4 | the plan is stale, altered, for another tenant, expired or applied already; nothing was changed | plan and review again |
| 5 | some actions failed, were skipped or are unconfirmed; the rest is done and recorded | plan again |
| 6 | the tenant could not be reached or read in full; nothing was concluded | try again later |
| 64 | the command line is wrong | correct it |
| 130 | interrupted; what was done is recorded | run it again: apply goes on from there |

## Environment

| variable | says |
| --- | --- |
| `HELLOID_API_KEY`, `HELLOID_API_SECRET` | the credentials, unless the settings name others |
| any that `reconciler.yaml` names as `${NAME}` | what stands there |
| `RECONCILER_BY` | who applies; otherwise the pipeline's user or the login name |
| `NO_COLOR` | plain text, whatever the terminal can show |
| `RECONCILER_TRACEBACK` | after an error that is a bug of ours: show where |

## Files

| file | is |
| --- | --- |
| `reconciler.yaml` | [the settings](settings.md); its folder is the project |
| `fieldMapping.json` | [the field mapping](field-mapping.md) |
| `desired/**/*.yaml` | [the desired state](desired-state.md) |
| `.reconciler/` | local state: the ledger, caches, the embedded tenant; never committed |

## Completion

`reconciler --install-completion` lets the shell complete commands, options and their values; bash, zsh, fish and PowerShell.
`reconciler --show-completion` shows the script instead.
"""


def reference() -> str:
    """Return the page: every command with its synopsis, description, options and example."""
    root: Any = typer.main.get_command(app)
    parts = ["# Command line", _AGAIN, *_start(root)]
    for name, says in COMMANDS.items():
        command: Any = Later(name, says).load()
        inner: dict[str, Any] = getattr(command, "commands", {})
        named = {f"{name} {below}": each for below, each in inner.items()} or {name: command}
        for path, each in named.items():
            parts += _section(each, path)
    return "\n\n".join([*(part for part in parts if part), _REST])


def _start(root: Any) -> list[str]:
    context = root.make_context("reconciler", [], resilient_parsing=True)
    first = {name: "sandbox-seed" if name == "sandbox" else name for name in COMMANDS}
    rows = [f"| [`{name}`](#{first[name]}) | {says} |" for name, says in COMMANDS.items()]
    table = "\n".join(("| command | does |", "| --- | --- |", *rows))
    before = "Options that come before the command:"
    return [
        _prose(root),
        _synopsis(root, context),
        table,
        before,
        _options(root, context),
        _examples(ROOT_MANUAL),
        _see(ROOT_MANUAL),
    ]


def _section(command: Any, path: str) -> list[str]:
    context = command.make_context(f"reconciler {path}", [], resilient_parsing=True)
    manual = MANUALS[path]
    arguments = [_row(each, context) for each in command.params if _is(each, "argument")]
    return [
        f"## {path}",
        _prose(command),
        _synopsis(command, context),
        _table("argument", arguments),
        _options(command, context),
        _examples(manual),
        _exits(manual),
        _table("environment", list(manual.environment)),
        _see(manual),
    ]


def _examples(manual: Manual) -> str:
    shown = "\n\n".join(f"# {each.does}\n$ {each.line}" for each in manual.examples)
    return f"```text\n{shown}\n```"


def _exits(manual: Manual) -> str:
    lines = [f"| {code} | {_cell(means)} |" for code, means in manual.exits.items()]
    return "\n".join(("| exit code | meaning |", "| --- | --- |", *lines))


def _see(manual: Manual) -> str:
    links = [f"[{_titled(page)}]({page}.md)" for page in manual.see]
    return f"See also {', '.join(links)}." if links else ""


def _titled(page: str) -> str:
    first = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("# ").lower().replace("helloid", "HelloID")


def _prose(command: Any) -> str:
    paragraphs = re.split(r"\n\s*\n", command.help.strip())
    joined = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return "\n\n".join(re.sub(r"(?<=[.:;]) (?=[A-Z])", "\n", text) for text in joined)


def _synopsis(command: Any, context: Any) -> str:
    pieces = " ".join(command.collect_usage_pieces(context))
    return f"```text\n{context.command_path} {pieces}\n```"


def _options(command: Any, context: Any) -> str:
    rows = [_row(each, context) for each in command.params if _is(each, "option")]
    return _table("option", rows)


def _is(param: Any, kind: str) -> bool:
    return param.param_type_name == kind and not param.hidden


def _row(param: Any, context: Any) -> tuple[str, str]:
    row = described(param, context)
    assert row is not None
    return row


def _table(head: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| `{_cell(name)}` | {_cell(means)} |" for name, means in rows]
    return "\n".join((f"| {head} | meaning |", "| --- | --- |", *lines)) if lines else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(reference(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
