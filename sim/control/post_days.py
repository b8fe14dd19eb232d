"""Many days of the posts' queues at once.

Lawful traffic and rosters do not depend on who else is on the road, so the queues of a stretch of
days without a change are known beforehand. A day's queues follow from the day before only through
what stands in them at its start, mostly nothing. So all days are moved side by side from empty
queues, days that are alike once for all; where a day ends otherwise than the next one was started,
that one is moved again, up to the window that ends as it did before, until none is left. The
result is exactly that of moving one day after another, wherever a stretch is cut: a plan that
leaves the posts alone must leave their queues alone to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.control.fluid_queue import FluidQueues, TableStack
from sim.control.lanes import as_servers, staff_lanes
from sim.control.post_books import day_books
from sim.errors import ModelError
from sim.kernels import post_days as kernels

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

DAY = 24


class PostLines(Protocol):
    """What the queues need of posts (`sim.control.posts.Posts`); rows are streams by post."""

    post_of: Index
    first: Index
    lanes: F64
    booth_share: F64
    booth_rate: F64
    second_rate: F64
    sent: F64
    batches: Index
    substeps: int

    def demand(self, rows: Index, hours: Index) -> F64:
        """Return lawful units an hour for (row, hour) pairs that broadcast."""

    def opening(self, posts: Index, hours: Index) -> F64:
        """Return the share of the hour a post is open, for pairs that broadcast."""

    def until_open(self, posts: Index, hours: Index) -> F64:
        """Return hours until a post opens, 0 if it is open, infinite if it is closed."""


@dataclass
class QueueState:
    """What stands in queues: booths of all copies, then a second line a copy.

    A last axis may tell moments apart.

    Attributes:
        present: Units present, shape (booth rows + copies,).
        variance: Variance of the number present, 0 where the row is at rest, same shape.
        resting: Whether the row is at rest, same shape.
        carried: Units on the way to the second line, shape (copies,).
    """

    present: F64
    variance: F64
    resting: NDArray[np.bool_]
    carried: F64

    @classmethod
    def empty(cls, rows: int, copies: int) -> QueueState:
        """Return empty queues."""
        both = rows + copies
        return cls(np.zeros(both), np.zeros(both), np.ones(both, bool), np.zeros(copies))

    def at(self, lines: Index, copies: Index, of: Index, moment: Index) -> QueueState:
        """Return what stands in some lines of some copies, each copy at a moment of its own.

        Args:
            lines: Booth rows, then second lines.
            copies: The copies.
            of: Position among ``copies`` of the copy each line belongs to.
            moment: Moment of each copy.
        """
        when = moment[of]
        return QueueState(
            self.present[lines, when], self.variance[lines, when], self.resting[lines, when],
            self.carried[copies, moment],
        )  # fmt: skip

    def put(self, lines: Index, copies: Index, of: Index, moment: Index, state: QueueState) -> None:
        """Put what stands in some lines of some copies; see ``at``."""
        when = moment[of]
        self.present[lines, when], self.variance[lines, when] = state.present, state.variance
        self.resting[lines, when], self.carried[copies, moment] = state.resting, state.carried

    def of_some(self, lines: Index | NDArray[np.bool_] | slice, copies: Index) -> QueueState:
        """Return what stands in some of the lines and copies."""
        return QueueState(
            self.present[lines], self.variance[lines], self.resting[lines], self.carried[copies]
        )


class PostCopies:
    """Copies of posts moved together window by window.

    Attributes:
        which: Post of each copy, shape (copies,).
        rows: Booth rows of all copies, one after the other.
        copy_of: Copy of each of ``rows``.
        first: Position of the first of each copy's rows, shape (copies,).
        lines: ``rows``, then the second line of each copy, numbered after all posts' booth rows.
        of: Copy of each of ``lines``.
    """

    def __init__(
        self, posts: PostLines, which: Index, state: QueueState, tables: TableStack | None = None
    ) -> None:
        """Set the copies up.

        Args:
            posts: The posts.
            which: Post of each copy.
            state: What stands in their queues.
            tables: Tables of queues, shared with others; their own if None.
        """
        self.which = which
        self.rows, self.copy_of = rows_of(posts, which)
        self.first = first_of(self.copy_of, len(which))
        self.lines = np.concatenate([self.rows, len(posts.post_of) + which])
        self.of = np.concatenate([self.copy_of, np.arange(len(which))])
        self._posts, self._tables = posts, tables
        kinds = np.concatenate([posts.batches[self.rows], np.ones(len(which), np.intp)])
        self._queues = FluidQueues(kinds, posts.substeps, tables)
        self._queues.restore(state.present, state.variance, state.resting)
        self._carried = state.carried.copy()
        self._sent = posts.sent[self.rows]
        rates = np.concatenate([posts.booth_rate[self.rows], posts.second_rate[which]])
        self._rates = rates[:, None]
        self._lanes = posts.lanes[self.rows][:, None]
        self._booth_share = posts.booth_share[which][:, None]
        self._manned = np.ones(len(self.lines), dtype=np.bool_)

    def kept(self, some: NDArray[np.bool_]) -> PostCopies:
        """Return some of the copies, to be moved on."""
        state = self.state().of_some(some[self.of], some.nonzero()[0])
        return PostCopies(self._posts, self.which[some], state, self._tables)

    def state(self) -> QueueState:
        """Return what stands in the queues now."""
        present, variance, resting = self._queues.stand()
        return QueueState(present, variance, resting, self._carried.copy())

    def _by_copy(self, values: F64) -> F64:
        return np.asarray(np.add.reduceat(values, self.first, axis=0))

    def step(self, duty: F64, wanted: F64, opening: F64) -> tuple[F64, F64]:
        """Advance over a window and return what was served and waited.

        Args:
            duty: Officers on duty, shape (copies, hours).
            wanted: Lawful units that come to each booth row, (booth rows, hours).
            opening: Share of the hour each copy is open, (copies, hours).

        Returns:
            Units served and unit-hours waited, both (hours, booth rows + copies).
        """
        open_ = opening[self.of]
        rows, hours = wanted.shape
        arrivals = wanted * open_[:rows]
        # At least the one unit that may come, so that no stream is left without an officer.
        need = np.maximum(arrivals + self._queues.present[:rows, None] / hours, 1.0)
        need /= self._rates[:rows]
        booths = duty * self._booth_share
        staffed = staff_lanes(booths, need, self._lanes, self.first, self.copy_of)
        # A booth shared by few officers may count more than them; the rest stay where they are.
        second = duty - np.minimum(self._by_copy(staffed), booths)
        officers = np.concatenate([staffed, second])
        self._manned = np.asarray(officers[:, -1] > 0.0)
        servers, speed = as_servers(officers)
        rate = self._rates * speed
        rate *= open_
        self._queues.set_servers(servers.T.copy(), rate.T.copy())
        most = (rate * servers)[:rows].T.copy()
        moved = [self._hour(k, come, most[k]) for k, come in enumerate(arrivals.T.copy())]
        served, waited = (np.array(part) for part in zip(*moved, strict=True))
        return served, waited

    def _hour(self, k: int, arrivals: F64, most: F64) -> tuple[F64, F64]:
        """Advance the booths and, with what they let out, the second lines by one hour."""
        rows = arrivals.shape[0]
        # The second line is fed with what the booths are about to release; the difference to
        # what they did release is carried to the next hour, so that no unit is lost.
        release = np.minimum(arrivals + self._queues.present[:rows], most)
        release *= self._sent
        feed = self._by_copy(release)
        feed += self._carried
        fed = np.maximum(feed, 0.0)
        served, waiting = self._queues.advance(np.concatenate([arrivals, fed]), k)
        release -= served[:rows] * self._sent
        self._carried = feed - fed - self._by_copy(release)
        return served, waiting

    def waiting(self) -> F64:
        """Return the units waiting in each line now."""
        return self._queues.waiting()

    def service(self) -> F64:
        """Return units an hour and server of each line in the last hour."""
        return self._queues.service

    def staffed(self) -> NDArray[np.bool_]:
        """Return whether an officer sits in each line, open or not."""
        return self._manned


def joining_waits(
    posts: PostLines, present: F64, waiting: F64, service: F64, until_open: F64
) -> F64:
    """Return the mean wait, hours, of units that join the booth rows of all posts; see ``Posts``.

    Args:
        posts: The posts.
        present: Units present, by booth row and then second line, at some moments, shape (rows +
            posts, moments).
        waiting: Those of them that wait, same shape.
        service: Units an hour and server in the last hour, same shape.
        until_open: Hours until a post opens, shape (posts, moments).

    Returns:
        Waits, shape (rows, moments).
    """
    rows, post_of = len(posts.post_of), posts.post_of
    pace = service * (present - waiting)
    every = np.divide(waiting, pace, out=np.zeros_like(pace), where=pace > 1e-9)
    waits = every[:rows] + posts.sent[:, None] * every[rows:][post_of]
    idle = service[:rows] <= 0.0
    if idle.any():
        closed = until_open[post_of]
        lanes = np.where(closed > 0.0, np.maximum(posts.lanes, 1.0)[:, None], 1.0)
        later = np.maximum(closed, 1.0) + waiting[:rows] / (lanes * posts.booth_rate[:, None])
        waits = np.where(idle, later, waits)
    return np.asarray(waits)


@dataclass
class Trajectory:
    """Queues of all posts over a stretch of whole days from ``begin``.

    Attributes:
        begin: First hour.
        window: Hours of a window.
        served: Units served by booth row, then second line; (rows + posts, hours).
        waited: Unit-hours waited, same shape.
        waits: Wait of a unit joining at the end of each window, (rows, windows).
        queues: Units waiting at the booths at the end of each window, (rows, windows).
        staffed: Whether an officer sat in a booth in each window's last open hour, likewise.
        turned_away: Units turned away, (rows, days).
        books: What is written of each day (``post_books``), arrays (rows, days).
        stands: What stands in the queues at each window's start and at the end, arrays with a
            last axis of windows + 1.
        duty: Officers on duty, (posts, hours).
    """

    begin: int
    window: int
    served: F64
    waited: F64
    waits: F64
    queues: F64
    staffed: NDArray[np.bool_]
    turned_away: F64
    books: dict[str, F64]
    stands: QueueState
    duty: F64

    def standing(self, hour: int) -> QueueState:
        """Return what stands in the queues at the start of the window of an hour, or at the end."""
        s, window = self.stands, (hour - self.begin) // self.window
        return QueueState(
            s.present[:, window], s.variance[:, window], s.resting[:, window], s.carried[:, window]
        )

    @property
    def end(self) -> int:
        """First hour it does not cover."""
        return self.begin + int(self.served.shape[1])


class _Question:
    """All that a stretch of days depends on, hashable by value, so that it is moved once a process.

    The queues hang on no draw: every replicate of a plan asks the same question.
    """

    def __init__(
        self, posts: PostLines, begin: int, window: int, duty: F64, state: QueueState
    ) -> None:
        self._asked: tuple[PostLines, int, int, F64, QueueState] | None
        self._asked = (posts, begin, window, duty, state)
        rows, every = np.arange(len(posts.post_of))[:, None], np.arange(len(posts.first))[:, None]
        hours = begin + np.arange(duty.shape[1])[None, :]
        end = np.append(hours, [[begin + duty.shape[1]]], axis=1)
        digest = blake2b(repr((begin, window, duty.shape, posts.substeps)).encode())
        for part in (
            posts.post_of, posts.first, posts.lanes, posts.booth_share, posts.booth_rate,
            posts.second_rate, posts.sent, posts.batches, posts.demand(rows, hours),
            posts.opening(every, hours), posts.until_open(every, end), duty, state.present,
            state.variance, state.resting, state.carried,
        ):  # fmt: skip
            digest.update(np.ascontiguousarray(part).tobytes())
        self._key = digest.digest()

    def answer(self) -> Trajectory:
        """Return the queues, and forget what they were made from."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        return run_days(*asked)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and other._key == self._key


