"""``crossborder exercise serve``: an exercise played live, in browsers on a local network."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.app.console.command import PORT, SESSIONS, check_installed
from sim.errors import CrossborderError, InputError, Problem

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from sim.app.console.exercise_routes import Play
    from sim.app.console.guard import Addresses
    from sim.app.console.room import Room
    from sim.app.console.seats import Seats
    from sim.exercises.session import Session

#: Where a session was served last, so that browsers find it again.
_PLACE = "console.json"
#: Simulated hours a minute of a rehearsal.
REHEARSAL_SPEED = 240.0
_REHEARSER = 30


def register(group: typer.Typer) -> None:
    """Add the command to the group ``exercise``."""
    group.command()(serve)


def serve(
    exercise: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="An exercise: a file or a shipped name; or a session's folder."
        ),
    ],
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="Play the reference plan at speed, once a browser joins."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of a new session, new or empty [default: sessions/NAME-N]."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help="Seed [default: the exercise's].")
    ] = None,
    new_codes: Annotated[
        bool, typer.Option("--new-codes", help="Make new join codes for a session gone on with.")
    ] = False,
    runs: Annotated[
        Path, typer.Option(help="Folder of runs that facilitator and evaluator may open.")
    ] = Path("runs"),
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"Port [default: as before, else {PORT}; 0: any]."),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets others on the network in.")
    ] = "127.0.0.1",
) -> None:
    """Serve an exercise to browsers; print a sheet a role with address and join code.

    A session's folder goes on where it stood: after a power cut name it, and every browser goes
    on by itself. Codes are printed once and kept hashed; --new-codes makes others.

    Example: crossborder exercise serve centre_desk_drill --host 0.0.0.0
    """
    check_installed()
    from sim.app.console.exercise_routes import Play
    from sim.app.console.room import Room
    from sim.app.console.seats import Seats
    from sim.app.console.serving import addresses_of, listen, serve as serve_app, url_of

    with contextlib.ExitStack() as stack:
        # The address first: a session must not begin that nobody can reach.
        listening = listen(host, _port(Path(exercise), port))
        stack.callback(listening.close)
        taken = int(listening.getsockname()[1])
        session = _session(exercise, out, seed)
        room = Room(session)
        stack.callback(room.close)
        seats = Seats.open(session.journal.folder)
        fresh = not seats.codes or new_codes
        codes = seats.new_codes(_roles(session)) if fresh else {}
        place = session.journal.folder / _PLACE
        place.write_text(json.dumps({"port": taken}) + "\n", encoding="utf-8")
        _print_head(session, host, taken)
        _print_sheets(session, url_of(host, taken), codes)
        if rehearse:
            _rehearse(room, seats)
        serve_app(_application(Play(room, seats), runs, addresses_of(host, taken)), listening)


def _session(exercise: str, out: Path | None, seed: int | None) -> Session:
    """Begin a session, or go on with the one in a folder."""
    from sim.app.progress import begin_progress
    from sim.exercises.loading import load_exercise
    from sim.exercises.session import EXERCISE, Session

    place = Path(exercise)
    if (place / EXERCISE).is_file():
        _as_it_began(out, seed)
        print(f"Going on with the session in {place} ...", flush=True)
        with begin_progress(place.name) as on_hour:
            return Session.resume(place, on_hour)
    loaded = load_exercise(exercise)
    folder = out or _free_place(loaded.id)
    print(f"Running the world to {loaded.text.at} ...", flush=True)
    with begin_progress(loaded.id) as on_hour:
        return Session.begin(loaded, folder, seed, on_hour)


def _as_it_began(out: Path | None, seed: int | None) -> None:
    """Refuse what a session that goes on cannot take (InputError)."""
    given = {"--out": out, "--seed": seed}
    wrong = [
        Problem("needless-key", "a session that goes on keeps its folder and its seed",
                f"Drop {key}, or name an exercise to begin another session.", key=key,
                value=str(value)[:80])
        for key, value in given.items() if value is not None
    ]  # fmt: skip
    if wrong:
        raise InputError(wrong)


def _free_place(name: str) -> Path:
    number = 1
    while (SESSIONS / f"{name}-{number}").exists():
        number += 1
    return SESSIONS / f"{name}-{number}"


def _port(folder: Path, asked: int | None) -> int:
    if asked is not None:
        return asked
    try:
        before = json.loads((folder / _PLACE).read_text(encoding="utf-8"))["port"]
        return int(before)
    except (OSError, ValueError, KeyError, TypeError):
        return PORT


def _roles(session: Session) -> list[str]:
    from sim.exercises.specs import STAFF

    return [*STAFF, *(role.id for role in session.roles)]


def _print_head(session: Session, host: str, port: int) -> None:
    from sim.app.console.serving import meaning_of, url_of

    title = session.exercise.text.title or session.exercise.id
    print(f"{title}: {url_of(host, port)}exercise", flush=True)
    print(f"Session in {session.journal.folder}. {meaning_of(host)} Ctrl+C ends it; to go on: "
          f"crossborder exercise serve {session.journal.folder}", flush=True)  # fmt: skip


def _print_sheets(session: Session, address: str, codes: dict[str, str]) -> None:
    """Print a sheet a role, to be cut apart; codes are told here and nowhere else."""
    if not codes:
        print("The join codes told when the session began still hold.", flush=True)
        return
    names = {role.id: role.name for role in session.roles}
    for role, code in codes.items():
        print(f"\n{'-' * 64}\n{names.get(role, role)}\n"
              f"  Address    {address}exercise?role={role}\n"
              f"  Role       {role}\n"
              f"  Join code  {code}")  # fmt: skip
    print(f"{'-' * 64}\n", flush=True)


def _rehearse(room: Room, seats: Seats) -> None:
    """Let bots take the seats nobody sits in, and the clock run at speed."""
    from sim.exercises.bots import Bots
    from sim.exercises.session import Seat
    from sim.exercises.specs import FACILITATOR

    session = room.session
    if session.over:
        raise CrossborderError("the exercise is over; begin a new session to rehearse it")
    lead = Seat(FACILITATOR, _REHEARSER)
    if lead not in session.taken:
        session.join(lead.role, lead.number)
    held = {seat.role for seat in seats.seats.values()}
    roles = [role.id for role in session.roles if role.id not in held]
    room.bots, room.bot_seats = Bots(session, roles), (lead, *(Seat(role) for role in roles))
    room.bots.act()
    session.set_pace(lead, running=True, speed=REHEARSAL_SPEED)


def _application(play: Play, runs: Path, addresses: Addresses) -> Starlette:
    from sim.app.console.exercise_routes import exercise_routes
    from sim.app.console.library import Library
    from sim.app.console.server import build_app

    return build_app(Library(runs), addresses, exercise_routes(play), play.may_see_runs)
