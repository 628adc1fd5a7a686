"""What the manual says of each command beside its options: examples, exit codes, environment, where to read on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

EXITS: Final[Mapping[int, str]] = {
    0: "done",
    1: "an error in the files, the settings or what was given",
    3: "a safeguard or policy refuses; nothing was changed",
    4: "the plan is stale, altered, for another tenant, expired or applied already",
    5: "some actions failed, were skipped or are unconfirmed; the rest is done",
    6: "the tenant could not be reached or read in full; nothing was concluded",
    64: "the command line is wrong",
    130: "interrupted",
}
"""What a code means unless a command says otherwise of it."""

CREDENTIALS: Final = ("HELLOID_API_KEY, HELLOID_API_SECRET", "unless the settings name others")
_READS_FILES: Final = (0, 1, 64, 130)
_READS_TENANT: Final = (0, 1, 6, 64, 130)


@dataclass(frozen=True, slots=True)
class Example:
    """A command line, and what it is for."""

    line: str
    does: str


@dataclass(frozen=True, slots=True)
class Manual:
    """What is said of one command; `see` are pages of the documentation, by their file's stem."""

    examples: tuple[Example, ...]
    codes: tuple[int, ...] = _READS_FILES
    otherwise: Mapping[int, str] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    see: tuple[str, ...] = ()

    @property
    def exits(self) -> dict[int, str]:
        """Return what each exit code of the command means, in order."""
        said = {code: EXITS[code] for code in self.codes} | dict(self.otherwise or {})
        return dict(sorted(said.items()))


ROOT: Final = Manual(
    (
        Example("reconciler init access", "A project to start from, with an embedded tenant."),
        Example("reconciler plan", "What would happen?"),
        Example("reconciler --config access/reconciler.yaml plan", "A project elsewhere."),
    ),
    see=("tutorial", "tasks/README", "messages"),
)

