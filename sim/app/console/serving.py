"""Listening: which address, what that means, and an end that leaves nothing open."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from sim.app.console.guard import MOST_MESSAGE, Addresses
from sim.errors import InputError, Problem

LOCAL = "127.0.0.1"

#: Connections at once: thirty players and a facilitator with some pages each.
MOST_CONNECTIONS = 400


class _Server(uvicorn.Server):
    """A server that leaves signals to who started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        InputError: The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(256)
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError([
            Problem("cannot-listen", f"nothing can listen there: {error}",
                    "Name a free port with --port (0 takes any), and an address of this machine "
                    "with --host.", key="--port", value=f"{host}:{port}")
        ]) from None  # fmt: skip
    return listening


def is_local(host: str) -> bool:
    """Return whether an address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def addresses_of(host: str, port: int) -> Addresses:
    """Return the names under which a console that listens on an address may be called."""
    local = {"127.0.0.1", "localhost", "::1"}
    if is_local(host):
        return Addresses(port, frozenset(local))
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        everywhere = False
    names = local | {host.lower(), socket.gethostname().lower(), f"{socket.gethostname()}.local"}
    return Addresses(port, frozenset(n.lower() for n in names), any_address=everywhere)


def own_address(host: str) -> str:
    """Return the address to write on a sheet: that of this machine on its network."""
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            return host
    except ValueError:
        return host
    # No packet is sent: the system only says which of its addresses it would use.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return socket.gethostname()


def url_of(host: str, port: int) -> str:
    """Return the address a browser opens."""
    name = own_address(host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def meaning_of(host: str) -> str:
    """Return what listening on an address means, in a sentence."""
    if is_local(host):
        return "Only this computer can open it."
    return (
        "Everybody on the networks of this computer who knows the address can reach it, and what "
        "is sent is not encrypted: use a closed network you trust, never the internet."
    )


def serve(app: ASGIApp, listening: socket.socket, ended: Callable[[], None] = lambda: None) -> None:
    """Serve until the process is told to end (Ctrl+C, SIGTERM)."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False,
        ws="websockets-sansio", ws_max_size=MOST_MESSAGE, lifespan="off",
        limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=30, timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=32 * 1024, proxy_headers=False,
    )  # fmt: skip
    server = _Server(config)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, setattr, server, "should_exit", True)
        await server.serve(sockets=[listening])

    try:
        asyncio.run(run())
    finally:
        ended()
        listening.close()
