"""A live exercise in browsers and over bare sockets."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.driving import Server, Watch

#: What ends the sheets that the command prints.
LAST = "-" * 64


def codes(server: Server) -> dict[str, str]:
    """Return the join codes that stand on the sheets, by role."""
    return dict(re.findall(r"Role\s+(\S+)\n\s+Join code\s+(\S+)", "\n".join(server.said)))


@dataclass
class Player:
    """A browser with a seat (a later one where the server has not missed an earlier browser)."""

    role: str
    seat: int
    context: BrowserContext
    page: Page
    watch: Watch

    def told(self, place: str = "inbox") -> list[str]:
        return self.page.locator(f"#{place} .words").all_inner_texts()

    def numbers(self) -> list[int]:
        """Numbers of all events shown, in order."""
        found = self.page.evaluate(
            "[...document.querySelectorAll('[data-n]')].map(e => e.dataset.n)"
        )
        return sorted(int(n) for n in found)


def join(chromium: Browser, server: Server, role: str, code: str, width: int = 1280) -> Player:
    """Open a browser of its own and join by the keyboard."""
    watch = Watch(server.address)
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = watch.page(context)
    page.goto(f"{server.address}/exercise?role={role}")
    page.locator("#join-code").wait_for()
    page.locator("#join-code").press_sequentially(code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-hour]")
    seat = page.evaluate("fetch('/api/exercise').then(a => a.json()).then(a => a.seat.seat)")
    return Player(role, seat, context, page, watch)


@dataclass
class Wire:
    """A seat without a browser: its cookie, and a socket when it opens one."""

    server: Server
    cookie: str = ""
    socket: ClientConnection | None = None
    last: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        given = {"Origin": self.server.address, "Content-Type": "application/json"}
        if self.cookie:
            given["Cookie"] = self.cookie
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            self.server.address + path, data, given | headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                kept = answer.headers.get("Set-Cookie")
                self.cookie = kept.split(";")[0] if kept else self.cookie
                self.set_cookie = kept or ""
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def get(self, path: str) -> tuple[int, Any]:
        request = urllib.request.Request(self.server.address + path)
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                body = answer.read()
                if answer.headers.get("Content-Encoding") == "gzip":
                    import gzip

                    body = gzip.decompress(body)
                return answer.status, json.loads(body)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def join(self, role: str, code: str) -> tuple[int, dict[str, Any]]:
        return self.post("/api/exercise/join", {"role": role, "code": code})

    def open(self, origin: str | None = None) -> Wire:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        self.stack = contextlib.ExitStack()
        line = connect(
            self.server.address.replace("http", "ws") + f"/exercise/socket?after={self.last}",
            origin=origin or self.server.address, additional_headers=headers, open_timeout=20,
            compression=None,
        )  # fmt: skip
        self.socket = self.stack.enter_context(line)
        return self

    def read(self, timeout: float = 10.0) -> dict[str, Any]:
        """Return the next message; events must come without gap."""
        assert self.socket is not None
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
        if message["type"] == "event":
            assert message["n"] == self.last + 1, f"{message['n']} after {self.last}"
            self.last = message["n"]
            self.events.append(message)
        return message

    def until(self, *types: str, timeout: float = 10.0) -> dict[str, Any]:
        while True:
            message = self.read(timeout)
            if message["type"] in types:
                return message

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """Ask and return the answer."""
        assert self.socket is not None
        number = details.pop("ask", f"a{len(self.events)}{id(details) % 1000003}")
        self.socket.send(json.dumps({"ask": number, "do": what, **details}))
        while True:
            answer = self.until("done", "refused")
            if answer["ask"] == number:
                return answer

    def close(self) -> None:
        if self.socket is not None:
            with contextlib.suppress(ConnectionClosed):
                self.stack.close()
            self.socket = None


def session_folder(server: Server) -> Path:
    """Return where the command said that the session stands."""
    line = next(s for s in server.said if s.startswith("Session in "))
    return Path(line.split()[2].rstrip("."))
