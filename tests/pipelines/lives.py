"""A repository that others clone, a tenant and a ledger that outlive every job, and jobs in fresh clones."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.sandbox import export
from tests.pipelines.repositories import Repository, repository
from tests.projects import Project, tenant_of

REVIEWED = "feature"


@dataclass
class Life:
    """One project from branch to tenant; `desk` is somebody's clone, whose `origin` all jobs clone."""

    below: Path
    desk: Repository
    jobs: int = 0

    @property
    def origin(self) -> str:
        return f"file://{self.below}/origin.git"

    @property
    def tenant(self) -> Path:
        return self.below / "tenant.db"

    @property
    def secrets(self) -> dict[str, str]:
        """What the platform keeps for the jobs after the merge."""
        return {
            "HELLOID_BASE_URL": f"sandbox:{self.tenant}",
            "HELLOID_API_KEY": "key",
            "HELLOID_API_SECRET": "secret",
            "RECONCILER_LEDGER": f"sqlite:///{self.below}/ledger.db",
        }

    def members(self) -> int:
        """Return how many hold Sales in the tenant."""
        groups: Any = export(self.tenant)["groups"]
        return sum(len(each["users"]) for each in groups)

    def push(self, message: str, branch: str = "main") -> str:
        commit = self.desk.commit(message)
        self.desk.git("push", "--quiet", "origin", f"HEAD:{branch}")
        return commit

    def propose(self, *members: int) -> str:
        """Push a branch on which these persons are in Sales; returns its commit."""
        self.desk.git("checkout", "--quiet", "-B", REVIEWED)
        self.desk.want(*members)
        return self.push("Other people sell", REVIEWED)

    def merge(self) -> str:
        """Merge the branch, as somebody does after the review; returns the commit on main."""
        self.desk.merge(REVIEWED)
        self.desk.git("push", "--quiet", "origin", "main")
        return self.desk.git("rev-parse", "HEAD")

    def prepare(self) -> None:
        """Keep the branch merged into main as a commit of its own, as a platform does for a pull request."""
        self.desk.merge(REVIEWED)
        self.desk.git("push", "--quiet", "origin", "HEAD:refs/pull/5/merge")
        self.desk.git("reset", "--quiet", "--hard", "origin/main")

    def job(self, ref: str, depth: int | None = None) -> Repository:
        """Return a fresh clone as a job gets it, at a branch, another ref or a commit."""
        self.jobs += 1
        folder = self.below / f"job-{self.jobs}"
        folder.mkdir()
        made = Repository(Project(folder), self.desk.commands)
        made.git("init", "--quiet", "--initial-branch", "unborn")
        made.git("remote", "add", "origin", self.origin)
        shallow = [f"--depth={depth}"] if depth else []
        made.git("fetch", "--quiet", "--no-tags", *shallow, "origin", ref)
        made.git("checkout", "--quiet", "FETCH_HEAD")
        return made

    def artifact(self, name: str, made: Repository, given: Path) -> None:
        """Hand a file from one job to the folder of another, as the platform does."""
        (given / name).write_bytes((made.folder / name).read_bytes())


def begin(below: Path, commands: Path) -> Life:
    """Begin with a main that asks for twelve persons and a group of them all, and an empty tenant."""
    desk = repository(below / "desk", commands)
    settings = {
        "target": {"api_key": "${HELLOID_API_KEY}", "api_secret": "${HELLOID_API_SECRET}"},
        "ledger": "${RECONCILER_LEDGER}",
    }
    desk.project.set(settings, base_url="${HELLOID_BASE_URL}")
    desk.project.write(".gitignore", ".reconciler/\n*.json\n!fieldMapping.json\n")
    desk.commit("A tenant")
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", str(desk.folder), str(below / "origin.git")],  # noqa: S607 - git is looked up as the user has it
        check=True,
        timeout=60,
    )
    desk.git("remote", "add", "origin", f"file://{below}/origin.git")
    desk.git("fetch", "--quiet", "origin")
    desk.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")
    Project(below).seed(tenant_of(["Sales"]))
    (below / ".reconciler/tenant.db").rename(below / "tenant.db")
    return Life(below, desk)
