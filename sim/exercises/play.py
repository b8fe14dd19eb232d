"""Playing an exercise: journal entries act on a world, one after the other.

What is here is a pure function of (exercise, seed, entries). ``Session`` writes entries to a disk
before they act; ``replay`` and ``branch`` let them act again, or others in their place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError
from sim.exercises.cooperating import Answers
from sim.exercises.effects import Effect
from sim.exercises.feeds import Feed
from sim.exercises.journal import Entry, JournalError
from sim.exercises.loading import Exercise, PlannedInject, prepared_inject
from sim.exercises.orders import Action, Orders
from sim.exercises.specs import EVALUATOR, EVERYBODY, FACILITATOR, STAFF, Role
from sim.exercises.times import hour_at, text_of
from sim.exercises.views import History, hears_answers
from sim.model import BorderModel
from sim.records.manifest import canonical
from sim.scenario.measures import Measure

#: Answers of an hour that a feed spells out.
_ANSWERS_TOLD = 5


@dataclass(frozen=True, slots=True)
class Seat:
    """Who acts: a role, and the seat of the role from 1. Never a name."""

    role: str
    number: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """How the clock is meant to run; whoever owns the session calls ``advance`` accordingly.

    Attributes:
        running: Whether it runs.
        speed: Simulated hours per wall-clock minute.
    """

    running: bool = False
    speed: float = 1.0


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


class Play:
    """An exercise being played.

    Attributes:
        exercise: What is played.
        seed: Seed of the world.
        model: The world at the hour reached.
        roles: Players' roles by id.
        feeds: Numbered events by role, staff among them.
        history: Counts by hour of play.
        taken: Seats that somebody has taken.
        pace: How the clock is meant to run.
        orders: Measures ordered so far.
        sent: Injects sent so far, by id, in order.
        skipped: Why injects are not sent, by id.
        notes: Entries of notes, in order.
        ratings: Entries of ratings, in order.
        parted: Entries that could not act as they did when they were written; only with
            ``lenient``.
    """

    def __init__(
        self,
        exercise: Exercise,
        seed: int,
        words: Callable[[int], str],
        on_hour: Callable[[int, int], None] | None = None,
        *,
        lenient: bool = False,
        idle_from: int | None = None,
    ) -> None:
        """Run the world to the exercise's begin.

        Args:
            exercise: What is played.
            seed: Seed of the world.
            words: Returns the free text of an entry by its number.
            on_hour: Called with (hour reached, hour of the begin) on the way there.
            lenient: Entries come from another play: one that cannot act is noted, not fatal.
            idle_from: Hour from which a role without a player does nothing instead.
        """
        self.exercise, self.seed = exercise, seed
        self.model = run_to(exercise, seed, on_hour)
        self.roles: dict[str, Role] = {role.id: role for role in exercise.text.roles}
        self.feeds = {name: Feed() for name in (*self.roles, *STAFF)}
        self.history = History(self.model.world)
        self._answers = Answers(self.model.world)
        self._answers.take(self.hour)
        self.taken: set[Seat] = set()
        self.pace = Pace()
        self.orders = Orders(exercise, self.model)
        self.sent: dict[str, Sent] = {}
        self.skipped: dict[str, str] = {}
        self.notes: list[Entry] = []
        self.ratings: list[Entry] = []
        self.parted: list[tuple[Entry, str]] = []
        self._injects = {i.spec.id: i for i in exercise.injects}
        self._texts: list[str | None] = []
        self._word_of, self._lenient, self._idle_from = words, lenient, idle_from

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
    def actions(self) -> list[Action]:
        """Measures ordered so far, in order."""
        return self.orders.actions

    @property
    def timeline(self) -> tuple[PlannedInject, ...]:
        """All injects as they stand now, in order of time."""
        return tuple(sorted(self._injects.values(), key=lambda i: (i.hour, i.spec.id)))

    @property
    def injects(self) -> Mapping[str, PlannedInject]:
        """The same by id."""
        return self._injects

    def status_of(self, inject: str) -> str:
        """Return what has become of an inject: planned, on call, sent, or why it is not sent."""
        if inject in self.sent:
            return "sent"
        if inject in self.skipped:
            return self.skipped[inject]
        return self._injects[inject].spec.status.replace("_", " ")

    def manned(self, role: str) -> bool:
        """Return whether a player sits in a role; without one it follows the reference plan."""
        return any(seat.role == role for seat in self.taken)

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

    # Entries act ---------------------------------------------------------------------------

    def apply(self, entry: Entry) -> None:
        """Let an entry act.

        Raises:
            JournalError: It was written at another hour than the one reached, or cannot act.
        """
        if entry.hour != self.hour:
            raise JournalError(
                f"entry {entry.n} of the journal is of hour {entry.hour}, but the exercise stands "
                f"at hour {self.hour}: it was played with another version of crossborder"
            )
        self._texts.append(entry.text)
        try:
            _ACTS[entry.kind](self, entry)
        except InputError as error:
            if not self._lenient:
                raise JournalError(
                    f"entry {entry.n} of the journal cannot act again ({error}): it was played "
                    "with another version of crossborder"
                ) from None
            self.parted.append((entry, str(error)))

    def _act_begin(self, entry: Entry) -> None:
        self.pace = Pace(False, min(self.default_speed(), 60.0))
        self._tell(self.feeds, "clock", "", "The exercise begins.")
        self._reach()

    def _act_join(self, entry: Entry) -> None:
        self.taken.add(Seat(entry.role, entry.seat))
        self._tell(STAFF, "presence", entry.role, f"{entry.role} {entry.seat} has joined")

    def _act_leave(self, entry: Entry) -> None:
        self.taken.discard(Seat(entry.role, entry.seat))
        self._tell(STAFF, "presence", entry.role, f"{entry.role} {entry.seat} has left")

    def _act_clock(self, entry: Entry) -> None:
        self.pace = Pace(bool(entry.body["running"]), float(entry.body["speed"]))
        word = "runs" if self.pace.running else "is paused"
        self._tell(self.feeds, "clock", entry.role,
                   f"The clock {word}, {self.pace.speed:g} h a minute.",
                   running=self.pace.running, speed=self.pace.speed)  # fmt: skip

    def _act_hour(self, entry: Entry) -> None:
        until = int(entry.body["until"])
        while self.hour < until:
            self.model.step()
            self.history.note(self.model)
            self._tell_answers()
            self._reach()
        if entry.kind == "jump":
            self._tell(self.feeds, "clock", entry.role, f"The clock jumped to {self.time}.")
        if self.over:
            self._tell(self.feeds, "clock", "", "The exercise is over.")

    def _act_decision(self, entry: Entry) -> None:
        body = entry.body
        begin, end = int(body["begin"]), body["end"]
        if self._lenient:
            built = self.orders.checked(self.roles[entry.role], body["measure"], begin, end)
        else:
            built = self.orders.read(body["measure"], begin)
        self._order(built, entry.role, entry.seat, begin, end, entry.n)

    def _act_refused(self, entry: Entry) -> None:
        why = self._words(entry)
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
        self._deliver(entry.role, to, self._words(entry), f"message {entry.n}", entry=entry.n)

    def _deliver(self, role: str, to: tuple[str, ...], text: str, by: str, **facts: Any) -> None:
        hearers = dict.fromkeys((*to, role, FACILITATOR, EVALUATOR))
        self._tell(hearers, "message", role, text, to=list(to), **facts)
        for sent in self._open():
            expected = sent.inject.expectation
            if expected is not None and expected.met_by_message(role, to):
                self._meet(sent, by)

    def _act_fire(self, entry: Entry) -> None:
        self.skipped.pop(str(entry.body["inject"]), None)
        self._send(self._injects[str(entry.body["inject"])])

    def _act_hold(self, entry: Entry) -> None:
        name = str(entry.body["inject"])
        self.skipped[name] = "held back"
        self._tell(STAFF, "inject held", entry.role, f"{name} is held back", inject=name)

    def _act_inject(self, entry: Entry) -> None:
        row = inject_row(entry.body["row"], self._words(entry))
        planned = prepared_inject(self.exercise, row, self._injects)
        self._injects[planned.spec.id] = planned
        self._tell(STAFF, "inject planned", entry.role,
                   f"{planned.spec.id} is planned for {planned.spec.time}",
                   inject=planned.spec.id)  # fmt: skip
        if planned.hour == self.hour and planned.spec.status == "planned":
            self._due(planned)

    def _act_note(self, entry: Entry) -> None:
        self.notes.append(entry)
        self._tell((FACILITATOR, EVALUATOR, entry.role), "note", entry.role, self._words(entry),
                   entry=entry.n, **dict(entry.body))  # fmt: skip

    def _act_rating(self, entry: Entry) -> None:
        self.ratings.append(entry)
        self._tell((FACILITATOR, EVALUATOR), "rating", entry.role, self._words(entry),
                   entry=entry.n, **dict(entry.body))  # fmt: skip

    def _words(self, entry: Entry) -> str:
        return self._word_of(entry.n)

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
        if self._idle_from is not None and self.hour >= self._idle_from:
            return
        for step in self.exercise.steps:
            if step.hour == self.hour and not self.manned(step.spec.role):
                self._follow(step.spec.id)

    def _due(self, inject: PlannedInject) -> None:
        name, condition = inject.spec.id, inject.condition
        if name in self.sent or name in self.skipped:
            return
        if condition is not None:
            other = self.sent.get(condition.inject)
            met = other is not None and other.met is not None
            if met != condition.done or (other is None and not condition.done):
                self.skipped[name] = f"its condition does not hold: {inject.spec.condition}"
                self._tell(
                    STAFF,
                    "inject skipped",
                    "",
                    f"{name} is not sent, {self.skipped[name]}",
                    inject=name,
                )
                return
        self._send(inject)

    def _send(self, inject: PlannedInject) -> None:
        spec = inject.spec
        length = inject.until - inject.hour
        self.sent[spec.id] = Sent(inject, self.hour, self.hour + length)
        to = self.feeds if EVERYBODY in spec.to else spec.to
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
            for number, row in enumerate(effect.measures(world, hour)):
                written = {**row, "id": f"inject_{name[:50]}_{number}"}
                measure = self.orders.read(written, hour)
                world.in_force.add(measure, hour, end, over=True)
                if effect.answerable:
                    self.orders.answerable.add(measure.id)
        except InputError as error:
            self._tell(STAFF, "effect refused", "", f"{name} could not act: {error}", inject=name)
            return
        effect.strike(world, name, hour)
        until = "" if end is None else f" until {text_of(self.exercise.clock, end)}"
        self._tell(STAFF, "effect", "", f"{name}: {effect.told()}{until}", inject=name)

    def _follow(self, step_id: str) -> None:
        """Take a step of the reference plan for a role without a player."""
        step = next(s for s in self.exercise.steps if s.spec.id == step_id)
        role = self.roles[step.spec.role]
        if step.spec.measure is None:
            self._deliver(role.id, step.spec.to, step.spec.message, step_id, step=step_id)
            return
        row = {"id": step_id, **step.spec.measure}
        hearers = (role.id, FACILITATOR, EVALUATOR)
        try:
            measure = self.orders.checked(role, row, self.hour, step.end)
        except InputError as error:
            self._tell(hearers, "refused", role.id,
                       f"{role.id} has no player and follows the reference plan; {step_id} is "
                       f"refused: {error}", step=step_id,
                       rules=[p.rule for p in error.problems])  # fmt: skip
            return
        self._order(measure, role.id, 0, self.hour, step.end, 0, step_id)

    def _tell_answers(self) -> None:
        """Tell roles with a desk what answers came to their country in the hour just played."""
        came = self._answers.take(self.hour)
        if not came:
            return
        for role in self.roles.values():
            mine = [(of, kind, hit) for asking, of, kind, hit in came if asking == role.country]
            if not mine or not hears_answers(role):
                continue
            words = [f"{kind.replace('_', ' ')} from {of}: {'found' if hit else 'nothing known'}"
                     for of, kind, hit in mine[:_ANSWERS_TOLD]]  # fmt: skip
            more = len(mine) - len(words)
            text = "; ".join(words) + (f"; and {more} more" if more else "")
            self._tell((role.id,), "answers", "", text, count=len(mine),
                       hits=sum(hit for _, _, hit in mine))  # fmt: skip

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
        self.orders.put_in_force(measure, role, seat, begin, end, entry, step)
        clock = self.exercise.clock
        until = "the end" if end is None else text_of(clock, end)
        words = f"{measure.kind} at {', '.join(measure.at)} from {text_of(clock, begin)} to {until}"
        if step:
            words = f"{role} has no player and follows the reference plan: {words}"
        facts = {"measure": measure.id, "begin": begin, "end": end, "entry": entry, "step": step}
        self._tell((role, FACILITATOR, EVALUATOR), "decision", role, words, **facts)
        for sent in self._open():
            expected = sent.inject.expectation
            if expected is not None and expected.met_by(measure, role):
                self._meet(sent, measure.id)

    def _open(self) -> list[Sent]:
        """Return the injects sent whose expected action has not come."""
        return [s for s in self.sent.values()
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
            self.feeds[name].add(self.hour, self.time, kind, sender, text, facts)

    # The state as a number -----------------------------------------------------------------

    def digest(self, *, words: bool = True) -> str:
        """Return the SHA-256 of the whole state: world, feeds, sent injects, measures, clock.

        Free text counts by the salted hash of its entry, so that a purged session has the same.
        The salt is drawn anew in every session: without ``words`` only which entries have a text
        counts, and two sessions of the same exercise, seed and orders have the same digest.
        """
        digest = hashlib.sha256()
        for part in _columns_of(self.model):
            digest.update(part)
        plain = {
            "hour": self.hour,
            "seed": self.seed,
            "pace": [self.pace.running, self.pace.speed],
            "taken": sorted([s.role, s.number] for s in self.taken),
            "actions": [[a.measure.model_dump(mode="json"), a.role, a.seat, a.hour, a.begin, a.end]
                        for a in self.actions],
            "measures": [[h.measure.id, h.begin, h.end]
                         for h in self.model.world.in_force.measures],
            "sent": [[k, s.hour, s.until, s.met, s.by, s.late] for k, s in self.sent.items()],
            "skipped": sorted(self.skipped.items()),
            "feeds": {name: feed.digest() for name, feed in self.feeds.items()},
            "texts": self._texts if words else [text is not None for text in self._texts],
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


def _columns_of(model: BorderModel) -> Iterable[bytes]:
    world = model.world
    crowd = world.crowd
    world.daybook.look_back()
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


def inject_row(row: Mapping[str, Any], words: str) -> dict[str, Any]:
    """Return the row of an inject written during play, its free text put back in.

    Args:
        row: Its keys without free text.
        words: The free text as the session keeps it; empty once it was purged.
    """
    known = json.loads(words) if words else {"text": "(text removed)", "from": "", "expected": ""}
    full = {**row, "text": known["text"], "from": known["from"]}
    if known["expected"]:
        full["expected_action"] = f"{row.get('expected_action', '')} | {known['expected']}".strip()
    return full


_ACTS: Mapping[str, Callable[[Play, Entry], None]] = {
    "begin": Play._act_begin,
    "join": Play._act_join,
    "leave": Play._act_leave,
    "clock": Play._act_clock,
    "hour": Play._act_hour,
    "jump": Play._act_hour,
    "decision": Play._act_decision,
    "refused": Play._act_refused,
    "withdraw": Play._act_withdraw,
    "message": Play._act_message,
    "fire": Play._act_fire,
    "hold": Play._act_hold,
    "inject": Play._act_inject,
    "note": Play._act_note,
    "rating": Play._act_rating,
}
