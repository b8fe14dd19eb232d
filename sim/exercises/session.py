"""A live exercise: one clock, injects and decisions at their hour, what each role knows.

A session is a pure function of (exercise, seed, journal). Everything here follows from the
journal's entries, in their order, and from the world they act on; a restart plays them again. One
thread at a time may use a session.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sim.errors import CrossborderError, InputError, Problem
from sim.exercises.feeds import FeedEvent, as_player
from sim.exercises.journal import Entry, Journal
from sim.exercises.loading import (
    Exercise,
    PlannedInject,
    exercise_from_text,
    prepared_inject,
)
from sim.exercises.orders import Action, refusal
from sim.exercises.play import Pace, Play, Seat, Sent, inject_row
from sim.exercises.specs import EVALUATOR, FACILITATOR, OBSERVER, STAFF, Role
from sim.exercises.times import hour_at, text_of
from sim.exercises.views import view_of
from sim.model import BorderModel
from sim.records.manifest import canonical
from sim.scenario.names import nearest

__all__ = ["Action", "Pace", "Receipt", "Seat", "Sent", "Session", "SessionError"]

EXERCISE = "exercise.json"
#: Keys of a decision that are free text: they go to the side file.
_FREE = ("summary", "note", "name", "source")
#: Longest free text, characters.
LONGEST_TEXT = 4000
Rating = Literal["performed", "some_challenges", "major_challenges", "unable"]
RATINGS: tuple[str, ...] = ("performed", "some_challenges", "major_challenges", "unable")


class SessionError(CrossborderError):
    """A session cannot be opened or played on."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Receipt:
    """Acknowledgement of something that is on the disk.

    Attributes:
        entry: Number of the journal's entry.
        hour: Hour at which it acts.
        id: Id of the measure, inject or message.
        begin: First hour of a measure; ``hour`` for the rest.
        end: First hour after a measure, None for the end of the exercise.
    """

    entry: int
    hour: int
    id: str
    begin: int
    end: int | None = None