MANUALS: Final[Mapping[str, Manual]] = {
    "init": Manual(
        (
            Example("reconciler init access", "A project on an embedded tenant, to try things."),
            Example(
                "reconciler init access --target https://tenant.helloid.com/api/v1"
                " --pipelines gitlab",
                "For a tenant of your own, with GitLab's pipelines.",
            ),
        ),
        see=("tutorial", "tasks/take-over", "pipelines"),
    ),
    "validate": Manual(
        (
            Example("reconciler validate", "Every problem of every file."),
            Example("reconciler validate --format github", "As annotations of a pull request."),
        ),
        otherwise={0: "no errors; there may be warnings", 1: "the files have errors"},
        see=("desired-state", "settings", "messages"),
    ),
    "plan": Manual(
        (
            Example("reconciler plan", "Look; nothing is written anywhere."),
            Example(
                "reconciler plan -o plan.json --detailed-exitcode",
                "Save what is to be reviewed; 2 says that there is something to review.",
            ),
            Example("reconciler plan --until 2041-01-31", "Look ahead: what changes on which day."),
            Example(
                "reconciler plan -o plan.json --ack disable_account=12",
                "Admit that twelve accounts are disabled, and not one more.",
            ),
        ),
        (0, 1, 3, 6, 64, 130),
        {
            0: "planned; without --detailed-exitcode also when there are differences",
            2: "with --detailed-exitcode: there are differences",
            3: "a safeguard or policy refuses; the plan is shown and written all the same",
        },
        environment=(CREDENTIALS,),
        see=("concepts", "plan-format", "settings"),
    ),
    "diff": Manual(
        (
            Example("reconciler diff main", "The working tree against a branch."),
            Example("reconciler diff main...HEAD", "What this branch brings, as a review sees it."),
            Example("reconciler diff v1.2 v1.3 --as-of 2041-01-01", "Two tags, on another day."),
        ),
        otherwise={2: "with --detailed-exitcode: there are differences"},
        see=("diff", "pipelines", "reports"),
    ),
    "show": Manual(
        (
            Example("reconciler show plan.json", "Read it again."),
            Example("reconciler show plan.json --format html -o plan.html", "A page to pass on."),
        ),
        (0, 1, 4, 64),
        {4: "the plan was altered after it was made"},
        see=("reports", "plan-format"),
    ),
    "apply": Manual(
        (
            Example("reconciler apply plan.json", "Exactly what was reviewed."),
            Example("reconciler apply", "Plan, show it, ask."),
            Example(
                "reconciler apply --auto-approve --additive", "Without asking; take nothing away."
            ),
        ),
        (0, 1, 3, 4, 5, 6, 64),
        {
            4: f"{EXITS[4]}; nothing was changed",
            130: "interrupted; what was done is recorded: run it again",
        },
        environment=(
            CREDENTIALS,
            (
                "RECONCILER_BY",
                "who applies, for the history; else the pipeline's user or the login",
            ),
        ),
        see=("concepts", "history", "tasks/emergency"),
    ),
    "audit": Manual(
        (
            Example("reconciler audit", "Everything that nobody asked for."),
            Example("reconciler audit --format html -o audit.html", "A page for who decides."),
            Example(
                "reconciler audit --type permission_unmanaged --group Payments",
                "Who is in one group without being asked for.",
            ),
        ),
        _READS_TENANT,
        {2: "with --detailed-exitcode: open issues are shown"},
        environment=(CREDENTIALS,),
        see=("governance", "tasks/nightly-audit"),
    ),
    "import": Manual(
        (
            Example(
                "reconciler import --split department", "A tenant in use, a file a department."
            ),
            Example(
                "reconciler import --persons-from vault.json",
                "Persons from HelloID's vault export, matched to the accounts.",
            ),
            Example("reconciler import --update --dry-run", "What changed in the tenant since."),
        ),
        _READS_TENANT,
        environment=(CREDENTIALS,),
        see=("import", "tasks/take-over"),
    ),
    "resolve": Manual(
        (
            Example("reconciler resolve", "One issue after the other, on the terminal."),
            Example(
                "reconciler resolve --issue 3f2a --as exclude --period '6 months' --reason 'Audit'",
                "One decision, without asking.",
            ),
        ),
        _READS_TENANT,
        environment=(CREDENTIALS,),
        see=("governance",),
    ),
    "snapshot": Manual(
        (Example("reconciler snapshot -o snapshot.json", "Save it."),),
        _READS_TENANT,
        environment=(CREDENTIALS,),
        see=("plan-format", "tasks/take-over"),
    ),
    "explain": Manual(
        (
            Example("reconciler explain 10001", "Everything that somebody has, and why."),
            Example("reconciler explain 10001 Sales --as-of 2041-01-01", "One thing, on a day."),
            Example("reconciler explain --group Sales", "Who is in a group, and why."),
        ),
        _READS_TENANT,
        {0: "answered, also where the answer is no", 1: "nobody knows the person or permission"},
        environment=(CREDENTIALS,),
        see=("explain",),
    ),
    "expiring": Manual(
        (Example("reconciler expiring --within 30d", "What ends within a month."),),
        see=("tasks/contractor", "governance"),
    ),
    "rehearse": Manual(
        (
            Example("reconciler rehearse plan.json", "On a copy of the tenant as it is now."),
            Example(
                "reconciler rehearse plan.json --snapshot snapshot.json",
                "Offline, on a saved copy.",
            ),
        ),
        (0, 1, 3, 4, 5, 6, 64, 130),
        {5: "some actions would fail, be skipped or be unconfirmed"},
        environment=(CREDENTIALS,),
        see=("history", "sandbox"),
    ),
    "history": Manual(
        (
            Example("reconciler history --limit 5", "The latest five applies."),
            Example("reconciler history 10001 --since 2026-01-01", "What was done about somebody."),
        ),
        see=("history",),
    ),
    "comment": Manual(
        (
            Example("reconciler comment plan.json --pr 5 --dry-run", "See what would be written."),
            Example("reconciler comment diff.json", "In a pipeline: on its own pull request."),
        ),
        (0, 1, 6, 64, 130),
        {6: "the forge could not be reached; running it again is safe"},
        environment=(
            ("GITHUB_TOKEN", "for GitHub"),
            ("GITLAB_TOKEN", "for GitLab"),
            ("SYSTEM_ACCESSTOKEN", "for Azure Repos"),
            ("RECONCILER_FORGE_TOKEN", "for any of them, instead"),
        ),
        see=("pipelines", "reports"),
    ),
    "schema": Manual(
        (
            Example("reconciler schema", "What there is."),
            Example("reconciler schema desired -o desired.schema.json", "For an editor."),
        ),
        (0, 1, 64),
        see=("plan-format", "reports"),
    ),
    "sandbox": Manual(
        (
            Example("reconciler sandbox seed demo/tenant.json", "Fill the embedded tenant."),
            Example("reconciler sandbox serve --port 8080", "Serve it to other programs."),
        ),
        see=("sandbox",),
    ),
    "sandbox serve": Manual(
        (
            Example("reconciler sandbox serve --port 0 --seed snapshot.json", "Any free port."),
            Example(
                "reconciler sandbox serve --fault status:every=5,status=429,retry_after=1",
                "A tenant that refuses every fifth request for a second.",
            ),
        ),
        otherwise={130: "stopped"},
        see=("sandbox",),
    ),
    "sandbox seed": Manual(
        (Example("reconciler sandbox seed demo/tenant.json", "Fill the tenant of this project."),),
        (0, 1, 64),
        see=("sandbox",),
    ),
}
"""By how a command is called."""
