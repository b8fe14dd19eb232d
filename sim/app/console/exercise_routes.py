"""Addresses of a live exercise: joining, the world a role may see, and the socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from analysis.naming import Naming
from sim.app.console.answers import json_answer, refused
from sim.app.console.guard import MOST_MESSAGE, WRITTEN_PAGE
from sim.app.console.recorded import clock_facts, world_facts
from sim.app.console.reviews import other_future, page_of, review_of, write
from sim.app.console.room import Client, Room
from sim.app.console.seats import JoinRefusedError, Seats
from sim.errors import CrossborderError, InputError
from sim.exercises.session import Seat, Session
from sim.exercises.specs import EVALUATOR, FACILITATOR, STAFF

COOKIE = "crossborder_seat"
#: Seconds a browser keeps its seat: an exercise may last some days.
_KEPT = 7 * 24 * 3600

Facts = dict[str, Any]


@dataclass
class Play:
    """A session being played and who sits in it.

    Attributes:
        room: The owner of the session.
        seats: Join codes and seats.
    """

    room: Room
    seats: Seats

    @property
    def session(self) -> Session:
        """The session; use it through the room."""
        return self.room.session

    def seat_of(self, connection: HTTPConnection) -> Seat | None:
        """Return the seat of a browser, by its cookie."""
        return self.seats.of(connection.cookies.get(COOKIE))

    def may_see_runs(self, request: Request) -> str | None:
        """Return why recorded runs are not shown to a browser while an exercise is played."""
        seat = self.seat_of(request)
        if seat is not None and seat.role in (FACILITATOR, EVALUATOR):
            return None
        return "while an exercise is played, runs are shown to facilitator and evaluator only"


def exercise_routes(play: Play) -> list[BaseRoute]:
    """Return the routes of a session."""
    desk = _Desk(play)
    return [
        Route("/api/exercise", desk.about),
        Route("/api/exercise/join", desk.join, methods=["POST"]),
        Route("/api/exercise/leave", desk.leave, methods=["POST"]),
        Route("/api/exercise/free", desk.free, methods=["POST"]),
        Route("/api/exercise/world", desk.world),
        Route("/api/exercise/review", desk.review),
        Route("/api/exercise/review", desk.write_review, methods=["POST"]),
        Route("/api/exercise/review.html", desk.review_page),
        Route("/api/exercise/branch", desk.branch, methods=["POST"]),
        WebSocketRoute("/exercise/socket", desk.socket),
    ]


class _Desk:
    """Answers to a session's addresses."""

    def __init__(self, play: Play) -> None:
        self.play = play

    async def about(self, request: Request) -> Response:
        """Say what is played, and whether this browser has a seat."""
        play = self.play
        text = play.session.exercise.text
        seat = play.seat_of(request)
        return json_answer({
            "id": play.session.journal.entries[0].hash[:16],
            "title": text.title or text.exercise, "summary": text.summary,
            "roles": [{"id": r.id, "name": r.name} for r in play.session.roles]
            + [{"id": name, "name": name} for name in STAFF],
            "seat": None if seat is None else {"role": seat.role, "seat": seat.number},
        })  # fmt: skip

    async def join(self, request: Request) -> Response:
        """Give a browser that knows a role's code a seat of the role."""
        play = self.play
        body = await _body(request)
        role, code = str(body.get("role", ""))[:64], str(body.get("code", ""))[:64]
        address = request.client.host if request.client else ""
        try:
            await run_in_threadpool(play.seats.check, role, code, address)
            seat = await play.room.use(lambda: self._free_seat(role))
        except JoinRefusedError as error:
            return refused(str(error), 403)
        except CrossborderError as error:
            return refused(_sentence(error), 409)
        play.room.expel(seat)
        answer = json_answer({"role": seat.role, "seat": seat.number})
        answer.set_cookie(COOKIE, play.seats.give(seat), max_age=_KEPT, path="/",
                          httponly=True, samesite="strict")  # fmt: skip
        await play.room.publish()
        return answer

    def _free_seat(self, role: str) -> Seat:
        """Take the first seat that is free; else one whose browser is not on the line."""
        session = self.play.session
        count = next((r.seats for r in session.roles if r.id == role), 30)
        for number in range(1, count + 1):
            if Seat(role, number) not in session.taken:
                session.join(role, number)
                return Seat(role, number)
        for number in range(1, count + 1):
            if not self.play.room.connected(Seat(role, number)):
                return Seat(role, number)
        raise CrossborderError(
            "every seat of this role is taken; the facilitator can free one, or close the other "
            "browser first"
        )

    async def leave(self, request: Request) -> Response:
        """Give this browser's seat back."""
        seat = self.play.seat_of(request)
        if seat is None:
            return refused("this browser has no seat", 403)
        try:
            await self._give_back(seat)
        except CrossborderError as error:
            return refused(_sentence(error), 409)
        answer = json_answer({})
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    async def free(self, request: Request) -> Response:
        """Free a seat for another browser: the facilitator's."""
        seat = self.play.seat_of(request)
        if seat is None or seat.role != FACILITATOR:
            return refused("only the facilitator frees seats", 403)
        body = await _body(request)
        try:
            other = Seat(str(body["role"]), int(body["seat"]))
        except (KeyError, TypeError, ValueError):
            return refused("name a role and a seat", 400)
        try:
            await self._give_back(other)
        except CrossborderError as error:
            return refused(_sentence(error), 409)
        return json_answer({})

    async def _give_back(self, seat: Seat) -> None:
        await self.play.room.use(lambda: self.play.session.leave(seat))
        self.play.seats.take_back(seat)
        self.play.room.expel(seat)
        await self.play.room.publish()

    async def world(self, request: Request) -> Response:
        """Return the map: of the staff with the ways people take, of a player without."""
        seat = self.play.seat_of(request)
        if seat is None:
            return refused("join first", 403)
        exercise = self.play.session.exercise
        text = exercise.scenario.as_text()
        world = world_facts(text)
        if seat.role not in (FACILITATOR, EVALUATOR):
            world["legs"], world["networks"] = [], []
        return json_answer({
            "world": world, "outlines": Naming(text, Path()).outlines,
            "clock": clock_facts(exercise.clock), "begin": exercise.begin, "end": exercise.end,
        })  # fmt: skip

    def _kept_from(self, request: Request, *, staff: bool = False) -> str | None:
        """Return why a browser may not see the review, None if it may."""
        seat = self.play.seat_of(request)
        if seat is None:
            return "join first"
        if seat.role in (FACILITATOR, EVALUATOR):
            return None
        if staff:
            return "this is for facilitator and evaluator"
        return None if self.play.session.over else "the review opens when the exercise is over"

    async def review(self, request: Request) -> Response:
        """Return the review: to the staff at any time, to players once the exercise is over."""
        why = self._kept_from(request)
        if why is not None:
            return refused(why, 403)
        facts = await self.play.room.use(lambda: review_of(self.play.session))
        return json_answer(facts | {"mayWrite": self._kept_from(request, staff=True) is None})

    async def review_page(self, request: Request) -> Response:
        """Return the page that the analysis wrote."""
        why = self._kept_from(request)
        if why is not None:
            return refused(why, 403)
        return await run_in_threadpool(written_page, self.play.session.journal.folder)

    async def write_review(self, request: Request) -> Response:
        """Write the review; the session is played again beside itself."""
        return await self._again(request, lambda folder, _: write(folder))

    async def branch(self, request: Request) -> Response:
        """Play another future of the session so far, beside it."""

        def act(folder: Path, body: Facts) -> Facts:
            at = str(body.get("at", ""))[:40].replace("T", " ")
            return other_future(folder, at, str(body.get("change", ""))[:400])

        return await self._again(request, act)

    async def _again(self, request: Request, act: Callable[[Path, Facts], Any]) -> Response:
        why = self._kept_from(request, staff=True)
        if why is not None:
            return refused(why, 403)
        body = await _body(request)
        try:
            done = await run_in_threadpool(act, self.play.session.journal.folder, body)
        except CrossborderError as error:
            return refused(_sentence(error), 409)
        return json_answer(done or {})

    # The socket ----------------------------------------------------------------------------

    async def socket(self, socket: WebSocket) -> None:
        """Serve a browser for as long as it stays on the line."""
        seat = self.play.seat_of(socket)
        await socket.accept()
        if seat is None:
            await socket.close(4401, "join first")
            return
        after = socket.query_params.get("after", "0")
        known = int(after) if after.isdecimal() and len(after) < 10 else 0
        client = await self.play.room.enter(seat, known)
        if client is None:
            await socket.close(4429, "too many windows of this seat are open")
            return
        if self.play.seat_of(socket) != seat:  # taken away while the socket entered
            self.play.room.turn_out(client)
        sending = asyncio.create_task(_send(socket, client))
        try:
            await self._listen(socket, client)
        finally:
            self.play.room.leave(client)
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def _listen(self, socket: WebSocket, client: Client) -> None:
        while True:
            try:
                text = await socket.receive_text()
            except (WebSocketDisconnect, RuntimeError, KeyError):
                return
            message = _message(text)
            if message is None or not client.rate.take():
                why = "too many messages; wait a moment" if message else "this cannot be read"
                client.tell({"type": "refused", "ask": (message or {}).get("ask"),
                             "n": client.after, "why": why})  # fmt: skip
                continue
            await self.play.room.ask(client, message)


def written_page(folder: Path) -> Response:
    """Return a review's page under a policy that lets nothing in it run."""
    try:
        return Response(page_of(folder), headers=WRITTEN_PAGE, media_type="text/html")
    except CrossborderError as error:
        return refused(str(error), 404)


async def _send(socket: WebSocket, client: Client) -> None:
    """Send what waits for a client, in order."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (text := await client.waiting.get()) is not None:
            await socket.send_text(text)
        await socket.close(4408 if client.lost else 4401)


def _message(text: str) -> Facts | None:
    if len(text) > MOST_MESSAGE:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


async def _body(request: Request) -> Facts:
    try:
        body = await request.json()
    except (ValueError, RecursionError, ClientDisconnect):
        return {}
    return body if isinstance(body, dict) else {}


def _sentence(error: CrossborderError) -> str:
    if isinstance(error, InputError):
        return " ".join(f"{p.message}. {p.remedy}" for p in error.problems)
    return str(error)
