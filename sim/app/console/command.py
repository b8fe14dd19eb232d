"""``crossborder console``: runs replayed and compared in a browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError, Problem

#: What the extra ``console`` brings.
NEEDED = ("starlette", "uvicorn", "websockets")
PORT = 8765
#: Folder of sessions whose place the user does not name.
SESSIONS = Path("sessions")


def register(app: typer.Typer, exercise: typer.Typer) -> None:
    """Add ``console``, and ``serve`` to the group ``exercise``."""
    from sim.app.console import exercise_command

    app.command()(console)
    exercise_command.register(exercise)


def check_installed() -> None:
    """Say what to install where the extra ``console`` is not (InputError)."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError([
            Problem("extra-missing", f"the console needs {', '.join(missing)}, not installed here",
                    "Install it with: pip install 'crossborder[console]' (from a copy of the "
                    "code: pip install -e '.[console]').", key="console")
        ])  # fmt: skip


def console(
    runs: Annotated[Path, typer.Option(help="Folder under which runs are looked for.")] = Path(
        "runs"
    ),
    sessions: Annotated[
        Path, typer.Option(help="Folder under which sessions of exercises are looked for.")
    ] = SESSIONS,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port; 0 takes any that is free.")
    ] = PORT,
    host: Annotated[
        str, typer.Option(help="Address to listen on; another than this lets others in.")
    ] = "127.0.0.1",
) -> None:
    """Open runs in a browser: replay them on a map, lay two side by side.

    It needs no network and asks none for anything. Ctrl+C ends it.

    Example: crossborder console --runs runs
    """
    check_installed()
    from sim.app.console.library import Library
    from sim.app.console.reviews import Sessions
    from sim.app.console.server import build_app
    from sim.app.console.serving import (
        addresses_of,
        is_local,
        listen,
        meaning_of,
        serve,
        url_of,
    )
    from sim.app.console.session_routes import session_routes

    if not runs.is_dir():
        raise InputError([
            Problem("no-such-folder", "there is no such folder",
                    "Make a run first (crossborder run two_routes), or name the folder that holds "
                    "runs.", key="--runs", value=str(runs)[:80])
        ])  # fmt: skip
    listening = listen(host, port)
    taken = int(listening.getsockname()[1])
    print(f"Console of the runs in {runs}: {url_of(host, taken)}", flush=True)
    print(f"{meaning_of(host)} Ctrl+C ends it.", flush=True)
    # Reviews hold notes and reasons, and no code guards them here: on this computer only.
    played = Sessions(sessions) if is_local(host) else None
    if played is None:
        print("Sessions that were played, and their reviews, are shown on this computer only.")
    routes = [] if played is None else session_routes(played)
    app = build_app(Library(runs), addresses_of(host, taken), routes, sessions=played)
    serve(app, listening)
