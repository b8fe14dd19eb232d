"""Measures in force: applies dated changes and postings at their hour, and reverts them.

Phase 1 of a tick. Each target type has a *lever*: a pair of functions that read and set a
quantity. What a measure set reverts to the value the world had before when it ends.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from sim.clock import Clock
from sim.errors import InputError, ModelError, Problem
from sim.scenario.measures import Change, Measure, Posting


class Lever(Protocol):
    """What a target type lets measures change; ``target`` comes without its type."""

    def get(self, target: str, quantity: str) -> Any:
        """Return the value in force."""

    def set(self, target: str, quantity: str, value: Any) -> None:
        """Set the value in force from now on."""


class Officers(Protocol):
    """Where officers are posted (``sim.control.rosters.Rosters``)."""

    def begin(self, posting: Posting) -> None:
        """Let a posting begin."""

    def end(self, posting: Posting) -> None:
        """Let a posting end."""


@dataclass(frozen=True, slots=True)
class _Turn:
    hour: int
    begins: bool
    order: int
    what: Change | Posting

    @property
    def key(self) -> tuple[int, bool, int]:
        """Order of turns: what ends makes room before what begins in the same hour."""
        return self.hour, self.begins, self.order


@dataclass(frozen=True, slots=True)
class Held:
    """A measure and the hours it is in force: ``begin`` inclusive, ``end`` exclusive."""

    measure: Measure
    begin: int
    end: int


#: Asks what a plan's measures are asked: the measure, and those in force beside it.
Question = Callable[[Measure, Sequence[Measure]], Sequence[Problem]]


class MeasuresInForce:
    """Turns measures on and off by the hour.

    Args:
        changes: Quantities set for a time.
        postings: Officers moved for a time.
        levers: Lever by target type.
        officers: Rosters.
        clock: The run's clock.
        announce: Called with (hour, kind, subject, text) for the table of events.
        measures: The measures that changes and postings come from.
        ask: Asks whether one more measure can be carried out (``add``); None asks nothing.

    Attributes:
        measures: Measures with their hours, those added during the run among them.
        reached: Last hour whose measures have been turned; what is added begins after it.

    Raises:
        ModelError: A target type has no lever.
    """

    def __init__(
        self,
        changes: Iterable[Change],
        postings: Iterable[Posting],
        levers: Mapping[str, Lever],
        officers: Officers,
        clock: Clock,
        announce: Callable[[int, str, str, str], None],
        measures: Iterable[Measure] = (),
        ask: Question | None = None,
    ) -> None:
        self._clock = clock
        self._ask = ask
        self.reached = -1
        self.measures: list[Held] = []
        for measure in measures:
            since, until = self._period(measure.since, measure.until)
            if since < until:
                self.measures.append(Held(measure, since, until))
        self._levers = levers
        self._officers = officers
        self._announce = announce
        self._before: dict[tuple[str, str], Any] = {}
        self._holding: dict[tuple[str, str], list[Change]] = {}
        self._turns: list[_Turn] = []
        everything: list[Change | Posting] = [*changes, *postings]
        for order, item in enumerate(everything):
            self._check_lever(item)
            since, until = self._period(item.since, item.until)
            if since < until:
                self._turns += self._turns_of(item, since, until, order)
        self._turns.sort(key=lambda t: t.key)
        self._order = len(everything)
        self._next = 0

    def _period(self, since: date, until: date | None) -> tuple[int, int]:
        """Return the hours of a dated period within the run; empty where it lies outside."""
        hours = self._clock.hours
        begin = self._clock.hour_of(since)
        end = hours if until is None else self._clock.hour_of(until)
        return (0, 0) if begin >= hours else (max(begin, 0), min(end, hours))

    def _check_lever(self, item: Change | Posting) -> None:
        if isinstance(item, Change) and item.target.partition(":")[0] not in self._levers:
            raise ModelError(f"measure {item.measure}: nothing can be changed at {item.target}")

    def _turns_of(self, item: Change | Posting, begin: int, end: int, order: int) -> list[_Turn]:
        turns = [_Turn(begin, True, order, item)]
        if end < self._clock.hours:
            turns.append(_Turn(end, False, order, item))
        return turns

    def add(
        self,
        measure: Measure,
        begin_hour: int,
        end_hour: int | None = None,
        *,
        over: bool = False,
    ) -> Held:
        """Let one more measure begin during the run; it reverts at its end.

        It meets the checks of a plan's measures, beside those in force in the same hours. Its own
        dates play no part: they are set from the hours.

        Args:
            measure: The measure.
            begin_hour: First hour it is in force, not before the hour reached.
            end_hour: First hour it is over; None lasts to the end of the run.
            over: It may set what another measure holds, as the weather does: until its end it is
                the last word.

        Raises:
            InputError: It cannot be carried out; says why.
        """
        end = self._clock.hours if end_hour is None else min(end_hour, self._clock.hours)
        measure = self.dated(measure, begin_hour, end_hour)
        problems = self._wrong_hours(measure, begin_hour, end) or self.problems(
            measure, begin_hour, end
        )
        if over:
            problems = [p for p in problems if p.rule != "overlapping-measures"]
        if problems:
            raise InputError(dict.fromkeys(problems))
        items: list[Change | Posting] = [*measure.changes(), *measure.postings()]
        for item in items:
            self._check_lever(item)
            for turn in self._turns_of(item, begin_hour, end, self._order):
                insort(self._turns, turn, lo=self._next, key=lambda t: t.key)
            self._order += 1
        held = Held(measure, begin_hour, end)
        self.measures.append(held)
        return held

    def end(self, measure: str, hour: int) -> Held:
        """Let a measure end at ``hour`` instead of later; one still to begin never does.

        Raises:
            InputError: No measure of this id is in force then, or the hour has passed.
        """
        found = [h for h in self.measures if h.measure.id == measure and h.end > hour]
        if not found or hour <= self.reached:
            message = "the hour has passed" if found else "no measure of this id is in force"
            raise InputError([Problem("not-in-force", message, "Name one that is in force.",
                                      key="measure", value=measure)])  # fmt: skip
        held = found[0]
        mine = [t for t in self._turns
                if t.begins and t.what.measure == measure and t.hour == held.begin]  # fmt: skip
        orders = {t.order for t in mine}
        coming = self._turns[self._next :]
        rest = [t for t in coming if t.order not in orders]
        if held.begin < hour:
            rest += [t for t in coming if t.order in orders and t.begins]
            rest += [_Turn(hour, False, t.order, t.what) for t in mine]
        self._turns[self._next :] = sorted(rest, key=lambda t: t.key)
        ended = Held(held.measure, held.begin, max(hour, held.begin))
        self.measures[self.measures.index(held)] = ended
        return ended

    def dated(self, measure: Measure, begin_hour: int, end_hour: int | None) -> Measure:
        """Return the measure with the civil days of its hours as its dates."""
        since = self._clock.local(begin_hour).date()
        until = None
        if end_hour is not None and end_hour < self._clock.hours:
            until = self._clock.local(max(end_hour, begin_hour) - 1e-6).date() + timedelta(days=1)
        return measure.model_copy(update={"since": since, "until": until})

    def problems(
        self,
        measure: Measure,
        begin_hour: int,
        end_hour: int,
        leaving_out: Collection[str] = (),
    ) -> list[Problem]:
        """Return why a measure cannot be carried out in these hours, with what is in force then.

        Asked for each hour in which a measure begins or an agreement ends while it is in force, of
        what is left of it then. Measures whose ids are in ``leaving_out`` play no part: it may set
        what they hold.
        """
        if self._ask is None:
            return []
        known = [h for h in self.measures if h.measure.id not in leaving_out]
        beside = [h for h in known if h.begin < end_hour and begin_hour < h.end]
        moments = {begin_hour, *(h.begin for h in beside if h.begin > begin_hour)}
        moments |= {h.end for h in beside if _agreed(h.measure) and h.end < end_hour}
        asked: dict[tuple[int, ...], int] = {}
        for moment in sorted(moments):
            holding = (i for i, h in enumerate(beside) if h.begin <= moment < h.end)
            asked.setdefault(tuple(holding), moment)
        found: dict[tuple[str, str, str], Problem] = {}
        for holders, moment in asked.items():
            rest = self.dated(measure, moment, end_hour)
            for p in self._ask(rest, [beside[i].measure for i in holders]):
                found.setdefault((p.rule, p.key, p.remedy), p)
        return list(found.values())

    def _wrong_hours(self, measure: Measure, begin: int, end: int) -> list[Problem]:
        key, hour = ("from", begin) if begin <= self.reached else ("until", end)
        if begin <= self.reached or begin >= self._clock.hours:
            message, remedy = "the hour has passed, or lies after the end", "Begin it later."
        elif end <= begin:
            message, remedy = "the measure ends before it begins", "End it later."
        else:
            return []
        when = f"{self._clock.local(hour):%Y-%m-%d %H:%M}"
        return [Problem("outside-run", message, remedy, key=key, value=when)]

    @property
    def next_hour(self) -> int | None:
        """Hour of the next turn, None when there is none."""
        return self._turns[self._next].hour if self._next < len(self._turns) else None

    def next_turn_of(self, concerns: Callable[[Change | Posting], bool]) -> int | None:
        """Return the hour of the next turn of something that ``concerns`` says yes to."""
        ahead = self._turns[self._next :]
        return next((turn.hour for turn in ahead if concerns(turn.what)), None)

    def turn(self, hour: int) -> frozenset[str]:
        """Apply everything due up to ``hour``.

        Returns:
            Names of the quantities that changed, ``officers`` for postings: a measure that sets
            what already holds changes nothing.
        """
        changed = set()
        while self._next < len(self._turns) and self._turns[self._next].hour <= hour:
            turn = self._turns[self._next]
            self._next += 1
            if isinstance(turn.what, Change):
                if self._change(turn.what, turn.begins):
                    changed.add(turn.what.quantity)
                kind, text = _told(turn.what, turn.begins)
            else:
                (self._officers.begin if turn.begins else self._officers.end)(turn.what)
                posting = turn.what
                if posting.officers:
                    changed.add("officers")
                sign = posting.officers if turn.begins else -posting.officers
                text = f"{posting.measure}: {sign:+g} {posting.service} of {posting.country}"
                kind = "measure begins" if turn.begins else "measure ends"
            self._announce(hour, kind, turn.what.target, text)
        return frozenset(changed)

    def _change(self, change: Change, begins: bool) -> bool:
        kind, _, target = change.target.partition(":")
        lever = self._levers[kind]
        key = (change.target, change.quantity)
        stack = self._holding.setdefault(key, [])
        if begins:
            if not stack:
                self._before[key] = lever.get(target, change.quantity)
            stack.append(change)
        else:
            stack.remove(change)
        value = stack[-1].value if stack else self._before.pop(key)
        if lever.get(target, change.quantity) == value:
            return False
        lever.set(target, change.quantity, value)
        return True


def _agreed(measure: Measure) -> bool:
    """Return whether a measure brings an agreement into force."""
    return any(change.quantity == "in_force" for change in measure.changes())


def _told(change: Change, begins: bool) -> tuple[str, str]:
    """Return kind and text of the event that a change makes."""
    if change.quantity == "in_force":
        return ("agreement in force" if begins else "agreement ends"), str(change.value)
    what = f"{change.quantity} = {change.value}" if begins else f"{change.quantity} as before"
    return ("measure begins" if begins else "measure ends"), f"{change.measure}: {what}"
