"""Speaking to a double: inside the process or over HTTP, with a clock that only moves by sleeping."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reconciler.flows.commenting import Commented, Wish, comment_on
from reconciler.forges import Patience, open_forge
from reconciler.model.comment import ForgeKind, Label, PullRequest
from reconciler.model.value import Secret
from tests.forges.azure import REPOSITORY, Azure
from tests.forges.doubles import TOKEN, Forge, served
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RED = Label("removals", "d93f0b", "Takes access away")
STOP = Label("refused", "b60205", "Is refused")


@dataclass
class Time:
    slept: list[float] = field(default_factory=list[float])

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=sum(self.slept))

    def patience(self) -> Patience:
        return Patience(tries=4, sleep=self.sleep, now=self.now, request_seconds=5)


def place_at(double: Forge, base: str, number: int = 5) -> PullRequest:
    if isinstance(double, GitHub):
        return PullRequest(ForgeKind.GITHUB, base, "example/staff", number)
    if isinstance(double, Azure):
        return PullRequest(ForgeKind.AZURE, f"{base}/org", REPOSITORY, number)
    return PullRequest(ForgeKind.GITLAB, f"{base}/api/v4", "77", number)


def wish(text: str = "Hello\n", key: str = "plan", *labels: Label) -> Wish:
    return Wish(key, text, labels, (RED, STOP))


def comment(
    double: Forge,
    wished: Wish,
    *,
    token: str = TOKEN,
    time: Time | None = None,
    number: int = 5,
    dry_run: bool = False,
) -> Commented:
    """Comment on a double inside the process."""

    async def go() -> Commented:
        opened = open_forge(
            place_at(double, "http://forge.invalid", number),
            Secret(token),
            (time or Time()).patience(),
            double.app(),
        )
        async with opened as forge:
            return await comment_on(forge, wished, dry_run=dry_run)

    return asyncio.run(go())


def comment_over_http(double: Forge, wished: Wish) -> Commented:
    """Comment on a double behind a real server."""

    async def go(base: str) -> Commented:
        at = place_at(double, base)
        async with open_forge(at, Secret(TOKEN), Time().patience()) as forge:
            return await comment_on(forge, wished)

    with served(double.app()) as base:
        return asyncio.run(go(base))


def a_double(kind: str) -> Forge:
    return {"github": GitHub, "gitlab": GitLab, "azure": Azure}[kind]()


def writing(double: Forge) -> str:
    """Return the end of the path at which a forge keeps its comments."""
    if isinstance(double, GitHub):
        return "/comments"
    return "/threads" if isinstance(double, Azure) else "/notes"


KINDS = ("github", "gitlab", "azure")
