"""The one owner of a live session: its clock, its sockets, who is told what.

The session is used by one thread, one call after the other; the sockets live in the event loop.
What a client is told is numbered by the session itself (the feed of its role, from 1 without
gaps), so a client that lost the line, or whose server was killed, asks for what comes after the
last number it has. Views are snapshots and replace one another.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sim.app.console.guard import MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, Bucket
from sim.app.console.orders import order_forms
from sim.errors import CrossborderError, InputError
from sim.exercises.bots import Bots
from sim.exercises.debrief import NOT_EXERCISED, suggestions
from sim.exercises.session import Receipt, Seat, Session
from sim.exercises.specs import EVALUATOR, FACILITATOR, STAFF
from sim.exercises.timeline import timeline_csv

Facts = dict[str, Any]

#: Messages that wait for a slow client before it is let go; it comes back for what it missed.
MOST_WAITING = 1000
#: Sockets at once, and for one seat.
MOST_SOCKETS, MOST_OF_SEAT = 150, 6
#: Seconds between two views of a role, and between two signs of life.
VIEW_PAUSE, BEAT = 0.3, 4.0
#: Hours played in one go while the clock hurries; between two goes, others have their turn.
_STRIDE = 6


@dataclass(eq=False)
class Client:
    """A socket and the seat it acts for.

    Attributes:
        seat: From the cookie, never from a message.
        after: Number of the last event of the role's feed it was sent.
        waiting: What is to be sent; None ends the socket.
        looks: Further roles whose view it asked for (staff).
    """

    seat: Seat
    after: int
    waiting: asyncio.Queue[str | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    rate: Bucket = field(default_factory=lambda: Bucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE))
    looks: str = ""
    lost: bool = False

    def tell(self, message: Mapping[str, Any]) -> None:
        """Queue a message; a client that does not keep up is let go."""
        if self.lost:
            return
        try:
            self.waiting.put_nowait(json.dumps(message, ensure_ascii=False, default=str))
        except asyncio.QueueFull:
            self.lost = True
            self.end()

    def end(self) -> None:
        """End the socket; what still waits is not sent."""
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Room:
    """A session being played. Use its coroutines from one event loop.

    Attributes:
        session: The session.
        clients: Sockets on the line.
        bots: Players of a rehearsal, None in an exercise; and the seats they took.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clients: set[Client] = set()
        self.bots: Bots | None = None
        self.bot_seats: tuple[Seat, ...] = ()
        self._thread = ThreadPoolExecutor(1, "session")
        self._turn = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to move the clock and to send views."""
        if not self._tasks:
            loops = (self._run_clock(), self._send_views(), self._send_beats())
            self._tasks = [asyncio.get_running_loop().create_task(loop) for loop in loops]
            for task in self._tasks:
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Say that a loop failed: without a word the clock would just stand."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._tell_stopped(
                f"a fault of the program ({type(error).__name__}: {error}). Stop the server and "
                "start it again with the session's folder; nothing acknowledged is lost."
            )

    def close(self) -> None:
        """Close the session; call it when the loop has ended."""
        self._thread.submit(self.session.close).result()
        self._thread.shutdown()

    async def use(self, act: Callable[[], Any]) -> Any:
        """Use the session: one call after the other, away from the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    # Clients -------------------------------------------------------------------------------

    def connected(self, seat: Seat) -> bool:
        """Return whether a browser of the seat is on the line."""
        return any(client.seat == seat for client in self.clients)

    async def enter(self, seat: Seat, after: int) -> Client | None:
        """Let a socket in; it is told what came after the number it has. None: too many."""
        self.start()
        own = sum(client.seat == seat for client in self.clients)
        if own >= MOST_OF_SEAT or len(self.clients) >= MOST_SOCKETS:
            return None
        client = Client(seat, max(after, 0))
        hello = await self.use(lambda: self._hello(seat, client.after))
        client.after = min(client.after, hello["last"])
        client.tell(hello)
        self.clients.add(client)
        await self.publish()
        client.tell(await self.use(lambda: self._view(seat.role)))
        self._tell_presence()
        return client

    def leave(self, client: Client) -> None:
        """Let a socket go; its seat stays taken."""
        self.clients.discard(client)
        self._tell_presence()

    def expel(self, seat: Seat) -> None:
        """End the sockets of a seat."""
        for client in [c for c in self.clients if c.seat == seat]:
            self.turn_out(client)

    def turn_out(self, client: Client) -> None:
        """End a socket; what it still asks is not heard."""
        self.clients.discard(client)
        client.end()

    def _hello(self, seat: Seat, after: int) -> Facts:
        session = self.session
        role = next((r for r in session.roles if r.id == seat.role), None)
        exercise = session.exercise
        facts: Facts = {
            "type": "hello", "role": seat.role, "seat": seat.number,
            "last": len(session.feed(seat.role)), "resumed": after > 0,
            "title": exercise.text.title or exercise.id, "summary": exercise.text.summary,
            "name": role.name if role is not None else seat.role,
            "brief": role.brief if role is not None else "",
            "roles": [{"id": r.id, "name": r.name} for r in session.roles]
            + [{"id": name, "name": name} for name in STAFF],
            "forms": order_forms(exercise.scenario, role) if role is not None else [],
        }  # fmt: skip
        if seat.role in STAFF:
            facts["tasks"] = [t.model_dump(mode="json") for t in exercise.text.critical_tasks]
            facts["objectives"] = [o.model_dump(mode="json") for o in exercise.text.objectives]
        return facts

    def _view(self, role: str, looked_at: str = "") -> Facts:
        view = self.session.view(looked_at or role)
        message: Facts = {"type": "look" if looked_at else "view",
                          "n": len(self.session.feed(role)), "view": view}  # fmt: skip
        if looked_at:
            message["feed"] = [e.as_dict() for e in self.session.feed(looked_at)[-60:]]
        elif role == FACILITATOR:
            rows = csv.DictReader(io.StringIO(timeline_csv(i.spec for i in self.session.timeline)))
            message["rows"] = {row["id"]: row for row in rows}
        elif role == EVALUATOR:
            text = self.session.journal.text
            message["ratings"] = [{**e.body, "n": e.n, "text": text(e.n)}
                                  for e in self.session.ratings]  # fmt: skip
            message["suggested"] = suggestions(self.session.play, self.session.journal.entries)
        return message

    def _tell_presence(self) -> None:
        present = sorted({(c.seat.role, c.seat.number) for c in self.clients})
        message: Facts = {
            "type": "presence", "present": [{"role": r, "seat": n} for r, n in present],
            "bots": [{"role": s.role, "seat": s.number} for s in self.bot_seats],
        }  # fmt: skip
        for client in self.clients:
            if client.seat.role in STAFF:
                client.tell({**message, "n": client.after})

    # What is told --------------------------------------------------------------------------

    async def publish(self) -> None:
        """Send every client the events of its role that it has not been sent; views follow."""
        after = {c.seat.role: min(x.after for x in self.clients if x.seat.role == c.seat.role)
                 for c in self.clients}  # fmt: skip
        feeds = await self.use(
            lambda: {role: self.session.feed(role, n) for role, n in after.items()}
        )
        for client in list(self.clients):
            for event in feeds.get(client.seat.role, ()):
                if event.n == client.after + 1:
                    client.tell({"type": "event", **event.as_dict()})
                    client.after = event.n
        self._changed.set()

    async def _send_views(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for role in sorted({client.seat.role for client in self.clients}):
                message = await self.use(partial(self._view, role))
                for client in [c for c in self.clients if c.seat.role == role]:
                    client.tell(message)
            for client in [c for c in self.clients if c.looks]:
                look = partial(self._view, client.seat.role, client.looks)
                client.tell(await self.use(look))
            await asyncio.sleep(VIEW_PAUSE)

    async def _send_beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            for client in self.clients:
                client.tell({"type": "beat", "n": client.after})

    # The clock -----------------------------------------------------------------------------

    async def _run_clock(self) -> None:
        """Advance the session hour by hour while its pace says so."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            pace = self.session.pace
            if not pace.running or self.session.over:
                self._turn.clear()
                await self._turn.wait()
                due = loop.time() + self._seconds()
                continue
            late = loop.time() - due
            if late < 0:
                self._turn.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._turn.wait(), -late)
                    due = loop.time() + self._seconds()  # the pace was changed
                continue
            hours = min(max(int(late / self._seconds()) + 1, 1), _STRIDE)
            try:
                await self.use(partial(self._play, hours))
            except CrossborderError as error:  # the disk is full, say: others may still read
                self._tell_stopped(str(error))
                self._turn.clear()
                await self._turn.wait()
            due = max(due + hours * self._seconds(), loop.time() - self._seconds() * _STRIDE)
            await self.publish()

    def _tell_stopped(self, why: str) -> None:
        """Tell the staff that the clock stands until somebody asks for something again."""
        for client in self.clients:
            if client.seat.role in STAFF:
                client.tell({"type": "stopped", "n": client.after, "why": why})

    def _seconds(self) -> float:
        """Seconds of wall clock that an hour takes."""
        return 60.0 / max(self.session.pace.speed, 1e-6)

    def _play(self, hours: int) -> None:
        """Advance some hours; a new block of the time plan brings its own speed, or is jumped."""
        session = self.session
        for _ in range(hours):
            if session.over or not session.pace.running:
                return
            before = session.default_speed()
            session.advance(session.hour + 1)
            if self.bots is not None:
                self.bots.act()
                continue  # a rehearsal keeps its speed
            self._keep_time_plan(before)

    def _keep_time_plan(self, before: float) -> None:
        session = self.session
        lead = next((seat for seat in session.taken if seat.role == FACILITATOR), None)
        if session.over or lead is None:
            return
        if math.isinf(session.default_speed()):
            until = session.hour + 1
            while until < session.exercise.end and math.isinf(session.default_speed(until)):
                until += 1
            session.advance(until, lead)
        now = session.default_speed()
        if not session.over and now != before and not math.isinf(now):
            session.set_pace(lead, running=True, speed=min(max(now, 0.01), 1000.0))

    # What a client asks --------------------------------------------------------------------

    async def ask(self, client: Client, message: Mapping[str, Any]) -> None:
        """Do what a client asks and tell it; everybody is told what came of it."""
        if client not in self.clients:  # its seat was given to another
            return
        number = message.get("ask")
        answer: Facts = {"type": "done", "ask": number, "n": client.after}
        try:
            act = _ASKS.get(str(message.get("do", "")))
            if act is None:
                raise CrossborderError("the console knows no such request")
            receipt = await self.use(lambda: act(self, client, message))
            if isinstance(receipt, Receipt):
                answer |= {"entry": receipt.entry, "hour": receipt.hour, "id": receipt.id}
        except InputError as error:
            answer |= {"type": "refused", "why": " ".join(_said(p) for p in error.problems)}
        except CrossborderError as error:
            answer |= {"type": "refused", "why": str(error)}
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            answer |= {"type": "refused", "why": f"the request cannot be read: {error}"}
        client.tell(answer)
        self._turn.set()
        await self.publish()

    def _decide(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        """Order a measure; one asked for again after a lost line is acknowledged again."""
        row = dict(_map(message, "measure"))
        seat = client.seat
        name = f"{seat.role[:40]}_{seat.number}_{_token(message)}"
        for action in self.session.actions:
            if action.measure.id == name and action.role == seat.role:
                return Receipt(action.entry, action.hour, name, action.begin, action.end)
        row["id"] = name
        return self.session.decide(seat, row, _text(message, "begin"), _text(message, "end"))

    def _withdraw(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        return self.session.withdraw(client.seat, str(message["measure"]))

    def _send(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        to, text = [str(role) for role in message["to"]][:40], str(message["text"])
        again = self._said_before(client.seat.role, message, "message", text)
        return again or self.session.send(client.seat, to, text)

    def _note(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        text = str(message["text"])
        again = self._said_before(client.seat.role, message, "note", text)
        return again or self.session.note(client.seat, text, _text(message, "task"))

    def _said_before(
        self, role: str, message: Mapping[str, Any], kind: str, text: str
    ) -> Receipt | None:
        """Return the entry of a text asked for again, said since the line was lost."""
        since = message.get("since")
        if not isinstance(since, int):
            return None
        for event in self.session.feed(role, since):
            if event.kind == kind and event.sender == role and event.text == text.strip():
                return Receipt(int(event.facts["entry"]), event.hour, kind, event.hour)
        return None

    def _pace(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        speed = message.get("speed")
        return self.session.set_pace(
            client.seat, running=bool(message["running"]),
            speed=None if speed is None else float(speed),
        )  # fmt: skip

    def _jump(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        """Jump from the hour that was seen; one asked for again after a lost line is done once."""
        session = self.session
        seen = message.get("from")
        until = (seen if isinstance(seen, int) else session.hour) + int(message["hours"])
        last = session.journal.entries[-1]
        if isinstance(seen, int) and int(message["hours"]) > 0 and until <= session.hour:
            return Receipt(last.n, session.hour, "clock", session.hour)
        return session.advance(until, client.seat)

    def _fire(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        return self.session.fire(client.seat, str(message["inject"]))

    def _hold(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        return self.session.hold(client.seat, str(message["inject"]))

    def _put(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        row = {k: v for k, v in _map(message, "row").items() if v not in ("", None, [])}
        return self.session.put_inject(client.seat, row)

    def _rate(self, client: Client, message: Mapping[str, Any]) -> Receipt:
        """Rate a critical task; what the engine suggests is changed with a reason only."""
        task, rating, text = str(message["task"]), message["rating"], str(message.get("text", ""))
        told = suggestions(self.session.play, self.session.journal.entries).get(task)
        changed = told is not None and told[0] not in (NOT_EXERCISED, rating)
        if client.seat.role == EVALUATOR and changed and not text.strip():
            raise CrossborderError("another rating than the engine suggests needs a reason")
        return self.session.rate(client.seat, task, rating, text)

    def _look(self, client: Client, message: Mapping[str, Any]) -> None:
        """Show the staff what another role knows; observers see as little of the truth as it."""
        if client.seat.role not in (FACILITATOR, EVALUATOR):
            raise CrossborderError("only facilitator and evaluator see what other roles know")
        role = str(message.get("role", ""))
        if role:
            self.session.view(role)  # an unknown role is refused here
        client.looks = role


def _said(problem: Any) -> str:
    key = f"{problem.key}: " if problem.key else ""
    value = f" ({problem.value})" if problem.value else ""
    return f"{key}{problem.message}{value}. {problem.remedy}"


def _map(message: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = message[key]
    if not isinstance(value, Mapping):
        raise ValueError(f"{key} is no map")
    return value


def _text(message: Mapping[str, Any], key: str) -> str | None:
    value = message.get(key)
    return str(value) if value else None


def _token(message: Mapping[str, Any]) -> str:
    """Return the browser's own id of a request, as part of the id of a measure."""
    text = "".join(c for c in str(message.get("ask", "")).lower() if c.isalnum())
    if not text:
        raise ValueError("a request carries an id of its own")
    return text[:16]


_ASKS: Mapping[str, Callable[[Room, Client, Mapping[str, Any]], Receipt | None]] = {
    "decide": Room._decide, "withdraw": Room._withdraw, "send": Room._send, "note": Room._note,
    "pace": Room._pace, "jump": Room._jump, "fire": Room._fire, "hold": Room._hold,
    "put": Room._put, "rate": Room._rate, "look": Room._look,
}  # fmt: skip
