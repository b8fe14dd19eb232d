"""Border crossing points and airports, strategic grain: queues as fluid, all posts at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.demand import Demand
from sim.control.inspection import CLAIMED, INTERCEPTED, PASSED, REFUSED, Inspection
from sim.control.post_books import day_books
from sim.control.post_days import (
    DAY,
    PostCopies,
    QueueState,
    Trajectory,
    joining_waits,
    known_days,
)
from sim.errors import ModelError
from sim.kernels import posts as kernel
from sim.kernels.alerts import DOCUMENT, Lists
from sim.randomness import U64
from sim.scenario.spans import Span
from sim.scenario.specs.control import DemandPattern, HitRate, Post

__all__ = ["CLAIMED", "INTERCEPTED", "PASSED", "REFUSED", "Posts"]

F64 = NDArray[np.float64]


_NO_INDEX = np.empty(0, np.intp)
#: Lists of alerts that name nothing: as ``meet`` takes them.
NOTHING_LISTED: Final[Lists] = (
    _NO_INDEX, _NO_INDEX, _NO_INDEX, np.empty(0, np.uint64), np.empty((0, 0)),
    np.empty(0, DOCUMENT),
)  # fmt: skip
_NOBODY_KNOWN = np.empty(0, np.bool_)


class Met(NamedTuple):
    """What comes of a window at posts; positions are among all who came, ascending.

    Attributes:
        outcome: What came of each one's inspection (``inspection``), ``kernels.posts.NOBODY``
            where nobody inspected it, int8.
        fared: PASSED, INTERCEPTED, CLAIMED or AWAY of ``kernels.codes``: away from the counter.
        found: Positions of those found.
        claims: Of those who claim.
        shut: Of those before a closed post.
        late: Of those who queue.
    """

    outcome: NDArray[np.int8]
    fared: NDArray[np.uint8]
    found: NDArray[np.intp]
    claims: NDArray[np.intp]
    shut: NDArray[np.intp]
    late: NDArray[np.intp]


class Posts:
    """The state of every post; a *row* is one stream of one post, sorted by post.

    Lawful traffic queues at the booths of its stream; a share of it is referred to the second
    line of the post, where the officers who sit in no booth work. A closed post turns arrivals
    away; what stands in its queue stays until it opens.

    Attributes:
        ids: Post ids, position = post index.
        streams: Stream ids by row.
        post_of: Post index of each row, shape (rows,).
        open: Whether a post may open at all (its opening hours apply besides), shape (posts,).
        hours: Opening hours by post, as written.
        lanes: Lanes that exist, shape (rows,).
        first: First row of each post, shape (posts,).
        booth_share: Share of officers on duty who sit in booths, shape (posts,).
        booth_rate: Units an hour and booth, shape (rows,).
        second_rate: Units an hour and officer in the second line, shape (posts,).
        sent: Share of units sent on to the second line, shape (rows,).
        batches: Units that arrive together, shape (rows,).
        substeps: Steps an hour of loaded queues.
        inspection: How irregular users fare; its ``methods`` and ``trained`` may be set.
        turned_away: Lawful units turned away since the start, shape (rows,).
    """

    def __init__(
        self,
        specs: Sequence[Post],
        demand_patterns: Sequence[DemandPattern],
        hit_rates: Iterable[HitRate],
        clock: Clock,
        zones: Sequence[str],
        substeps: int = 4,
    ) -> None:
        """Set every post up, open and empty.

        Args:
            specs: The posts.
            demand_patterns: Patterns the streams name.
            hit_rates: Table of what a search finds.
            clock: The run's clock.
            zones: IANA zone of each post.
            substeps: Steps an hour of loaded queues (numerics: 4 keeps an hourly mean wait
                within 15 % of the exact transient queue, 2 within 30 %, at half the time).
        """
        self.ids = tuple(p.id for p in specs)
        self.streams = tuple(s.id for p in specs for s in p.streams)
        self._specs = tuple(specs)
        self._zones = list(zones)
        counts = np.array([len(p.streams) for p in specs], dtype=np.intp)
        self.post_of = np.repeat(np.arange(len(specs)), counts)
        self.post_names = np.array(self.ids, dtype=object)[self.post_of]
        self.stream_names = np.array(self.streams, dtype=object)
        self.first = (np.cumsum(counts) - counts).astype(np.intp)
        rows = [s for p in specs for s in p.streams]
        self.lanes: F64 = np.array([s.lanes.value for s in rows])
        self.booth_share = np.array([p.booth_share.value for p in specs])
        self._rows = tuple(rows)
        self._trained: NDArray[np.bool_] = np.zeros(len(specs), dtype=np.bool_)
        self._set_service()
        self._set_demand(rows, Demand(demand_patterns, clock))
        self.open = np.ones(len(specs), dtype=np.bool_)
        self.hours = [p.hours for p in specs]
        self._spans = np.empty((len(specs), 24))
        self._until_open = np.empty((len(specs), 24))
        for i, post in enumerate(specs):
            self.set_hours(i, post.hours)
        self.batches = np.array([int(s.batch.value) for s in rows], dtype=np.intp)
        self.substeps = substeps
        self._every = np.arange(len(specs), dtype=np.intp)
        self._state = QueueState.empty(len(rows), len(specs))
        self._copies: PostCopies | None = None
        self._ahead: Trajectory | None = None
        #: Waits, queues and whether booths are staffed of the plan, each (windows, rows).
        self._by_window: tuple[NDArray[Any], ...] = ()
        self.inspection = Inspection(specs, hit_rates)
        self.turned_away: F64 = np.zeros(len(rows))
        #: Persons inspected today by what came of it, claims included: (outcomes, rows).
        self._by_outcome = np.zeros((CLAIMED + 1, len(rows)), dtype=np.int64)
        self._closed = np.zeros((2, len(rows)), dtype=np.int64)
        #: Units served, unit-hours waited and officers by hour; and between which of the hours.
        self._day: list[tuple[Any, ...]] = []
        self._waits: F64 = np.zeros(len(rows))
        self._queue: F64 = np.zeros(len(rows))
        self._staffed = np.ones(len(rows), dtype=np.bool_)
        self._duty: F64 = np.zeros(len(specs))
        self._now = 0
        self._dropped = False

    def _set_service(self) -> None:
        """Set rates at the booths and in the second line, units per hour and officer.

        Where officers are trained, by the minutes of the second line of trained ones.
        """
        rows = self._rows
        first = np.array([s.first_line.value for s in rows]) / 60.0
        second = np.array([
            (s.second_line_trained if trained and s.second_line_trained else s.second_line).value
            for s, trained in zip(rows, self._trained[self.post_of], strict=True)
        ]) / 60.0  # fmt: skip
        self._share: F64 = np.array([s.second_line_share.value for s in rows])
        self._occupancy: F64 = np.array([s.persons_per_unit.value for s in rows])
        # Where every officer sits in a booth, the booth does the second line as well.
        alone = self.booth_share[self.post_of] >= 1.0
        booth = first + np.where(alone, self._share * second, 0.0)
        self.sent: F64 = np.where(alone, 0.0, self._share)
        if rows and booth.min() <= 0.0:
            row = int(booth.argmin())
            raise ModelError(
                f"post {self.ids[self.post_of[row]]}, stream {self.streams[row]}: the first line "
                "takes no time; set first_line above 0 min"
            )
        self.booth_rate: F64 = 1.0 / booth
        demand = np.array([s.demand.value for s in rows]) * self.sent
        weight = self._by_post(demand)
        work = self._by_post(demand * second)
        self.second_rate: F64 = np.divide(weight, work, out=np.zeros_like(work), where=work > 0.0)

    def _set_demand(self, rows: Sequence[Any], demand: Demand) -> None:
        keys = [(s.pattern, self._zones[p]) for s, p in zip(rows, self.post_of, strict=True)]
        distinct = sorted(set(keys))
        table = [demand.factors(*key) for key in distinct]
        self._factors: F64 = np.array(table).reshape(len(distinct), -1)
        self._factor_of = np.array([distinct.index(key) for key in keys], dtype=np.intp)
        self._demand: F64 = np.array([s.demand.value / 24.0 for s in rows])
        civil = [demand.calendar(zone).hour for zone in self._zones]
        #: Civil hour at each post, shape (hours, posts).
        self._civil = np.ascontiguousarray(np.array(civil, np.int8).reshape(len(civil), -1).T)

    def _by_post(self, values: F64) -> F64:
        return np.asarray(np.add.reduceat(values, self.first, axis=0)) if len(values) else values

    def row(self, post: str, stream: str | None = None) -> int:
        """Return the row of a stream of a post; its first stream where none is named."""
        i = self.ids.index(post)
        names = [str(s.id) for s in self._specs[i].streams]
        return int(self.first[i]) + (0 if stream is None else names.index(stream))

    def value(self, post: int, quantity: str) -> Any:
        """Return a quantity a measure may set: open, hours, lanes.STREAM, methods, trained."""
        if quantity == "open":
            return bool(self.open[post])
        if quantity == "hours":
            return self.hours[post]
        if quantity == "methods":
            return self.inspection.methods[post]
        if quantity == "trained":
            return bool(self.inspection.trained[post])
        return float(self.lanes[self._lane_row(post, quantity)])

    def change(self, post: int, quantity: str, value: Any) -> None:
        """Set a quantity of a post, as a measure does and reverts.

        Raises:
            ModelError: Posts have no such quantity, or the post no such stream.
        """
        self.hold()
        if quantity == "open":
            self.open[post] = bool(value)
        elif quantity == "hours":
            self.set_hours(post, str(value))
        elif quantity == "methods":
            self.set_methods(post, methods=tuple(value))
        elif quantity == "trained":
            self.set_methods(post, trained=bool(value))
        else:
            self.lanes[self._lane_row(post, quantity)] = float(value)

    def learned(self, post: int) -> bool:
        """Return whether a post's officers have learnt their guests' methods."""
        return bool(self.inspection.learned[post])

    def learn(self, post: int, learned: bool) -> None:
        """Let a post's officers work by the methods of their guests, or by their own again."""
        self.hold()
        self.inspection.learned[post] = learned
        self.inspection.refresh()
        self._select_service()

    def _select_service(self) -> None:
        """Select the row of processing times: of trained officers or of others."""
        trained = self.inspection.trained | self.inspection.learned
        if (trained != self._trained).any():
            self._trained = trained
            self._set_service()

    def _lane_row(self, post: int, quantity: str) -> int:
        kind, _, stream = quantity.partition(".")
        if kind != "lanes" or stream not in [s.id for s in self._specs[post].streams]:
            raise ModelError(f"post {self.ids[post]} has no quantity {quantity!r}")
        return self.row(self.ids[post], stream)

    def state_of(self, post: int) -> dict[str, float]:
        """Return units waiting at the booths and officers on duty of a post, now."""
        mine = self.post_of == post
        return {
            "units_waiting": float(self.queue[mine].sum()),
            "officers_on_duty": float(self._duty[post]),
        }

    def set_hours(self, post: int, hours: str) -> None:
        """Set the opening hours of a post, civil time of its place."""
        self._spans[post] = Span.parse(hours, f"post {self.ids[post]}.hours").shares()
        self.hours[post] = hours
        # Hours from each hour of day until the post opens, 0 where it is open.
        open_hours = self._spans[post] > 0.0
        ahead = (np.arange(24)[:, None] + np.arange(24)) % 24
        self._until_open[post] = open_hours[ahead].argmax(axis=1)

    def set_methods(
        self, post: int, methods: Sequence[str] | None = None, trained: bool | None = None
    ) -> None:
        """Set the search methods in use at a post, whether its officers are trained, or both."""
        if methods is not None:
            self.inspection.methods[post] = tuple(methods)
        if trained is not None:
            self.inspection.trained[post] = trained
        self.inspection.refresh()
        self._select_service()

    # What the queues ask for (post_days.PostLines) ------------------------------------------

    def demand(self, rows: NDArray[np.intp], hours: NDArray[np.intp]) -> F64:
        """Return lawful units arriving in an hour, for (row, hour) pairs that broadcast."""
        return np.asarray(self._factors[self._factor_of[rows], hours] * self._demand[rows])

    def opening(self, posts: NDArray[np.intp], hours: NDArray[np.intp]) -> F64:
        """Return the share of an hour a post is open, for (post, hour) pairs that broadcast."""
        return np.asarray(self._spans[posts, self._civil[hours, posts]] * self.open[posts])

    def until_open(self, posts: NDArray[np.intp], hours: NDArray[np.intp]) -> F64:
        """Return hours until a post opens, 0 while it is open, infinite while it is closed."""
        last = len(self._civil) - 1
        wait = self._until_open[posts, self._civil[np.minimum(hours, last), posts]]
        return np.where(self.open[posts], wait, np.inf)

    # Moving -------------------------------------------------------------------------------

    def plan(self, hour: int, window: int, duty: NDArray[Any]) -> None:
        """Move the queues of whole days ahead at once (see ``post_days``); ``step`` then plays.

        Args:
            hour: First hour, the one reached so far.
            window: Hours of every window to come, a divisor of 24.
            duty: Officers on duty, shape (posts, hours), hours a multiple of 24.
        """
        self.hold()
        if self.ids and duty.shape[1]:
            ahead = known_days(self, hour, window, duty.astype(float), self._state)
            self._ahead = ahead
            self._by_window = tuple(
                np.ascontiguousarray(part.T) for part in (ahead.waits, ahead.queues, ahead.staffed)
            )

    def plan_was_dropped(self) -> bool:
        """Return whether a plan was ever dropped before its end."""
        return self._dropped

    def hold(self) -> None:
        """Drop the plan, the queues standing as they stand now; before anything changes."""
        if self._ahead is not None:
            self._dropped |= self._now < self._ahead.end
            self._state = self._ahead.standing(self._now)
            self._ahead = None
        elif self._copies is not None:
            self._state = self._copies.state()
        self._copies = None

    def step(self, hour: int, hours: int, officers_on_duty: NDArray[Any]) -> None:
        """Advance every queue over a window, by the plan if one covers it.

        Args:
            hour: First hour of the window.
            hours: Its length, hours.
            officers_on_duty: By post, shape (posts,) or (posts, hours); a plan has its own.
        """
        if self.ids and not self.play(hour, hours):
            self._move(hour, hours, officers_on_duty)
            self._now = hour + hours

    def play(self, hour: int, hours: int) -> bool:
        """Advance every queue over a window by the plan in force; return whether it covers it."""
        ahead, end = self._ahead, hour + hours
        if ahead is None or end > ahead.end:
            return False
        begin = hour - ahead.begin
        self._day.append((ahead.served, ahead.waited, ahead.duty, begin, begin + hours))
        window = begin // ahead.window
        waits, queues, staffed = self._by_window
        self._waits, self._queue, self._staffed = waits[window], queues[window], staffed[window]
        self._duty = ahead.duty[:, begin + hours - 1]
        if begin % DAY == 0:
            self.turned_away += ahead.turned_away[:, begin // DAY]
        self._now = end
        return True

    def _move(self, hour: int, hours: int, officers_on_duty: NDArray[Any]) -> None:
        duty = np.asarray(officers_on_duty, dtype=float)
        duty = np.broadcast_to(duty.reshape(len(self.ids), -1), (len(self.ids), hours))
        if self._ahead is not None:
            self.hold()
        if self._copies is None:
            self._copies = PostCopies(self, self._every, self._state)
        copies, when = self._copies, hour + np.arange(hours)[None, :]
        wanted = self.demand(np.arange(len(self.streams))[:, None], when)
        opening = self.opening(self._every[:, None], when)
        served, waited = copies.step(duty, wanted, opening)
        self._day.append((served.T, waited.T, duty, 0, hours))
        self.turned_away += (wanted - wanted * opening[self.post_of]).sum(axis=1)
        waiting = copies.waiting()
        closed = self.until_open(self._every, np.array(hour + hours))
        now = copies.state().present, waiting, copies.service(), closed
        joining = joining_waits(self, *(values[:, None] for values in now))
        self._waits = np.ascontiguousarray(joining[:, 0])
        self._queue = waiting[: len(self.streams)]
        self._staffed = np.ascontiguousarray(copies.staffed()[: len(self.streams)])
        self._duty = duty[:, -1]

    @property
    def waits(self) -> F64:
        """Mean wait of a unit joining now, second line included, hours, shape (rows,).

        At a post outside its hours, the time until it opens and until those before are through
        all its lanes; at an open post without an officer in the booth, an hour and the time
        until those before are through one lane: ask again then. Infinite at a closed post.
        """
        return self._waits

    def meet(
        self,
        rows: NDArray[np.intp],
        leg: NDArray[np.intp],
        due: NDArray[np.int32],
        base: U64,
        persons: NDArray[np.uint8],
        reaching: int,
        hour: int,
        crowd: NDArray[Any],
        ways: NDArray[np.intp],
        alerts: Lists = NOTHING_LISTED,
        known: NDArray[np.bool_] | None = None,
    ) -> Met:
        """Serve who comes within the hour, inspect those, and count persons tried and found.

        Somebody is at the counter of a stream while the post is open and a booth staffed. Served
        is who would wait less than an hour, or has waited. Claims at the counter are neither
        tried nor found: they are lawful.

        Args:
            rows: Row of each party in the crowd.
            leg: Leg of each party.
            due: Hour at which it comes.
            base: ``Draws.event_base(key, moves)`` of each; its draws are keyed (key, moves, post).
            persons: Persons in it.
            reaching: How many of them, the first ones, come now; the others have queued.
            hour: Hour now.
            crowd: Records of the crowd: which vehicle and which document a party comes with.
            ways: By leg its row, the use of its post and the post's country, shape (legs, 3).
            alerts: Vehicles and documents listed (``cooperation.alerts``).
            known: Whether a guest officer knows the document shown; it is then searched as by
                trained officers.
        """
        size = leg.size
        outcome, fared = np.empty(size, np.int8), np.empty(size, np.uint8)
        which = np.empty((4, size), np.intp)
        found, claims, shut, late = kernel.meet(
            rows, leg, due, base, persons, reaching, hour, crowd, ways, self.inspection.streams,
            self.open, self._spans, self._civil, self._staffed, self._waits,
            _NOBODY_KNOWN if known is None else known, *alerts, outcome, fared, which,
            self._by_outcome,
        )  # fmt: skip
        return Met(
            outcome, fared, which[0, :found], which[1, :claims], which[2, :shut],
            which[3, :late],
        )  # fmt: skip

    @property
    def queue(self) -> F64:
        """Units waiting at the booths now, shape (rows,)."""
        return self._queue

    def persons_so_far(self) -> NDArray[np.int64]:
        """Return persons who tried irregular uses, and those found, since the start, (2, rows)."""
        tried, found, _ = self._today()
        return np.asarray(self._closed + np.array((tried, found)))

    def _today(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return persons who tried irregular uses, were found, and were refused, by row."""
        refused = self._by_outcome[REFUSED]
        found = self._by_outcome[INTERCEPTED] + refused
        return self._by_outcome[PASSED] + found, found, refused

    def found_share(
        self, post: NDArray[Any], use: NDArray[Any], stream: NDArray[Any] | int = 0
    ) -> F64:
        """Return P(found) of irregular uses without an alert, over parties with and without cue."""
        return self.inspection.found_share(self.first[post] + stream, use)

    def _books(self) -> dict[str, F64]:
        """Return what the queues leave in the day's books; from the plan, if it had all day."""
        ahead, begin = self._ahead, self._now - DAY
        if ahead is not None and begin >= ahead.begin and (begin - ahead.begin) % DAY == 0:
            day = (begin - ahead.begin) // DAY
            if len(self._day) * ahead.window == DAY:
                return {name: values[:, day] for name, values in ahead.books.items()}
        served, waited, duty = (
            np.concatenate([part[i][:, part[3] : part[4]] for part in self._day], axis=1)
            for i in range(3)
        )
        return day_books(served, waited, duty, self.sent, self.post_of)

    def daily(self) -> dict[str, Any]:
        """Return the day's columns of the ``posts`` table, and begin the next day.

        All but ``day``, shape ``(rows,)`` each. What they hold of waits is told in ``post_books``.
        """
        books = self._books()
        tried, found, refused = self._today()
        units = books["served"]
        columns = {
            "post": self.post_names,
            "stream": self.stream_names,
            "served": units,
            "persons": units * self._occupancy,
            **books,
            "tried": tried,
            "found": found,
            "refused": refused.copy(),
            "false_alerts": units * self._share,
        }
        self._day = []
        self._closed += (tried, found)
        self._by_outcome.fill(0)
        return columns
