"""Joint operations: their rounds, where the next one goes, and what each came to (MODEL 10).

An operation acts by what its order says: officers on rosters, equipment in sectors, units that
run together. What is kept here is the account: what was found at its places while it ran, the
officer hours and money it took, and how many people tried elsewhere instead. The account holds
a round against the time just before it within the same run; the effect of an operation is the
difference of two runs (``compare``), not this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.rosters import Rosters
from sim.errors import InputError
from sim.records.recorder import Recorder
from sim.scenario.measures import Measure
from sim.scenario.operation_kind import JointOperation
from sim.scenario.specs.control import Post, Sector

F64 = NDArray[np.float64]
#: What is counted of a place each day, in persons but the last, consignments of other crime.
COUNTED: Final = ("tried", "intercepted", "hidden", "forged", "consignments")
_FOUND = COUNTED[1:]
_DAY = 24
#: Number of a day, persons tried and intercepted by sector, tried, found and refused by row of
#: posts, consignments found since the start by flow.
_Day = tuple[int, tuple[Any, ...], tuple[NDArray[np.int64], ...] | None, NDArray[np.int64] | None]


class InForce(Protocol):
    """A measure and its hours (``sim.in_force.Held``)."""

    @property
    def measure(self) -> Measure:
        """The measure."""

    @property
    def begin(self) -> int:
        """First hour it is in force."""

    @property
    def end(self) -> int:
        """First hour it is over."""


@dataclass
class Round:
    """One round of an operation that is under way or over."""

    operation: str
    number: int
    order: JointOperation
    begin: int
    end: int


class JointOperations:
    """Starts the rounds of repeated operations and keeps the account of all.

    Attributes:
        rounds: Every round begun so far, in order.
        places: Targets of all sectors and posts, ``sector:ID`` first.
        orders: Ids of the operations ordered before the run.
    """

    def __init__(
        self,
        measures: Sequence[Measure],
        sectors: Sequence[Sector],
        posts: Sequence[Post],
        rosters: Rosters,
        clock: Clock,
        add: Callable[[Measure, int, int | None], Any],
        announce: Callable[[int, str, str, str], None],
        recorder: Recorder,
        flows: Sequence[str] = (),
    ) -> None:
        """Take the operations among the measures.

        Args:
            measures: Measures of the scenario.
            sectors: Sectors, in the engine's order.
            posts: Posts, in the engine's order.
            rosters: Who serves how many hours.
            clock: The run's clock.
            add: Lets a measure begin (``MeasuresInForce.add``).
            announce: Told (hour, kind, subject, text) when a round begins or cannot.
            recorder: Where table ``operations`` goes.
            flows: Place of each flow of other crime.
        """
        self._clock, self._rosters = clock, rosters
        self._add, self._announce, self._recorder = add, announce, recorder
        self.rounds: list[Round] = []
        self.places = (*(f"sector:{s.id}" for s in sectors), *(f"post:{p.id}" for p in posts))
        self._index = {target: i for i, target in enumerate(self.places)}
        # Place of each row of table ``posts``: one a stream of a post.
        streams = [len(p.streams) for p in posts]
        self._of_stream = len(sectors) + np.arange(len(posts)).repeat(streams)
        self._of_flow = np.array([self._index[place] for place in flows], np.intp)
        self._border: list[str | None] = [s.border for s in sectors]
        self._border += [p.border for p in posts]
        self.orders = tuple(m.id for m in measures if isinstance(m, JointOperation))
        self._repeated = [
            m for m in measures if isinstance(m, JointOperation) and m.repeated and m.when is None
        ]
        self._number: dict[str, int] = {m.id: 0 for m in self._repeated}
        self._last_begin: dict[str, int] = {}
        self._round_of: dict[str, tuple[str, int]] = {}
        self._known: set[tuple[str, int]] = set()
        # By day since the start: what was counted of each place, (days, places, COUNTED).
        # An operation may also be ordered while the run goes on.
        days = (clock.until - clock.start).days + 1
        self._counts: F64 = np.zeros((days, len(self.places), len(COUNTED)))
        self._uncounted: list[_Day] = []
        self._seized: NDArray[np.int64] | None = None

    # Rounds -------------------------------------------------------------------------------

    def daily(self, hour: int, in_force: Sequence[InForce]) -> None:
        """Let the rounds of the day begin, and take note of the operations that are in force."""
        for order in self._repeated:
            self._next_round(order, hour)
        for held in in_force:
            measure, key = held.measure, (held.measure.id, held.begin)
            begun = held.begin < hour + _DAY and held.begin < held.end
            if isinstance(measure, JointOperation) and begun and key not in self._known:
                self._known.add(key)
                before = sum(r.operation == measure.id for r in self.rounds)
                name, number = self._round_of.get(measure.id, (measure.id, before + 1))
                self.rounds.append(Round(name, number, measure, held.begin, held.end))

    def _next_round(self, order: JointOperation, hour: int) -> None:
        assert order.every is not None
        assert order.lasts is not None
        number, every = self._number[order.id], timedelta(days=round(order.every.value))
        since = order.since + every * number
        while self._clock.hour_of(since) < hour:  # rounds that began before the run
            number, since = number + 1, since + every
        begin = self._clock.hour_of(since)
        self._number[order.id] = number
        if begin >= hour + _DAY or begin >= self._clock.hours:
            return
        self._number[order.id] += 1
        until = since + timedelta(days=round(order.lasts.value))
        last = self._clock.until if order.until is None else order.until
        if since >= last:
            return
        until = min(until, last)
        places, why = self._choose(order, number, begin)
        self._last_begin[order.id] = begin
        order_of_round = order.round(number + 1, places, since, until)
        self._round_of[order_of_round.id] = (order.id, number + 1)
        text = f"round {number + 1} at {', '.join(places)}{why}"
        try:
            self._add(order_of_round, begin, self._clock.hour_of(until))
        except InputError as error:
            self._announce(
                hour, "operation not carried out", f"operation:{order.id}", f"{text}; {error}"
            )
        else:
            self._announce(hour, "operation", f"operation:{order.id}", text)

    def _choose(
        self, order: JointOperation, number: int, begin: int
    ) -> tuple[tuple[str, ...], str]:
        """Return the places of the next round, and why."""
        if order.place_next == "everywhere":
            return order.at, ""
        if order.place_next == "in_turn" or number == 0:
            return (order.at[number % len(order.at)],), ""
        since = self._last_begin.get(order.id, begin)
        found = self._between(since, begin)[:, 1:].sum(axis=1)
        at = [found[self._index[target]] for target in order.at]
        best = int(np.argmax(at))
        return (order.at[best],), f" ({at[best]:g} found there since the last began)"

    # The account --------------------------------------------------------------------------

    def close_day(
        self,
        day: int,
        sectors: Mapping[str, Any],
        posts: Mapping[str, Any] | None,
        seized: NDArray[np.int64] | None = None,
    ) -> None:
        """Keep a day to be counted when somebody asks.

        Args:
            day: Number of the day.
            sectors: The day's columns of table ``sectors``.
            posts: The day's columns of table ``posts``, None without posts.
            seized: Consignments found since the start, by flow; None without other crime.
        """
        of_posts = None if posts is None else tuple(posts[n] for n in ("tried", "found", "refused"))
        self._uncounted.append((day, (sectors["tried"], sectors["intercepted"]), of_posts, seized))

    def _count(self) -> None:
        """Count the days closed."""
        days, self._uncounted = self._uncounted, []
        if not days:
            return
        counts = self._counts[[day for day, *_ in days]]
        in_sectors = np.array([sectors for _, sectors, _, _ in days])
        counts[:, : in_sectors.shape[2], :2] = in_sectors.transpose(0, 2, 1)
        at_posts = [posts for _, _, posts, _ in days if posts is not None]
        if at_posts:
            # As lists of days: all of one run have posts, or none.
            tried, found, refused = np.array(at_posts).transpose(1, 2, 0)
            for column, counted in ((0, tried), (2, found - refused), (3, refused)):
                np.add.at(counts[:, :, column].T, self._of_stream, counted)
        seized = [found for *_, found in days if found is not None]
        if seized:
            before = np.zeros_like(seized[0]) if self._seized is None else self._seized
            found = np.diff(np.stack([before, *seized]), axis=0)
            np.add.at(counts[:, :, 4].T, self._of_flow, found.T)
            self._seized = seized[-1]
        self._counts[[day for day, *_ in days]] = counts

    def found(self, operation: str) -> float:
        """Return what an operation has found so far, persons and consignments together."""
        return sum(
            float(self._between(r.begin, r.end)[[self._index[t] for t in r.order.at], 1:].sum())
            for r in self.rounds
            if r.operation == operation
        )

    def under_way(self, operation: str, hour: int) -> bool:
        """Return whether a round of an operation is under way."""
        return any(r.operation == operation and r.begin <= hour < r.end for r in self.rounds)

    def write(self) -> None:
        """Write table ``operations``: one row a round, with its evaluation."""
        for one in self.rounds:
            self._recorder.add("operations", **self._evaluation(one))

    def _between(self, begin: int, end: int) -> F64:
        """Return what was counted of each place on days whose middle lies in the hours."""
        self._count()
        days = np.arange(len(self._counts)) * _DAY + _DAY // 2
        inside = (days >= begin) & (days < end)
        return np.asarray(self._counts[inside].sum(axis=0))

    def _evaluation(self, one: Round) -> dict[str, Any]:
        order = one.order
        at = np.array([self._index[target] for target in order.at])
        length = one.end - one.begin
        found = self._between(one.begin, one.end)[at].sum(axis=0)
        tried = np.array([
            self._tried_by_nearness(at, begin, begin + length)
            for begin in (one.begin - length, one.begin)
        ])  # fmt: skip
        before = one.begin >= length
        hours = self.officer_hours(order, one.begin, one.end)
        columns: dict[str, Any] = {
            "operation": one.operation, "round": one.number, "begin": one.begin, "end": one.end,
            "places": " ".join(order.at), "participants": _participants(order),
            "officers": _officers(order), "officer_hours": hours,
            "cost": _cost(order, hours, length / _DAY),
        }  # fmt: skip
        columns |= {name: int(found[1 + i]) for i, name in enumerate(_FOUND)}
        for i, where in enumerate(("here", "border", "elsewhere")):
            columns[f"tried_{where}_before"] = float(tried[0, i]) if before else math.nan
            columns[f"tried_{where}"] = int(tried[1, i])
        columns["displacement"] = weighted_displacement(*tried.T) if before else math.nan
        return columns

    def _tried_by_nearness(self, at: NDArray[np.intp], begin: int, end: int) -> F64:
        """Return persons who tried at the places, elsewhere on their borders, and further away."""
        tried = self._between(begin, end)[:, 0]
        borders = {self._border[i] for i in at.tolist()}
        here = np.zeros(len(self.places), np.bool_)
        here[at] = True
        border = np.array([b in borders for b in self._border], np.bool_) & ~here
        return np.array([tried[here].sum(), tried[border].sum(), tried[~here & ~border].sum()])

    def officer_hours(self, order: JointOperation, begin: int, end: int) -> float:
        """Return hours on duty of the officers sent, by the rosters' long-run mean."""
        weeks = (end - begin) / (7.0 * _DAY)
        return sum(
            posting.officers * weeks * self._rosters.weekly_hours(posting.target, posting.hours)
            for posting in order.postings()
            if posting.officers > 0
        )


