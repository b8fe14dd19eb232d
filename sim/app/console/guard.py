"""What a request must satisfy before anything else reads it, and what every answer carries.

Host and Origin are checked against the addresses the console listens on (a page of another site
can neither post nor open a socket, nor reach a console by a name that it points here), sizes and
rates are bounded, and the content security policy allows the console's own files only.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Largest body of a request, bytes.
MOST_BODY = 64 * 1024
#: Largest message of a socket, bytes.
MOST_MESSAGE = 32 * 1024
#: Requests a second and in one go, by address. A screen asks for some 30 files when it opens, and
#: thirty players may sit behind one address.
REQUESTS_PER_SECOND = 100.0
REQUESTS_AT_ONCE = 1500.0
#: Messages a second and in one go, by socket.
MESSAGES_PER_SECOND = 20.0
MESSAGES_AT_ONCE = 60.0
#: Addresses remembered.
MOST_ADDRESSES = 4096

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: For a page that was written to a file and styles itself: nothing in it runs or is fetched.
WRITTEN_PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@dataclass
class Bucket:
    """A rate: so many at once, refilled at so many a second."""

    rate: float
    most: float
    level: float = field(init=False)
    since: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.since = self.most, time.monotonic()

    def peek(self) -> bool:
        """Return whether there is one to take."""
        now = time.monotonic()
        self.level = min(self.most, self.level + (now - self.since) * self.rate)
        self.since = now
        return self.level >= 1

    def take(self) -> bool:
        """Take one; False when there is none left."""
        if not self.peek():
            return False
        self.level -= 1
        return True


class Buckets:
    """A bucket for each key, for the keys seen last."""

    def __init__(self, rate: float, most: float) -> None:
        self.rate, self.most = rate, most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def peek(self, key: str) -> bool:
        """Return whether a key's bucket has one to take."""
        return self._of(key).peek()

    def take(self, key: str) -> bool:
        """Take one from a key's bucket."""
        return self._of(key).take()

    def _of(self, key: str) -> Bucket:
        bucket = self._buckets.setdefault(key, Bucket(self.rate, self.most))
        self._buckets.move_to_end(key)
        while len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket


@dataclass(frozen=True)
class Addresses:
    """Names under which the console may be called.

    Attributes:
        port: The port it listens on.
        names: Host names and addresses, lower case.
        any_address: Whether any address (a number, no name) will do: it listens on all of them.
    """

    port: int
    names: frozenset[str]
    any_address: bool = False

    def called(self, host: str) -> bool:
        """Return whether a Host header calls the console."""
        name, port = _split(host.lower())
        if port != self.port:
            return False
        return name in self.names or (self.any_address and _is_address(name))

    def same_origin(self, host: str, origin: str | None) -> bool:
        """Return whether an Origin header is that of the console's own pages."""
        return origin is not None and origin.lower() == f"http://{host.lower()}"


def _split(host: str) -> tuple[str, int]:
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        return host.strip("[]"), 80
    return name.strip("[]"), int(port) if port.isdigit() and len(port) < 6 else -1


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """Middleware round the whole application."""

    def __init__(self, app: ASGIApp, addresses: Addresses, methods: Iterable[str]) -> None:
        self.app = app
        self.addresses = addresses
        self.methods = frozenset(methods)
        self._rates = Buckets(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refused = self._refused(scope)
        if scope["type"] == "websocket":
            if refused is None:
                await self.app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refused[1]})
            return
        sender = _with_headers(send)
        if refused is not None:
            status, why = refused
            await JSONResponse({"error": why}, status)(scope, receive, sender)
            return
        await self.app(scope, _bounded(receive), sender)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        client = scope.get("client") or ("", 0)
        socket = scope["type"] == "websocket"
        if not self._rates.take(str(client[0])):
            return 429, "too many requests; wait a moment"
        if not self.addresses.called(host):
            return 421, "this console is not called by that name"
        if not socket and scope["method"] not in self.methods:
            return 405, "this method is not used here"
        changing = socket or scope["method"] not in ("GET", "HEAD")
        if changing and not self.addresses.same_origin(host, headers.get("origin")):
            return 403, "only the console's own pages may do this"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
            return 413, f"a request holds at most {MOST_BODY} bytes"
        return None


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sender


def _bounded(receive: Receive) -> Receive:
    """Return a receiver that ends a body which says nothing of its length and grows too long."""
    read = 0

    async def receiver() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > MOST_BODY:
                return {"type": "http.disconnect"}
        return message

    return receiver
