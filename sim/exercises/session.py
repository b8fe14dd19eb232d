"""A live exercise: one clock, injects and decisions at their hour, what each role knows.

A session is a pure function of (exercise, seed, journal). Everything here follows from the
journal's entries, in their order, and from the world they act on; a restart plays them again. One
thread at a time may use a session.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sim.errors import CrossborderError, InputError, Problem
from sim.exercises.checking import not_theirs
from sim.exercises.effects import Effect
from sim.exercises.expectations import Expectation
from sim.exercises.feeds import Feed, FeedEvent
from sim.exercises.journal import Entry, Journal, JournalError
from sim.exercises.loading import (
    Exercise,
    PlannedInject,
    exercise_from_text,
    prepared_inject,
)
from sim.exercises.specs import EVALUATOR, EVERYBODY, FACILITATOR, OBSERVER, STAFF, Role
from sim.exercises.times import hour_at, text_of
from sim.exercises.views import History, view_of
from sim.model import BorderModel
from sim.records.run_writer import canonical
from sim.scenario.adding import read_measure
from sim.scenario.measures import Measure
from sim.scenario.names import nearest

EXERCISE = "exercise.json"
#: Keys of a decision that are free text: they go to the side file.
_FREE = ("summary", "note", "name", "source")
#: Longest free text, characters.
LONGEST_TEXT = 4000
#: Measures of a role in force at once.
MOST_MEASURES = 200
Rating = Literal["performed", "some_challenges", "major_challenges", "unable"]
RATINGS: tuple[str, ...] = ("performed", "some_challenges", "major_challenges", "unable")


class SessionError(CrossborderError):
    """A session cannot be opened or played on."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Seat:
    """Who acts: a role, and the seat of the role from 1. Never a name."""

    role: str
    number: int = 1


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


@dataclass(frozen=True, slots=True)
class Pace:
    """How the clock is meant to run; whoever owns the session calls ``advance`` accordingly.

    Attributes:
        running: Whether it runs.
        speed: Simulated hours per wall-clock minute.
    """

    running: bool = False
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Action:
    """A measure ordered in the exercise.

    Attributes:
        measure: The measure.
        role: Role that ordered it.
        seat: Its seat; 0 where nobody sat there and the reference plan was followed.
        hour: Hour of the order.
        begin: First hour in force.
        end: First hour over, None for the end of the exercise.
        entry: Journal entry of the order; 0 for the reference plan.
        step: Step of the reference plan that it is; empty for a player's order.
    """

    measure: Measure
    role: str
    seat: int
    hour: int
    begin: int
    end: int | None
    entry: int
    step: str = ""


@dataclass(slots=True)
class Sent:
    """An inject that was sent, and what came of what it expects.

    Attributes:
        inject: The inject.
        hour: Hour at which it was sent.
        until: First hour in which the expected action is late.
        met: Hour of the action that met it, None so far.
        by: Measure id, or ``message N`` with the entry.
        late: Whether the window has passed without it.
    """

    inject: PlannedInject
    hour: int
    until: int
    met: int | None = None
    by: str = ""
    late: bool = False


@dataclass(slots=True)
class _State:
    """What follows from the journal besides the world."""

    taken: set[Seat] = field(default_factory=set)
    pace: Pace = field(default_factory=Pace)
    actions: list[Action] = field(default_factory=list)
    sent: dict[str, Sent] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    done_steps: set[str] = field(default_factory=set)
    ratings: list[Entry] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)