def weighted_displacement(target: F64, buffer: F64, control: F64) -> float:
    """Return the weighted displacement quotient of (before, during) counts (Bowers & Johnson 2003).

    WDQ = (D1/C1 - D0/C0) / (T1/C1 - T0/C0), T the places treated, D those near, C the others:
    negative for displacement, positive for benefits that spread. NaN where it is not defined.

    >>> one = weighted_displacement(np.array([100, 60]), np.array([80, 96]), np.array([200, 200]))
    >>> round(one, 2)
    -0.4
    """
    if (control <= 0).any():
        return math.nan
    change = target[1] / control[1] - target[0] / control[0]
    if change == 0:
        return math.nan
    return float((buffer[1] / control[1] - buffer[0] / control[0]) / change)


def _participants(order: JointOperation) -> str:
    return "; ".join(
        f"{country} {quantity.value:g} {service.replace('_', ' ')}"
        for country, services in order.officers.items()
        for service, quantity in services.items()
    )


def _officers(order: JointOperation) -> float:
    each = sum(q.value for services in order.officers.values() for q in services.values())
    return each * len(order.at)


def _cost(order: JointOperation, hours: float, days: float) -> float:
    """Return what a round costs, EUR; NaN where the order does not say what things cost."""
    fixed, hour, piece = order.fixed_cost, order.officer_hour_cost, order.equipment_day_cost
    if fixed is None and hour is None and piece is None:
        return math.nan
    sectors = sum(t.startswith("sector:") for t in order.at)
    pieces = sum(order.pieces().values()) * sectors
    total = 0.0 if fixed is None else fixed.value
    total += 0.0 if hour is None else hour.value * hours
    return total + (0.0 if piece is None else piece.value * pieces * days)
