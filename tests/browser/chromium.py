"""A real Chromium, spoken to over the pipes of its own protocol: no port, no driver, no library."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
TROUBLE: Final = (
    "Page.javascriptDialogOpening",
    "Page.frameAttached",
    "Page.windowOpen",
    "Page.downloadWillBegin",
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
    "Log.entryAdded",
)
"""What a page of ours never makes happen."""


class ChromiumFailed(Exception):
    """The browser ended, refused a command, or a script in a page threw."""


def find_chromium() -> str | None:
    """Return the path of a Chromium of this machine, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextlib.contextmanager
def open_chromium(program: str, profile: Path) -> Generator["Chromium"]:
    """Start a Chromium with an empty profile, and end it."""
    command_read, command_write = os.pipe()
    answer_read, answer_write = os.pipe()
    # The browser reads its descriptor 3 and writes its descriptor 4; only a shell can put them there.
    script = f'exec "$0" "$@" 3<&{command_read} 4>&{answer_write}'
    flags = [*FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with (profile.parent / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/bash", "-c", script, program, *flags],
            pass_fds=(command_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    os.close(command_read)
    os.close(answer_write)
    with os.fdopen(command_write, "wb") as commands, os.fdopen(answer_read, "rb") as answers:
        chromium = Chromium(commands.fileno(), answers.fileno())
        try:
            yield chromium
        finally:
            with contextlib.suppress(ChromiumFailed, OSError):
                chromium.send("Browser.close")
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Chromium:
    """A browser: commands go in, answers and events come out, separated by zero bytes."""

    commands: int
    answers: int
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _sent: int = 0
    _unread: bytes = b""

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Return the answer to a command; what happens meanwhile is kept in `events`."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data) :]
        while True:
            heard = self.hear()
            if heard.get("id") == self._sent:
                if "error" in heard:
                    raise ChromiumFailed(f"{method}: {heard['error']}")
                return heard["result"]
            self.events.append(heard)

    def hear(self) -> dict[str, Any]:
        """Return the next message, whatever it is about."""
        chunks = [self._unread]
        while b"\0" not in chunks[-1]:
            chunk = os.read(self.answers, 1 << 20)
            if not chunk:
                raise ChromiumFailed("The browser ended; its last words are in chromium.log.")
            chunks.append(chunk)
        message, _, self._unread = b"".join(chunks).partition(b"\0")
        return json.loads(message)

    @contextlib.contextmanager
    def page(self) -> Generator["Page"]:
        """Open an empty page, and close it."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, attached["sessionId"])
        self.events.clear()
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.send(f"{domain}.enable")
        yield page
        self.send("Target.closeTarget", targetId=target)


@dataclass
class Page:
    """One page: what it shows, what it was asked, and what it did."""

    chromium: Chromium
    session: str
    has_scripts: bool = True

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.chromium.send(method, self.session, **parameters)

    def open(self, file: Path) -> None:
        """Show a file, and return when it is loaded with everything it asks for."""
        self.chromium.events.clear()
        self.send("Page.navigate", url=file.as_uri())
        while not self.happened("Page.loadEventFired"):
            self.chromium.events.append(self.chromium.hear())

    def happened(self, event: str) -> list[dict[str, Any]]:
        """Return what came with each event of this kind since the page was opened."""
        return [
            heard["params"]
            for heard in self.chromium.events
            if heard.get("method") == event and heard.get("sessionId") == self.session
        ]

    def check_quiet(self) -> None:
        """Insist that the page asked for nothing, opened nothing and complained about nothing."""
        asked = [sent["request"]["url"] for sent in self.happened("Network.requestWillBeSent")]
        assert [url for url in asked if not url.startswith("file:")] == []
        assert len(asked) <= 1, asked
        for event in TROUBLE:
            assert self.happened(event) == [], event

    def ask(self, script: str) -> Any:
        """Return the value of an expression in the page; a promise is waited for."""
        answer = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise ChromiumFailed(json.dumps(answer["exceptionDetails"])[:2_000])
        return answer["result"].get("value")

    def allow_scripts(self, *, allowed: bool) -> None:
        """Let pages run scripts, or not."""
        self.send("Emulation.setScriptExecutionDisabled", value=not allowed)
        self.has_scripts = allowed

    def settle(self) -> None:
        """Wait until the page has drawn twice; a page without scripts has when it is loaded."""
        if not self.has_scripts:
            return
        self.ask(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
        )

    def size(self, width: int, height: int) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def media(self, *, scheme: str = "light", medium: str = "") -> None:
        """Prefer dark or light, and look as on a screen or on paper."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=medium, features=features)

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        known = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper()))}
        text = {"Enter": "\r", " ": " "}.get(key, text)
        self.send(
            "Input.dispatchKeyEvent", type="keyDown", **known, **({"text": text} if text else {})
        )
        self.send("Input.dispatchKeyEvent", type="keyUp", **known)

    def write(self, text: str) -> None:
        """Type text where the focus is."""
        self.send("Input.insertText", text=text)
        self.settle()

    def picture(self) -> bytes:
        """Return what is to be seen, as PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    def print(self) -> bytes:
        """Return the page on paper, as PDF."""
        answer = self.send("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        return base64.b64decode(answer["data"])