class Session:
    """A live exercise. Make one with ``begin`` or ``resume``.

    Attributes:
        exercise: What is played.
        seed: Seed of the world.
        journal: The journal; read its ``entries``.
        model: The simulated world at the hour reached. Staff may see it; players see ``view``.
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
        self.model = run_to(exercise, seed, on_hour)
        self._roles = {role.id: role for role in exercise.text.roles}
        self._feeds = {name: Feed() for name in (*self._roles, *STAFF)}
        self._timeline = {i.spec.id: i for i in exercise.injects}
        self._state = _State()
        self._history = History(self.model.world)
        self._replaying = False

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
        (place / EXERCISE).write_text(text + "\n", encoding="utf-8")
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
            first = journal.entries[0] if journal.entries else None
            if first is None or first.kind != "begin":
                raise SessionError(f"{folder}: the session never began; begin it anew")
            if first.body["exercise"] != _sha(text):
                raise SessionError(f"{folder}: {EXERCISE} is not the exercise that was begun")
            session = cls(exercise, int(first.body["seed"]), journal, on_hour)
            session._play(journal.entries)
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
    def hour(self) -> int:
        """Hour reached: all before it has happened."""
        return self.model.now

    @property
    def time(self) -> str:
        """The hour reached in civil time."""
        return text_of(self.exercise.clock, self.hour)

    @property
    def over(self) -> bool:
        """Whether the exercise has reached its end."""
        return self.hour >= self.exercise.end

    @property
    def pace(self) -> Pace:
        """How the clock is meant to run."""
        return self._state.pace

    @property
    def roles(self) -> tuple[Role, ...]:
        """Players' roles, in the order of the file."""
        return tuple(self._roles.values())

    @property
    def taken(self) -> tuple[Seat, ...]:
        """Seats that somebody has taken."""
        return tuple(sorted(self._state.taken, key=lambda s: (s.role, s.number)))

    @property
    def actions(self) -> tuple[Action, ...]:
        """Measures ordered so far, in order."""
        return tuple(self._state.actions)

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Injects sent so far, in order."""
        return tuple(replace(s) for s in self._state.sent.values())

    @property
    def timeline(self) -> tuple[PlannedInject, ...]:
        """All injects as they stand now, in order of time."""
        return tuple(sorted(self._timeline.values(), key=lambda i: (i.hour, i.spec.id)))

    def status_of(self, inject: str) -> str:
        """Return what has become of an inject: planned, on call, sent, or why it is not sent."""
        if inject in self._state.sent:
            return "sent"
        if inject in self._state.skipped:
            return self._state.skipped[inject]
        return self._timeline[inject].spec.status.replace("_", " ")

    def manned(self, role: str) -> bool:
        """Return whether a player sits in a role; without one it follows the reference plan."""
        return any(seat.role == role for seat in self._state.taken)

    def default_speed(self, hour: int | None = None) -> float:
        """Return simulated hours per minute of the time plan at an hour; infinite for a jump."""
        at = self.hour if hour is None else hour
        for block in self.exercise.text.time_plan:
            begin = hour_at(self.exercise.clock, block.since)
            end = hour_at(self.exercise.clock, block.until)
            if begin <= at < end:
                minutes = block.takes.value
                return (end - begin) / minutes if minutes > 0 else float("inf")
        return 1.0

    # What a role sees ----------------------------------------------------------------------

    def feed(self, role: str, after: int = 0) -> tuple[FeedEvent, ...]:
        """Return a role's events with numbers above ``after``, in order; numbers start at 1.

        Raises:
            InputError: There is no such role.
        """
        self._known_role(role)
        return self._feeds[role].after(after)

    def view(self, role: str) -> dict[str, Any]:
        """Return what a role knows now, as plain data; facilitator and evaluator see the truth.

        Raises:
            InputError: There is no such role.
        """
        self._known_role(role)
        return view_of(self, role)

    @property
    def history(self) -> History:
        """Counts by hour of play."""
        return self._history

    # Seats and clock -----------------------------------------------------------------------

    def join(self, role: str, number: int = 1) -> Receipt:
        """Let a seat be taken; a role with a player no longer follows the reference plan.

        Raises:
            InputError: There is no such seat, or it is taken.
        """
        self._known_role(role)
        seats = self._roles[role].seats if role in self._roles else 30
        if not 1 <= number <= seats:
            raise _refused("no-seat", f"{role} has seats 1 to {seats}", "Take one of them.",
                           "seat", str(number))  # fmt: skip
        if Seat(role, number) in self._state.taken:
            raise _refused("seat-taken", "somebody sits there", "Take another seat.", "seat",
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
            raise _refused("out-of-range", "a speed is above 0 and at most 1000 h a minute",
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
            raise _refused("in-the-past", "the clock only runs ahead", "Name a later hour.",
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
            built = self._checked(role, row, first, last)
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
        own = [a for a in self._state.actions if a.role == seat.role and a.measure.id == measure]
        held = [h for h in self.model.world.in_force.measures
                if h.measure.id == measure and h.end > self.hour]  # fmt: skip
        if not own or not held:
            raise _refused("not-in-force", "the role has no measure of this id in force",
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
            raise _refused("missing-key", "a message goes to somebody", "Name a role.", "to", "")
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
        given = dict(row)
        text = _words(str(given.pop("text", "")))
        name = str(given.get("id", ""))
        if name in self._state.sent:
            raise _refused("inject-sent", "it was sent already", "Add another.", "id", name)
        planned = prepared_inject(self.exercise, {**given, "text": text}, self._timeline)
        if planned.hour < self.hour or planned.hour >= self.exercise.end:
            raise _refused("in-the-past", "its time has passed, or lies after the end",
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
            raise _refused("unknown-value", "no such rating", f"Use {', '.join(RATINGS)}.",
                           "rating", str(rating))  # fmt: skip
        words = text.strip()[:LONGEST_TEXT] or None
        body = {"task": task, "rating": rating}
        return self._done(self._enter("rating", seat.role, seat.number, body, words), task)

    @property
    def ratings(self) -> tuple[Entry, ...]:
        """Ratings in order; the last of a task holds."""
        return tuple(self._state.ratings)

    @property
    def notes(self) -> tuple[Entry, ...]:
        """Notes of staff and observers, in order; ``journal.text(n)`` has the words."""
        return tuple(self._state.notes)

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
        self._act(entry)
        return entry

    def _play(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.hour != self.hour:
                raise JournalError(
                    f"entry {entry.n} of the journal is of hour {entry.hour}, but the exercise "
                    f"stands at hour {self.hour}: it was played with another version of crossborder"
                )
            self._act(entry)

    def _act(self, entry: Entry) -> None:
        _ACTS[entry.kind](self, entry)

    def _act_begin(self, entry: Entry) -> None:
        self._state.pace = Pace(False, min(self.default_speed(), 60.0))
        self._tell(self._feeds, "clock", "", "The exercise begins.")
        self._reach()

    def _act_join(self, entry: Entry) -> None:
        self._state.taken.add(Seat(entry.role, entry.seat))
        self._tell(STAFF, "presence", entry.role, f"{entry.role} {entry.seat} has joined")

    def _act_leave(self, entry: Entry) -> None:
        self._state.taken.discard(Seat(entry.role, entry.seat))
        self._tell(STAFF, "presence", entry.role, f"{entry.role} {entry.seat} has left")

    def _act_clock(self, entry: Entry) -> None:
        self._state.pace = Pace(bool(entry.body["running"]), float(entry.body["speed"]))
        word = "runs" if self.pace.running else "is paused"
        self._tell(self._feeds, "clock", entry.role,
                   f"The clock {word}, {self.pace.speed:g} h a minute.",
                   running=self.pace.running, speed=self.pace.speed)  # fmt: skip

    def _act_hour(self, entry: Entry) -> None:
        until = int(entry.body["until"])
        while self.hour < until:
            self.model.step()
            self._history.note(self.model)
            self._reach()
        if entry.kind == "jump":
            self._tell(self._feeds, "clock", entry.role, f"The clock jumped to {self.time}.")
        if self.over:
            self._tell(self._feeds, "clock", "", "The exercise is over.")

    def _act_decision(self, entry: Entry) -> None:
        body = entry.body
        begin, end = int(body["begin"]), body["end"]
        built = self._read(body["measure"], begin, end)
        self._order(built, entry.role, entry.seat, begin, end, entry.n)

    def _act_refused(self, entry: Entry) -> None:
        why = self._text(entry)
        text = json.loads(why)["why"] if why.startswith("{") and why.endswith("}") else why
        self._tell((entry.role, FACILITATOR, EVALUATOR), "refused", entry.role, text,
                   rules=list(entry.body["rules"]), entry=entry.n)  # fmt: skip

    def _act_withdraw(self, entry: Entry) -> None:
        name = str(entry.body["measure"])
        self.model.world.in_force.end(name, self.hour)
        self._tell((entry.role, FACILITATOR, EVALUATOR), "decision", entry.role,
                   f"{name} is withdrawn", measure=name, entry=entry.n)  # fmt: skip

    def _act_message(self, entry: Entry) -> None:
        to = tuple(entry.body["to"])
        hearers = dict.fromkeys((*to, entry.role, FACILITATOR, EVALUATOR))
        self._tell(hearers, "message", entry.role, self._text(entry), entry=entry.n, to=list(to))
        for sent in self._open():
            expected = sent.inject.expectation
            if expected is not None and expected.met_by_message(entry.role, to):
                self._meet(sent, f"message {entry.n}")

    def _act_fire(self, entry: Entry) -> None:
        self._state.skipped.pop(str(entry.body["inject"]), None)
        self._send(self._timeline[str(entry.body["inject"])])

    def _act_hold(self, entry: Entry) -> None:
        name = str(entry.body["inject"])
        self._state.skipped[name] = "held back"
        self._tell(STAFF, "inject held", entry.role, f"{name} is held back", inject=name)

    def _act_inject(self, entry: Entry) -> None:
        row = {**entry.body["row"], "text": self._text(entry) or "(text removed)"}
        planned = prepared_inject(self.exercise, row, self._timeline)
        self._timeline[planned.spec.id] = planned
        self._tell(STAFF, "inject planned", entry.role,
                   f"{planned.spec.id} is planned for {planned.spec.time}",
                   inject=planned.spec.id)  # fmt: skip
        if planned.hour == self.hour and planned.spec.status == "planned":
            self._due(planned)

    def _act_note(self, entry: Entry) -> None:
        self._state.notes.append(entry)
        self._tell((FACILITATOR, EVALUATOR, entry.role), "note", entry.role, self._text(entry),
                   entry=entry.n, **dict(entry.body))  # fmt: skip

    def _act_rating(self, entry: Entry) -> None:
        self._state.ratings.append(entry)
        self._tell((FACILITATOR, EVALUATOR), "rating", entry.role, self._text(entry),
                   entry=entry.n, **dict(entry.body))  # fmt: skip

    # An hour is reached --------------------------------------------------------------------

    def _reach(self) -> None:
        """Send what is due, see what is late, and let roles without a player follow the plan."""
        if self.over:
            return
        for inject in self.timeline:
            if inject.hour == self.hour and inject.spec.status == "planned":
                self._due(inject)
        for sent in self._open():
            if self.hour == sent.until and not sent.late:
                sent.late = True
                expected = sent.inject.spec.expected_action
                self._tell(STAFF, "late", "", f"{sent.inject.spec.id}: expected, and has not come: "
                           f"{expected}", inject=sent.inject.spec.id)  # fmt: skip
        for step in self.exercise.steps:
            if step.hour == self.hour and not self.manned(step.spec.role):
                self._follow(step.spec.id)

    def _due(self, inject: PlannedInject) -> None:
        name, condition = inject.spec.id, inject.condition
        if name in self._state.sent or name in self._state.skipped:
            return
        if condition is not None:
            other = self._state.sent.get(condition.inject)
            met = other is not None and other.met is not None
            if met != condition.done or (other is None and not condition.done):
                self._state.skipped[name] = f"its condition does not hold: {inject.spec.condition}"
                self._tell(
                    STAFF,
                    "inject skipped",
                    "",
                    f"{name} is not sent, {self._state.skipped[name]}",
                    inject=name,
                )
                return
        self._send(inject)

    def _send(self, inject: PlannedInject) -> None:
        spec = inject.spec
        length = inject.until - inject.hour
        self._state.sent[spec.id] = Sent(inject, self.hour, self.hour + length)
        to = self._feeds if EVERYBODY in spec.to else spec.to
        hearers = dict.fromkeys((*to, *STAFF))
        facts: dict[str, Any] = {"inject": spec.id, "means": spec.means, "type": spec.inject_type}
        if inject.effect is not None and inject.effect.kind == "false_report":
            facts |= {"about": inject.effect.model_dump()["about"],
                      "claims": inject.effect.model_dump()["claims"]["value"]}  # fmt: skip
        self._tell(hearers, "inject", spec.sender, spec.text, **facts)
        if inject.effect is not None:
            self._strike(spec.id, inject.effect)

    def _strike(self, name: str, effect: Effect) -> None:
        """Let an effect change the world; say so to the staff, and say so where it cannot."""
        world, hour = self.model.world, self.hour
        end = None if effect.lasts is None else hour + max(round(effect.lasts.value), 1)
        try:
            for number, row in enumerate(effect.measures(world)):
                written = {**row, "id": f"inject_{name[:50]}_{number}"}
                measure = self._read(written, hour, end)
                world.in_force.add(measure, hour, end, over=True)
        except InputError as error:
            self._tell(STAFF, "effect refused", "", f"{name} could not act: {error}", inject=name)
            return
        effect.strike(world, name, hour)
        until = "" if end is None else f" until {text_of(self.exercise.clock, end)}"
        self._tell(STAFF, "effect", "", f"{name}: {effect.told()}{until}", inject=name)

    def _follow(self, step_id: str) -> None:
        """Take a step of the reference plan for a role without a player."""
        step = next(s for s in self.exercise.steps if s.spec.id == step_id)
        role = self._roles[step.spec.role]
        self._state.done_steps.add(step_id)
        row = {"id": step_id, **step.spec.measure}
        hearers = (role.id, FACILITATOR, EVALUATOR)
        try:
            measure = self._checked(role, row, self.hour, step.end)
        except InputError as error:
            self._tell(hearers, "refused", role.id,
                       f"{role.id} has no player and follows the reference plan; {step_id} is "
                       f"refused: {error}", step=step_id,
                       rules=[p.rule for p in error.problems])  # fmt: skip
            return
        self._order(measure, role.id, 0, self.hour, step.end, 0, step_id)

    # Measures ------------------------------------------------------------------------------

    def _order(
        self,
        measure: Measure,
        role: str,
        seat: int,
        begin: int,
        end: int | None,
        entry: int,
        step: str = "",
    ) -> None:
        held = self.model.world.in_force.add(measure, begin, end)
        action = Action(held.measure, role, seat, self.hour, begin, end, entry, step)
        self._state.actions.append(action)
        clock = self.exercise.clock
        until = "the end" if end is None else text_of(clock, end)
        words = f"{measure.kind} at {', '.join(measure.at)} from {text_of(clock, begin)} to {until}"
        if step:
            words = f"{role} has no player and follows the reference plan: {words}"
        facts = {"measure": measure.id, "begin": begin, "end": end, "entry": entry, "step": step}
        self._tell((role, FACILITATOR, EVALUATOR), "decision", role, words, **facts)
        for sent in self._open():
            expected: Expectation | None = sent.inject.expectation
            if expected is not None and expected.met_by(measure, role):
                self._meet(sent, measure.id)

    def _checked(self, role: Role, row: Mapping[str, Any], begin: int, end: int | None) -> Measure:
        """Return the measure of a row after every check, nothing done yet."""
        measure = self._read(row, begin, end)
        in_force, last = self.model.world.in_force, end or self.exercise.clock.hours
        if begin < self.hour or begin >= self.exercise.end:
            rule = "in-the-past" if begin < self.hour else "outside-exercise"
            message = "the hour has passed, or lies after the exercise's end"
            when = text_of(self.exercise.clock, begin)
            raise _refused(rule, message, "Begin it later.", "from", when)
        if last <= begin:
            when = text_of(self.exercise.clock, last)
            message = "the measure ends before it begins"
            raise _refused("bad-period", message, "End it later.", "until", when)
        problems = in_force.problems(in_force.dated(measure, begin, end), begin, last)
        unknown = [p for p in problems if p.rule.startswith("unknown-")]
        theirs = not_theirs(self.exercise.scenario, role, measure)
        if unknown or theirs or problems:
            raise InputError(unknown or theirs or problems)
        if len([a for a in self._state.actions if a.role == role.id]) >= MOST_MEASURES:
            message = f"a role orders at most {MOST_MEASURES} measures"
            raise _refused("too-many", message, "Combine some.", "", "")
        return measure

    def _read(self, row: Mapping[str, Any], begin: int, end: int | None) -> Measure:
        day = self.exercise.clock.local(begin).date()
        measure, problems = read_measure(row, day, None)
        if measure is None:
            raise InputError(problems)
        return measure

    def _open(self) -> list[Sent]:
        """Return the injects sent whose expected action has not come."""
        return [s for s in self._state.sent.values()
                if s.met is None and s.inject.expectation is not None]  # fmt: skip

    def _meet(self, sent: Sent, by: str) -> None:
        sent.met, sent.by = self.hour, by
        late = f", {self.hour - sent.until + 1} h late" if self.hour >= sent.until else ""
        self._tell(STAFF, "met", "", f"{sent.inject.spec.id}: the expected action has come{late}",
                   inject=sent.inject.spec.id, by=by)  # fmt: skip

    # Words ---------------------------------------------------------------------------------

    def _tell(
        self, hearers: Iterable[str], kind: str, sender: str, text: str, **facts: Any
    ) -> None:
        for name in dict.fromkeys(hearers):
            self._feeds[name].add(self.hour, self.time, kind, sender, text, facts)

    def _text(self, entry: Entry) -> str:
        return self.journal.text(entry.n)

    # Who may -------------------------------------------------------------------------------

    def _known_role(self, name: str) -> None:
        if name not in self._feeds:
            raise _refused("unknown-role", "there is no such role",
                           nearest(name[:80], self._feeds, "role"), "role", name)  # fmt: skip

    def _known_task(self, name: str | None) -> None:
        tasks = [t.id for t in self.exercise.text.critical_tasks]
        if name is not None and name not in tasks:
            raise _refused("unknown-critical-task", "there is no such critical task",
                           nearest(name[:80], tasks, "critical task"), "task", name)  # fmt: skip

    def _sits(self, seat: Seat) -> None:
        if seat not in self._state.taken:
            raise _refused("no-seat", "nobody sits there", "Join first.", "seat",
                           f"{seat.role} {seat.number}")  # fmt: skip

    def _may(self, seat: Seat, *roles: str) -> None:
        self._sits(seat)
        if seat.role not in roles:
            raise _not_yours(seat, f"this is for {' or '.join(roles)}")

    def _player(self, seat: Seat) -> Role:
        if seat.role not in self._roles:
            raise _not_yours(seat, "only players order measures")
        if self.over:
            raise _refused("exercise-over", "the exercise is over", "Review it.", "", "")
        return self._roles[seat.role]

    def _waiting(self, name: str) -> None:
        if name not in self._timeline:
            raise _refused(
                "unknown-inject",
                "there is no such inject",
                nearest(name[:80], self._timeline, "inject"),
                "inject",
                name,
            )
        if name in self._state.sent:
            raise _refused("inject-sent", "it was sent already", "Add another.", "inject", name)

    def _hour(self, value: int | str | None, key: str, default: int | None) -> int | None:
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        try:
            return hour_at(self.exercise.clock, str(value))
        except ValueError as error:
            raise _refused("bad-time", str(error), "Write it as 2018-08-13 06:00.", key,
                           str(value)) from None  # fmt: skip

    def _done(self, entry: Entry, name: str) -> Receipt:
        return Receipt(entry.n, entry.hour, name, entry.hour)

    # The state as a number -----------------------------------------------------------------

    def digest(self) -> str:
        """Return the SHA-256 of the whole state: world, feeds, sent injects, measures, clock.

        Free text counts by the salted hash of its entry, so that a purged session has the same.
        """
        digest = hashlib.sha256()
        for part in _columns_of(self.model):
            digest.update(part)
        state = self._state
        plain = {
            "hour": self.hour,
            "seed": self.seed,
            "pace": [self.pace.running, self.pace.speed],
            "taken": [[s.role, s.number] for s in self.taken],
            "actions": [[a.measure.model_dump(mode="json"), a.role, a.seat, a.hour, a.begin, a.end]
                        for a in state.actions],
            "measures": [[h.measure.id, h.begin, h.end]
                         for h in self.model.world.in_force.measures],
            "sent": [[k, s.hour, s.until, s.met, s.by, s.late] for k, s in state.sent.items()],
            "skipped": sorted(state.skipped.items()),
            "feeds": {name: feed.digest() for name, feed in self._feeds.items()},
            "texts": [e.text for e in self.journal.entries],
        }  # fmt: skip
        digest.update(canonical(plain).encode())
        return digest.hexdigest()


def run_to(
    exercise: Exercise, seed: int, on_hour: Callable[[int, int], None] | None = None
) -> BorderModel:
    """Return a model of the exercise's world that has reached the begin of play.

    Until then it keeps the scenario's own window; from then on a window is an hour.
    """
    model = BorderModel(exercise.scenario, seed)
    while model.now + model.clock.window <= exercise.begin:
        model.step()
        if on_hour is not None:
            on_hour(model.now, exercise.begin)
    model.narrow()
    while model.now < exercise.begin:
        model.step()
    return model


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


def _columns_of(model: BorderModel) -> Iterable[bytes]:
    world = model.world
    crowd = world.crowd
    size = crowd.size
    for name in ("key", "state", "node", "leg", "offer", "due", "persons", "minors", "funds",
                 "spent", "moves", "attempts", "failures", "borders", "registered"):  # fmt: skip
        yield name.encode()
        yield getattr(crowd, name)[:size].tobytes()
    yield world.books.tally.tobytes()
    yield world.sectors.persons_so_far().tobytes()
    if world.posts is not None:
        yield world.posts.persons_so_far().tobytes()
        yield world.posts.waits.tobytes()
        yield world.posts.queue.tobytes()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return what JSON can hold of a row that came from anywhere."""
    return json.loads(json.dumps(value, default=str))


def _words(text: str) -> str:
    words = text.strip()
    if not words or len(words) > LONGEST_TEXT:
        raise _refused("bad-text", f"a text has 1 to {LONGEST_TEXT} characters", "Shorten it."
                       if words else "Write something.", "text", words[:80])  # fmt: skip
    return words


def _refused(rule: str, message: str, remedy: str, key: str, value: str) -> InputError:
    return InputError([Problem(rule, message, remedy, key=key, value=value[:80])])


def _not_yours(seat: Seat, why: str) -> InputError:
    return _refused("not-theirs", why, "Ask whose it is.", "role", seat.role)


_ACTS: Mapping[str, Callable[[Session, Entry], None]] = {
    "begin": Session._act_begin,
    "join": Session._act_join,
    "leave": Session._act_leave,
    "clock": Session._act_clock,
    "hour": Session._act_hour,
    "jump": Session._act_hour,
    "decision": Session._act_decision,
    "refused": Session._act_refused,
    "withdraw": Session._act_withdraw,
    "message": Session._act_message,
    "fire": Session._act_fire,
    "hold": Session._act_hold,
    "inject": Session._act_inject,
    "note": Session._act_note,
    "rating": Session._act_rating,
}