@lru_cache(maxsize=8)
def _answer(question: _Question) -> Trajectory:
    found = question.answer()
    for part in (vars(found), vars(found.stands), found.books):
        for values in part.values():
            if isinstance(values, np.ndarray):
                values.flags.writeable = False
    return found


def known_days(
    posts: PostLines, begin: int, window: int, duty: F64, state: QueueState
) -> Trajectory:
    """Return the same as ``run_days``, from memory where this process has moved them before.

    What is returned is shared, so its arrays refuse to be changed.
    """
    return _answer(_Question(posts, begin, window, duty, state))


def run_days(posts: PostLines, begin: int, window: int, duty: F64, state: QueueState) -> Trajectory:
    """Return the queues over whole days from ``begin``, what stood in them being ``state``.

    Args:
        posts: The posts.
        begin: First hour.
        window: Hours of a window, a divisor of 24.
        duty: Officers on duty, shape (posts, hours); hours a multiple of 24.
        state: Queues of one copy of every post at ``begin``.
    """
    return _Stretch(posts, begin, window, duty, state).moved()


class _Movers:
    """Days of posts being moved, each by a copy of its post that may move others as well.

    Attributes:
        post: Post of each, shape (movers,).
        window: Window that comes next, same shape.
        copy: Copy that moves it, same shape.
        first: Position of the first booth row of each, same shape.
        lines: Booth rows of all, then their second lines; see ``PostCopies``.
        of: Mover of each of ``lines``.
        source: Position of each of ``lines`` among those of the copies.
    """

    def __init__(
        self, posts: PostLines, copies: PostCopies, post: Index, window: Index, copy: Index
    ) -> None:
        self.post, self.window, self.copy = post, window, copy
        self.source: Index
        if len(post) == len(copies.which):
            self.first, self.lines, self.of = copies.first, copies.lines, copies.of
            self.source = np.arange(len(copies.lines))
            return
        rows, owner = rows_of(posts, post)
        self.first = first_of(owner, len(post))
        self.lines = np.concatenate([rows, len(posts.post_of) + post])
        self.of = np.concatenate([owner, np.arange(len(post))])
        booths = np.arange(len(rows)) + (copies.first[copy] - self.first)[owner]
        self.source = np.concatenate([booths, len(copies.rows) + copy])