class Session:
    """A live exercise. Make one with ``begin`` or ``resume``.

    Attributes:
        exercise: What is played.
        seed: Seed of the world.
        journal: The journal; read its ``entries``.
        play: What follows from them.
    """

    def __init__(
        self,
        exercise: Exercise,
        seed: int,
        journal: Journal,
        on_hour: Callable[[int, int], None] | None = None,
    ) -> None:
        """Run the world to the exercise's begin; use ``begin`` or ``resume`` instead."""
        self.exercise, self.seed, self.journal = exercise, seed, journal
        self.play = Play(exercise, seed, journal.text, on_hour)

    # Opening and closing -------------------------------------------------------------------

    @classmethod
    def begin(
        cls,
        exercise: Exercise,
        folder: str | Path,
        seed: int | None = None,
        on_hour: Callable[[int, int], None] | None = None,
    ) -> Session:
        """Begin a session in a new folder.

        Args:
            exercise: From ``load_exercise``.
            folder: New or empty.
            seed: Seed of the world; None takes the exercise's, else the scenario's.
            on_hour: Called with (hour reached, hour of the begin) while the world runs there.

        Raises:
            InputError: There is something in the folder.
        """
        place = Path(folder)
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise InputError([Problem("out-exists", "there is something at this place already",
                                      "Name an empty or a new folder.", key="folder",
                                      value=str(place)[:80])])  # fmt: skip
        place.mkdir(parents=True, exist_ok=True)
        chosen = exercise.text.seed if seed is None else seed
        chosen = exercise.scenario.seed if chosen is None else chosen
        text = canonical(exercise.as_text())
        with (place / EXERCISE).open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        journal = Journal(place)
        try:
            session = cls(exercise, chosen, journal, on_hour)
            session._enter("begin", body={"exercise": _sha(text), "seed": chosen})
        except BaseException:
            journal.close()
            raise
        return session

    @classmethod
    def resume(
        cls, folder: str | Path, on_hour: Callable[[int, int], None] | None = None
    ) -> Session:
        """Open a session again and play its journal: the state is exactly what it was.

        Raises:
            SessionError: There is no session, or its exercise was changed.
            JournalError: An entry was changed, or another process has the session open.
        """
        exercise, text = read_session(Path(folder))
        journal = Journal(Path(folder))
        try:
            seed = begun(Path(folder), journal.entries, text)
            session = cls(exercise, seed, journal, on_hour)
            for entry in journal.entries:
                session.play.apply(entry)
        except BaseException:
            journal.close()
            raise
        return session

    def close(self) -> None:
        """Close the journal; ``resume`` opens the session again."""
        self.journal.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What it is ----------------------------------------------------------------------------

    @property
    def model(self) -> BorderModel:
        """The simulated world at the hour reached; players see ``view`` instead."""
        return self.play.model

    @property
    def hour(self) -> int:
        """Hour reached: all before it has happened."""
        return self.play.hour

    @property
    def time(self) -> str:
        """The hour reached in civil time."""
        return self.play.time

    @property
    def over(self) -> bool:
        """Whether the exercise has reached its end."""
        return self.play.over

    @property
    def pace(self) -> Pace:
        """How the clock is meant to run."""
        return self.play.pace

    @property
    def roles(self) -> tuple[Role, ...]:
        """Players' roles, in the order of the file."""
        return tuple(self.play.roles.values())

    @property
    def taken(self) -> tuple[Seat, ...]:
        """Seats that somebody has taken."""
        return tuple(sorted(self.play.taken, key=lambda s: (s.role, s.number)))

    @property
    def actions(self) -> tuple[Action, ...]:
        """Measures ordered so far, in order."""
        return tuple(self.play.actions)

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Injects sent so far, in order."""
        return tuple(replace(s) for s in self.play.sent.values())

    @property
    def timeline(self) -> tuple[PlannedInject, ...]:
        """All injects as they stand now, in order of time."""
        return self.play.timeline

    @property
    def notes(self) -> tuple[Entry, ...]:
        """Notes of staff and observers, in order; ``journal.text(n)`` has the words."""
        return tuple(self.play.notes)

    @property
    def ratings(self) -> tuple[Entry, ...]:
        """Ratings in order; the last of a task holds."""
        return tuple(self.play.ratings)

    def status_of(self, inject: str) -> str:
        """Return what has become of an inject: planned, on call, sent, or why it is not sent."""
        return self.play.status_of(inject)

    def manned(self, role: str) -> bool:
        """Return whether a player sits in a role; without one it follows the reference plan."""
        return self.play.manned(role)

    def default_speed(self, hour: int | None = None) -> float:
        """Return simulated hours per minute of the time plan at an hour; infinite for a jump."""
        return self.play.default_speed(hour)

    def digest(self, *, words: bool = True) -> str:
        """Return the SHA-256 of the whole state; see ``Play.digest``."""
        return self.play.digest(words=words)

    # What a role sees ----------------------------------------------------------------------

    def feed(self, role: str, after: int = 0) -> tuple[FeedEvent, ...]:
        """Return a role's events with numbers above ``after``, in order; numbers start at 1.

        Raises:
            InputError: There is no such role.
        """
        self._known_role(role)
        events = self.play.feeds[role].after(after)
        return events if role in STAFF else tuple(as_player(event) for event in events)

    def view(self, role: str) -> dict[str, Any]:
        """Return what a role knows now, as plain data; facilitator and evaluator see the truth.

        Raises:
            InputError: There is no such role.
        """
        self._known_role(role)
        return view_of(self.play, role)

    # Seats and clock -----------------------------------------------------------------------

    def join(self, role: str, number: int = 1) -> Receipt:
        """Let a seat be taken; a role with a player no longer follows the reference plan.

        Raises:
            InputError: There is no such seat, or it is taken.
        """
        self._known_role(role)
        seats = self.play.roles[role].seats if role in self.play.roles else 30
        if not 1 <= number <= seats:
            raise refusal("no-seat", f"{role} has seats 1 to {seats}", "Take one of them.",
                           "seat", str(number))  # fmt: skip
        if Seat(role, number) in self.play.taken:
            raise refusal("seat-taken", "somebody sits there", "Take another seat.", "seat",
                           f"{role} {number}")  # fmt: skip
        return self._done(self._enter("join", role=role, seat=number), role)

    def leave(self, seat: Seat) -> Receipt:
        """Give a seat back.

        Raises:
            InputError: Nobody sits there.
        """
        self._sits(seat)
        return self._done(self._enter("leave", seat.role, seat.number), seat.role)

    def set_pace(self, seat: Seat, *, running: bool, speed: float | None = None) -> Receipt:
        """Run or pause the clock, or change its speed; the facilitator's.

        Raises:
            InputError: The seat is not the facilitator's, or the speed not above 0.
        """
        self._may(seat, FACILITATOR)
        value = self.pace.speed if speed is None else float(speed)
        if not 0 < value <= 1000:
            raise refusal("out-of-range", "a speed is above 0 and at most 1000 h a minute",
                           "Choose another.", "speed", str(speed))  # fmt: skip
        body = {"running": bool(running), "speed": value}
        return self._done(self._enter("clock", seat.role, seat.number, body), "clock")

    def advance(self, until: int, seat: Seat | None = None) -> Receipt:
        """Let the clock run to an hour, not beyond the exercise's end.

        Args:
            until: Hour to reach.
            seat: The facilitator's, where it is a jump; None for the clock itself.

        Raises:
            InputError: The hour is not ahead, or the seat is not the facilitator's.
        """
        if seat is not None:
            self._may(seat, FACILITATOR)
        until = min(until, self.exercise.end)
        if until <= self.hour:
            raise refusal("in-the-past", "the clock only runs ahead", "Name a later hour.",
                           "until", text_of(self.exercise.clock, until))  # fmt: skip
        who = seat or Seat("", 0)
        kind = "hour" if seat is None else "jump"
        return self._done(self._enter(kind, who.role, who.number, {"until": until}), "clock")

    # What players do -----------------------------------------------------------------------

    def decide(
        self,
        seat: Seat,
        measure: Mapping[str, Any],
        begin: int | str | None = None,
        end: int | str | None = None,
    ) -> Receipt:
        """Order a measure of a plan's kinds, with a plan's checks.

        Args:
            seat: Who orders it.
            measure: Its keys as in a plan; ``id`` may be left out; ``from`` and ``until`` may hold
                civil times instead of ``begin`` and ``end``.
            begin: First hour, or its civil time; now if not given.
            end: First hour it is over; the end of the exercise if not given.

        Raises:
            InputError: The measure is refused; says why. The refusal is journalled.
        """
        self._sits(seat)
        role = self._player(seat)
        row = {k: v for k, v in measure.items() if v is not None}
        since, until = row.pop("from", None), row.pop("until", None)
        words = "\n".join(str(row.pop(k)) for k in _FREE if row.get(k))[:LONGEST_TEXT]
        row = {k: v for k, v in row.items() if k not in _FREE}
        row.setdefault("id", f"{seat.role[:50]}_{len(self.journal.entries) + 1}")
        try:
            first = self._hour(since if begin is None else begin, "from", self.hour)
            last = self._hour(until if end is None else end, "until", None)
            assert first is not None
            built = self.play.orders.checked(role, row, first, last)
        except InputError as wrong:
            error = InputError(replace(p, file="order") for p in wrong.problems)
            refusal = {"rules": [p.rule for p in error.problems]}
            text = canonical({"measure": _plain(row), "why": str(error)})[:LONGEST_TEXT]
            self._enter("refused", seat.role, seat.number, refusal, text)
            raise error from None
        body = {"measure": _plain(row), "begin": first, "end": last}
        entry = self._enter("decision", seat.role, seat.number, body, words or None)
        return Receipt(entry.n, self.hour, built.id, first, last)

    def withdraw(self, seat: Seat, measure: str) -> Receipt:
        """End a measure that the role ordered, now, or let it never begin.

        Raises:
            InputError: The role ordered no such measure, or it is over.
        """
        self._sits(seat)
        self._player(seat)
        own = [a for a in self.play.actions if a.role == seat.role and a.measure.id == measure]
        held = [h for h in self.model.world.in_force.measures
                if h.measure.id == measure and h.end > self.hour]  # fmt: skip
        if not own or not held:
            raise refusal("not-in-force", "the role has no measure of this id in force",
                           "Name one of its own.", "measure", measure)  # fmt: skip
        entry = self._enter("withdraw", seat.role, seat.number, {"measure": measure})
        return Receipt(entry.n, self.hour, measure, self.hour)

    def send(self, seat: Seat, to: Sequence[str], text: str) -> Receipt:
        """Write to other roles; the world does not change.

        Raises:
            InputError: A receiver is unknown, or the text is empty or too long.
        """
        self._sits(seat)
        if seat.role == OBSERVER:
            raise _not_yours(seat, "observers read")
        for name in to:
            self._known_role(name)
        if not to:
            raise refusal("missing-key", "a message goes to somebody", "Name a role.", "to", "")
        body = {"to": sorted(set(to))}
        entry = self._enter("message", seat.role, seat.number, body, _words(text))
        return Receipt(entry.n, self.hour, f"message {entry.n}", self.hour)

    # What the staff does -------------------------------------------------------------------

    def fire(self, seat: Seat, inject: str) -> Receipt:
        """Send an inject now, whatever its time and condition.

        Raises:
            InputError: It is unknown or was sent, or the seat is not the facilitator's.
        """
        self._may(seat, FACILITATOR)
        self._waiting(inject)
        return self._done(self._enter("fire", seat.role, seat.number, {"inject": inject}), inject)

    def hold(self, seat: Seat, inject: str) -> Receipt:
        """Keep an inject from being sent at its time; ``fire`` still sends it.

        Raises:
            InputError: It is unknown or was sent, or the seat is not the facilitator's.
        """
        self._may(seat, FACILITATOR)
        self._waiting(inject)
        return self._done(self._enter("hold", seat.role, seat.number, {"inject": inject}), inject)

    def put_inject(self, seat: Seat, row: Mapping[str, Any]) -> Receipt:
        """Add an inject, or replace one that was not sent yet.

        Args:
            seat: The facilitator's.
            row: Keys as in an exercise file.

        Raises:
            InputError: Something is wrong with it; says what.
        """
        self._may(seat, FACILITATOR)
        given, text = _apart(row)
        name = str(given.get("id", ""))
        if name in self.play.sent:
            raise refusal("inject-sent", "it was sent already", "Add another.", "id", name)
        planned = prepared_inject(self.exercise, inject_row(given, text), self.play.injects)
        if planned.hour < self.hour or planned.hour >= self.exercise.end:
            raise refusal("in-the-past", "its time has passed, or lies after the end",
                           "Choose a later time.", "time", planned.spec.time)  # fmt: skip
        entry = self._enter("inject", seat.role, seat.number, {"row": _plain(given)}, text)
        return Receipt(entry.n, self.hour, planned.spec.id, planned.hour)

    def note(self, seat: Seat, text: str, task: str | None = None) -> Receipt:
        """Write down an observation, of a critical task if one is named; staff and observers.

        Raises:
            InputError: The seat is a player's, the task unknown, or the text empty or too long.
        """
        self._may(seat, *STAFF)
        self._known_task(task)
        body = {} if task is None else {"task": task}
        entry = self._enter("note", seat.role, seat.number, body, _words(text))
        return self._done(entry, task or "note")

    def rate(self, seat: Seat, task: str, rating: Rating, text: str = "") -> Receipt:
        """Rate a critical task: performed, with some or major challenges, unable; evaluators.

        Raises:
            InputError: The seat is no evaluator's, the task or the rating unknown.
        """
        self._may(seat, EVALUATOR)
        self._known_task(task)
        if rating not in RATINGS:
            raise refusal("unknown-value", "no such rating", f"Use {', '.join(RATINGS)}.",
                           "rating", str(rating))  # fmt: skip
        words = text.strip()[:LONGEST_TEXT] or None
        body = {"task": task, "rating": rating}
        return self._done(self._enter("rating", seat.role, seat.number, body, words), task)

    # The journal acts ----------------------------------------------------------------------

    def _enter(
        self,
        kind: str,
        role: str = "",
        seat: int = 0,
        body: Mapping[str, Any] | None = None,
        text: str | None = None,
    ) -> Entry:
        """Write an entry to the disk, then let it act."""
        entry = self.journal.append(kind, self.hour, role, seat, body, text)
        self.play.apply(entry)
        return entry

    # Who may -------------------------------------------------------------------------------

    def _known_role(self, name: str) -> None:
        if name not in self.play.feeds:
            raise refusal("unknown-role", "there is no such role",
                           nearest(name[:80], self.play.feeds, "role"), "role", name)  # fmt: skip

    def _known_task(self, name: str | None) -> None:
        tasks = [t.id for t in self.exercise.text.critical_tasks]
        if name is not None and name not in tasks:
            raise refusal("unknown-critical-task", "there is no such critical task",
                           nearest(name[:80], tasks, "critical task"), "task", name)  # fmt: skip

    def _sits(self, seat: Seat) -> None:
        if seat not in self.play.taken:
            raise refusal("no-seat", "nobody sits there", "Join first.", "seat",
                           f"{seat.role} {seat.number}")  # fmt: skip

    def _may(self, seat: Seat, *roles: str) -> None:
        self._sits(seat)
        if seat.role not in roles:
            raise _not_yours(seat, f"this is for {' or '.join(roles)}")

    def _player(self, seat: Seat) -> Role:
        if seat.role not in self.play.roles:
            raise _not_yours(seat, "only players order measures")
        if self.over:
            raise refusal("exercise-over", "the exercise is over", "Review it.", "", "")
        return self.play.roles[seat.role]

    def _waiting(self, name: str) -> None:
        if name not in self.play.injects:
            raise refusal(
                "unknown-inject",
                "there is no such inject",
                nearest(name[:80], self.play.injects, "inject"),
                "inject",
                name,
            )
        if name in self.play.sent:
            raise refusal("inject-sent", "it was sent already", "Add another.", "inject", name)

    def _hour(self, value: int | str | None, key: str, default: int | None) -> int | None:
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return hour_at(self.exercise.clock, str(value))
        except ValueError as error:
            raise refusal("bad-time", str(error), "Write it as 2018-08-13 06:00.", key,
                           str(value)) from None  # fmt: skip

    def _done(self, entry: Entry, name: str) -> Receipt:
        return Receipt(entry.n, entry.hour, name, entry.hour)


def read_session(folder: Path) -> tuple[Exercise, str]:
    """Return the exercise of a session's folder, and its text as it was hashed.

    Raises:
        SessionError: There is no session.
    """
    try:
        text = (folder / EXERCISE).read_text(encoding="utf-8").removesuffix("\n")
        return exercise_from_text(json.loads(text)), text
    except OSError as error:
        raise SessionError(f"{folder} holds no session of an exercise: {error.strerror}") from None
    except ValueError:
        raise SessionError(f"{folder}: {EXERCISE} cannot be read; it was changed") from None


def begun(folder: Path, entries: Sequence[Entry], text: str) -> int:
    """Return the seed of a session whose journal and exercise belong together.

    Args:
        folder: Its folder, for messages.
        entries: Its journal.
        text: Its exercise as it was hashed.

    Raises:
        SessionError: It never began, or its exercise was changed.
    """
    if not entries or entries[0].kind != "begin":
        raise SessionError(f"{folder}: the session never began; begin it anew")
    if entries[0].body["exercise"] != _sha(text):
        raise SessionError(f"{folder}: {EXERCISE} is not the exercise that was begun")
    return int(entries[0].body["seed"])


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _apart(row: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return an inject's row without free text, and the free text as one."""
    given = dict(row)
    head, _, rest = str(given.get("expected_action") or "").partition("|")
    words = {"text": _words(str(given.pop("text", ""))), "from": str(given.pop("from", "") or ""),
             "expected": rest.strip()}  # fmt: skip
    if head.strip():
        given["expected_action"] = head.strip()
    else:
        given.pop("expected_action", None)
    return given, canonical(words)


def _plain(value: Any) -> Any:
    """Return what JSON can hold of a row that came from anywhere."""
    return json.loads(json.dumps(value, default=str))


def _words(text: str) -> str:
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise refusal("bad-text", f"a text has 1 to {LONGEST_TEXT} characters", "Shorten it."
                       if words else "Write something.", "text", words[:80])  # fmt: skip
    return words


def _not_yours(seat: Seat, why: str) -> InputError:
    return refusal("not-theirs", why, "Ask whose it is.", "role", seat.role)
