"""Driving Chromium and a console: what every browser test of the console shares."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

from tests.browser.test_report_page import FLAGS, OVERFLOWING

#: Seconds a page or a server may take on a busy machine.
PATIENCE = 20.0
#: What a socket or a fetch says when the server was killed on purpose.
LOST = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket", "ERR_EMPTY_RESPONSE")


def launch(driver: Playwright) -> Browser:
    found = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))),
        None,
    )
    assert found, "Chromium is not on PATH: apt-get install chromium"
    return driver.chromium.launch(executable_path=found, args=FLAGS)


@dataclass
class Watch:
    """What a page did wrong: asked another host, failed, or wrote to the browser's console."""

    address: str
    problems: list[str] = field(default_factory=list)
    #: While set, lost connections are what the test wants.
    lenient: bool = False

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", self.address.replace("http", "ws"))):
            self.problems.append(f"request {request.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        lost = self.lenient and any(word in message.text for word in LOST)
        if message.type in ("error", "warning") and not lost:
            self.problems.append(f"console {message.text}")

    def page(self, context: BrowserContext | Browser, width: int = 1280) -> Page:
        page = context.new_page(
            **(
                {"viewport": {"width": width, "height": 900}}
                if isinstance(context, Browser)
                else {}
            )
        )
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", self.on_request)
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.problems.append(f"page error {error}"))
        return page


AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page) -> list[str]:
    """Return what axe-core finds on a page."""
    page.evaluate(AXE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], iframes: false}).then(r => r.violations)"
    )
    return [f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]


def overflowing(page: Page) -> list[str]:
    """Return what reaches beyond the window; drawings and scrolling parts aside."""
    return list(page.evaluate(OVERFLOWING))


@dataclass
class Server:
    """A console in a process of its own."""

    process: subprocess.Popen[str]
    address: str
    said: list[str]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE)
        self._close()
        return code

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(folder: Path, *arguments: str, lines: int = 2, patience: float = 3 * PATIENCE) -> Server:
    """Start a command that serves, in a folder; return when it has said its first lines."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "error",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "sim.app.command_line", *arguments], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
    )  # fmt: skip
    said: list[str] = []
    assert process.stdout is not None
    begun = time.monotonic()
    while len(said) < lines and time.monotonic() < begun + patience:
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"{arguments} ended: {said}")
        said.append(line.rstrip("\n"))
    address = next(m[0] for s in said if (m := re.search(r"http://[^/\s]+", s)))
    return Server(process, address, said)


@contextmanager
def serving(folder: Path, *arguments: str, lines: int = 2) -> Iterator[Server]:
    """Start a command that serves; stop it at the end."""
    server = start(folder, *arguments, lines=lines)
    try:
        yield server
    finally:
        server.stop()


def tabs_until(page: Page, wanted: str, most: int = 80) -> None:
    """Press Tab until the focused element's text or name starts with what is wanted."""
    name = (
        "() => { const e = document.activeElement; return (e.getAttribute('aria-label') || "
        "e.labels?.[0]?.textContent || e.textContent || '').trim(); }"
    )
    for _ in range(most):
        page.keyboard.press("Tab")
        if str(page.evaluate(name)).startswith(wanted):
            return
    raise AssertionError(f"the Tab key never reached {wanted!r}")


def words(page: Page, selectors: Sequence[str]) -> list[str]:
    """Return the text of each selector."""
    return [page.locator(s).inner_text() for s in selectors]