class _Stretch:
    """Some days of all posts' queues, moved until each starts as the one before it ends.

    Days of a post are alike if the same comes, is open and on duty, if the same came of them when
    they were moved before, and the same stands at their start: one is moved for all.
    """

    def __init__(
        self, posts: PostLines, begin: int, window: int, duty: F64, state: QueueState
    ) -> None:
        """Begin with empty queues at the start of every day but the first.

        Args:
            posts: The posts.
            begin: First hour.
            window: Hours of a window.
            duty: Officers on duty, shape (posts, hours).
            state: What stands in the queues at ``begin``.
        """
        self._posts, self._begin, self._window, self._all_duty = posts, begin, window, duty
        count, hours = duty.shape
        rows, self._days = len(posts.post_of), hours // DAY
        self._per_day = DAY // window
        windows, lines = hours // window, rows + count
        self._every = np.arange(count)
        when = begin + np.arange(hours)[None, :]
        by_window = (-1, windows, window)
        self._duty = np.ascontiguousarray(duty).reshape(by_window)
        self._opening = posts.opening(self._every[:, None], when).reshape(by_window)
        self._wanted = posts.demand(np.arange(rows)[:, None], when).reshape(by_window)
        self._served, self._waited = np.zeros((2, lines, windows, window))
        self._waiting, self._service = np.zeros((lines, windows)), np.zeros((lines, windows))
        self._staffed = np.zeros((lines, windows), dtype=np.bool_)
        moments = windows + 1
        self._stands = QueueState(
            np.full((lines, moments), np.nan), np.zeros((lines, moments)),
            np.ones((lines, moments), dtype=np.bool_), np.zeros((count, moments)),
        )  # fmt: skip
        self._stands.present[:, :: self._per_day] = 0.0
        first = np.arange(lines), self._every, np.append(posts.post_of, self._every)
        self._stands.put(*first, np.zeros(count, dtype=np.intp), state)
        counts = np.bincount(posts.post_of, minlength=count)
        within = np.arange(counts.max(initial=0) + 1)
        #: Booth rows of each post and its second line, that repeated where it has fewer rows.
        self._lines_of = np.where(
            within < counts[:, None], posts.first[:, None] + within, rows + self._every[:, None]
        )
        self._tables = TableStack()
        #: What came of each day so far, equal numbers for equal days, shape (days, posts).
        self._outcome = self._kinds()
        self._outcomes = int(self._outcome.max(initial=0)) + 1

    def _kinds(self) -> Index:
        """Return numbers of the days, equal if the same comes, is open and on duty."""
        kinds = np.empty((self._days, len(self._every)), dtype=np.intp)
        met = 0
        for post, lines in enumerate(self._lines_of):
            rows = lines[lines < len(self._posts.post_of)]
            known = np.concatenate(
                [self._wanted[rows], self._opening[[post]], self._duty[[post]]]
            ).reshape(-1, self._days, DAY)
            first, kinds[:, post] = _alike(known.swapaxes(0, 1))
            kinds[:, post] += met
            met += len(first)
        return kinds

    def moved(self) -> Trajectory:
        """Move all days until they settle."""
        day, post = (a.ravel() for a in np.indices(self._outcome.shape))
        for _ in range(self._days + 1):
            if not len(post):
                return self._trajectory()
            post, day = self._move(post, day)
        raise ModelError("queues of posts do not settle from day to day")

    def _move(self, post: Index, day: Index) -> tuple[Index, Index]:
        """Move some (post, day) pairs from their starts; return the pairs whose start changes."""
        stands, begin = self._stands, day * self._per_day
        lines, at = self._lines_of[post], begin[:, None]
        which, copy = _alike(np.concatenate([
            self._outcome[day, post][:, None], stands.present[lines, at],
            stands.variance[lines, at], stands.resting[lines, at],
            stands.carried[post, begin][:, None],
        ], axis=1))  # fmt: skip
        self._outcome[day, post] = self._outcomes + copy
        self._outcomes += len(which)
        rows, owner = rows_of(self._posts, post[which])
        lines = np.concatenate([rows, len(self._posts.post_of) + post[which]])
        of = np.concatenate([owner, np.arange(len(which))])
        start = stands.at(lines, post[which], of, begin[which])
        copies = PostCopies(self._posts, post[which], start, self._tables)
        movers = _Movers(self._posts, copies, post, begin, copy)
        for _ in range(self._per_day - 1):
            otherwise = self._step(copies, movers)
            if not otherwise.all():
                if not otherwise.any():
                    return post[:0], day[:0]
                copies, movers = self._kept(copies, movers, otherwise)
        again = self._step(copies, movers)
        day = movers.window // self._per_day
        again &= day < self._days
        return movers.post[again], day[again]

    def _step(self, copies: PostCopies, movers: _Movers) -> NDArray[np.bool_]:
        """Move all by a window; return which of the movers end it otherwise than before."""
        stands, otherwise = self._stands, np.empty(len(movers.post), np.bool_)
        at = np.empty(len(copies.which), dtype=np.intp)
        at[movers.copy] = movers.window
        served, waited = copies.step(
            self._duty[copies.which, at], self._wanted[copies.rows, at[copies.copy_of]],
            self._opening[copies.which, at],
        )  # fmt: skip
        ends = copies.state()
        kernels.keep(
            movers.lines, movers.of, movers.source, movers.post, movers.copy, movers.window,
            served, waited, copies.waiting(), copies.service(), copies.staffed(),
            ends.present, ends.variance, ends.resting, ends.carried,
            self._served, self._waited, self._waiting, self._service, self._staffed,
            stands.present, stands.variance, stands.resting, stands.carried, otherwise,
        )  # fmt: skip
        movers.window = movers.window + 1
        return otherwise

    def _kept(
        self, copies: PostCopies, movers: _Movers, some: NDArray[np.bool_]
    ) -> tuple[PostCopies, _Movers]:
        """Go on with some of the movers; all that one copy moves go on or stop together."""
        goes_on = np.zeros(len(copies.which), dtype=np.bool_)
        goes_on[movers.copy[some]] = True
        copy = (np.cumsum(goes_on) - 1)[movers.copy[some]]
        copies = copies.kept(goes_on)
        post, window = movers.post[some], movers.window[some]
        return copies, _Movers(self._posts, copies, post, window, copy)

    def _trajectory(self) -> Trajectory:
        """Return what is kept of the queues."""
        posts, shape = self._posts, self._all_duty.shape
        rows, window = len(posts.post_of), self._window
        ends = self._begin + window * np.arange(1, self._waiting.shape[1] + 1)
        closed = posts.until_open(self._every[:, None], ends[None, :])
        waits = joining_waits(
            posts, self._stands.present[:, 1:], self._waiting, self._service, closed
        )
        away = self._wanted - self._wanted * self._opening[posts.post_of]
        by_day = away.sum(axis=2).reshape(rows, self._days, self._per_day)
        turned_away = np.zeros((rows, self._days))
        for k in range(self._per_day):
            turned_away += by_day[:, :, k]
        return Trajectory(
            self._begin, window, self._served.reshape(-1, shape[1]),
            self._waited.reshape(-1, shape[1]), waits, self._waiting[:rows].copy(),
            self._staffed[:rows].copy(),
            turned_away, self._books(), self._stands, self._all_duty,
        )  # fmt: skip

    def _books(self) -> dict[str, F64]:
        """Return what is written of each day, made once for all days that came to the same."""
        posts, post_of = self._posts, self._posts.post_of
        lines = len(post_of)
        _, which, number = np.unique(self._outcome, return_index=True, return_inverse=True)
        day, post = np.divmod(which, len(self._every))
        rows, owner = rows_of(posts, post)
        some = np.concatenate([rows, lines + post]), np.concatenate([day[owner], day])
        by_day = (-1, self._days, DAY)
        columns = day_books(
            self._served.reshape(by_day)[some], self._waited.reshape(by_day)[some],
            self._duty.reshape(by_day)[post, day], posts.sent[rows], owner,
        )  # fmt: skip
        first = first_of(owner, len(post))[number.reshape(self._outcome.shape)]
        within = np.arange(lines) - posts.first[post_of]
        at = first.T[post_of] + within[:, None]
        return {name: values[at] for name, values in columns.items()}


def _alike(values: NDArray[Any]) -> tuple[Index, Index]:
    """Return the first of each distinct row, and for each row which of these it equals.

    Rows are equal if they are to the last bit.
    """
    count = len(values)
    words = np.ascontiguousarray(values, np.float64).reshape(count, -1).view(np.uint64)
    slots = np.full(1 << (2 * count).bit_length(), -1, np.intp)
    first, number = np.empty((2, count), np.intp)
    return first[: kernels.number_alike(words, slots, first, number)], number


def first_of(owner: Index, count: int) -> Index:
    """Return the position of the first row of each owner, rows being sorted by owner."""
    rows = np.bincount(owner, minlength=count)
    return (np.cumsum(rows) - rows).astype(np.intp)


def rows_of(posts: PostLines, post: Index) -> tuple[Index, Index]:
    """Return the booth rows of posts, one after the other, and the position of each one's post."""
    counts = np.bincount(posts.post_of, minlength=len(posts.first))[post]
    owner = np.repeat(np.arange(len(post)), counts)
    within = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    return posts.first[post][owner] + within, owner
