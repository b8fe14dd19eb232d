"""Many days of the posts' queues at once.

Lawful traffic and rosters do not depend on who else is on the road, so the queues of a stretch of
days without a change are known beforehand. A day's queues follow from the day before only through
what stands in them at its start, mostly nothing. So all days are moved side by side from guessed
starts; where a day ends otherwise than the next one was started, that day is moved again, until
none is left. The result is exactly that of moving one day after another, wherever a stretch is
cut: a plan that leaves the posts alone must leave their queues alone to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.control.fluid_queue import FluidQueues
from sim.control.lanes import as_servers, staff_lanes
from sim.errors import ModelError

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

DAY = 24
_HALF_DAY = 12


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

    Attributes:
        present: Units present, shape (booth rows + copies,).
        variance: Variance of the number present, same shape.
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


class PostCopies:
    """Copies of posts, each at an hour of its own, moved together window by window.

    Args:
        posts: The posts.
        which: Post of each copy, shape (copies,).
        begin: First hour of each copy, shape (copies,).
        state: What stands in the queues at the start.
    """

    def __init__(self, posts: PostLines, which: Index, begin: Index, state: QueueState) -> None:
        self.rows, self.copy_of = rows_of(posts, which)
        counts = np.bincount(self.copy_of, minlength=len(which))
        self.first = (np.cumsum(counts) - counts).astype(np.intp)
        self._posts, self._which, self._begin = posts, which, begin
        kinds = np.concatenate([posts.batches[self.rows], np.ones(len(which), np.intp)])
        self._queues = FluidQueues(kinds, posts.substeps)
        self._queues.restore(state.present, state.variance, state.resting)
        self._carried = state.carried.copy()
        self._booth_rate, self._sent = posts.booth_rate[self.rows], posts.sent[self.rows]
        self._second_rate = posts.second_rate[which]
        self._lanes = posts.lanes[self.rows][:, None]
        self._booth_share = posts.booth_share[which][:, None]
        self._at = 0
        self._manned = np.ones(len(self.rows), dtype=np.bool_)

    def state(self) -> QueueState:
        """Return what stands in the queues now."""
        present, variance, resting = self._queues.stand()
        return QueueState(present, variance, resting, self._carried.copy())

    def _by_copy(self, values: F64) -> F64:
        return np.asarray(np.add.reduceat(values, self.first, axis=0))

    def step(self, hours: int, duty: F64) -> tuple[F64, F64, F64]:
        """Advance over a window and return what was served, waited and turned away.

        Args:
            hours: Length of the window.
            duty: Officers on duty, shape (copies, hours).

        Returns:
            Units served and unit-hours waited, both (hours, booth rows + copies), and units
            turned away, (booth rows,).
        """
        offsets = self._at + np.arange(hours)
        when = self._begin[self.copy_of][:, None] + offsets
        wanted = self._posts.demand(self.rows[:, None], when)
        open_ = self._posts.opening(self._which[:, None], self._begin[:, None] + offsets)
        arrivals = wanted * open_[self.copy_of]
        rows = len(self.rows)
        # At least the one unit that may come, so that no stream is left without an officer.
        need = np.maximum(arrivals + self._queues.present[:rows, None] / hours, 1.0)
        need /= self._booth_rate[:, None]
        booths = duty * self._booth_share
        staffed = staff_lanes(booths, need, self._lanes, self.first, self.copy_of)
        # A booth shared by few officers may count more than them; the rest stay where they are.
        second = duty - np.minimum(self._by_copy(staffed), booths)
        self._manned = np.asarray(staffed[:, -1] > 0.0)
        servers, speed = as_servers(np.concatenate([staffed, second]))
        rate = np.concatenate([self._booth_rate, self._second_rate])[:, None] * speed
        rate *= np.concatenate([open_[self.copy_of], open_])
        self._queues.set_servers(servers.T.copy(), rate.T.copy())
        most = (rate * servers)[:rows].T.copy()
        moved = [self._hour(k, come, most[k]) for k, come in enumerate(arrivals.T.copy())]
        self._at += hours
        served, waited = (np.array(part) for part in zip(*moved, strict=True))
        return served, waited, (wanted - arrivals).sum(axis=1)

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

    def queue(self) -> F64:
        """Return the units waiting at each booth row now."""
        return self._queues.waiting()[: len(self.rows)]

    def staffed(self) -> NDArray[np.bool_]:
        """Return whether an officer sits in a booth of each row, open or not."""
        return self._manned

    def waits(self) -> F64:
        """Return the mean wait, hours, of a unit joining each booth row now; see ``Posts``."""
        queues, rows = self._queues, len(self.rows)
        waiting = queues.waiting()
        pace = queues.service * (queues.present - waiting)
        every = np.divide(waiting, pace, out=np.zeros_like(pace), where=pace > 1e-9)
        waits = every[:rows] + self._sent * every[rows:][self.copy_of]
        idle = queues.service[:rows] <= 0.0
        if idle.any():
            now = self._begin + self._at
            closed = self._posts.until_open(self._which, now)[self.copy_of]
            lanes = np.where(closed > 0.0, np.maximum(self._lanes[:, 0], 1.0), 1.0)
            later = np.maximum(closed, 1.0) + waiting[:rows] / (lanes * self._booth_rate)
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
        starts: What stood in the queues at each day's start, arrays with a leading day axis.
        last: What stands in them at the end.
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
    starts: QueueState
    last: QueueState
    duty: F64

    def start_of(self, day: int) -> QueueState:
        """Return what stood in the queues at the start of a day."""
        s = self.starts
        return QueueState(s.present[day], s.variance[day], s.resting[day], s.carried[day])

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


@lru_cache(maxsize=32)
def _answer(question: _Question) -> Trajectory:
    found = question.answer()
    for part in (found, found.starts, found.last):
        for values in vars(part).values():
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
    count, hours = duty.shape
    days, rows = hours // DAY, len(posts.post_of)
    starts = QueueState(
        np.zeros((days, rows + count)), np.zeros((days, rows + count)),
        np.ones((days, rows + count), bool), np.zeros((days, count)),
    )  # fmt: skip
    starts.present[0], starts.variance[0] = state.present, state.variance
    starts.resting[0], starts.carried[0] = state.resting, state.carried
    out = Trajectory(
        begin, window, np.zeros((rows + count, hours)), np.zeros((rows + count, hours)),
        np.zeros((rows, hours // window)), np.zeros((rows, hours // window)),
        np.ones((rows, hours // window), dtype=np.bool_),
        np.zeros((rows, days)), starts, QueueState.empty(rows, count), duty,
    )  # fmt: skip
    _guess_starts(posts, out)
    day, post = (a.ravel() for a in np.indices((days, count)))
    for _ in range(days + 1):
        if not len(post):
            return out
        post, day = _move(posts, out, post, day)
    raise ModelError("queues of posts do not settle from day to day")


def _guess_starts(posts: PostLines, out: Trajectory) -> None:
    """Guess what stands in the queues at each day's start from the half day before it.

    A guess only: what it is has no part in the result, but in how often days are moved.
    """
    starts = out.starts
    days, count = starts.carried.shape
    if days < 2:
        return
    day, post = (a.ravel() for a in np.indices((days - 1, count)))
    rows, owner = rows_of(posts, post)
    state = QueueState.empty(len(rows), len(post))
    noon = -(-_HALF_DAY // out.window) * out.window
    copies = PostCopies(posts, post, out.begin + day * DAY + noon, state)
    for k in range(noon, DAY, out.window):
        hours = np.arange(k, k + out.window)
        copies.step(out.window, out.duty[post[:, None], _at(day, hours)])
    ends = copies.state()
    both = np.concatenate([rows, len(posts.post_of) + post])
    at = (np.concatenate([day[owner], day]) + 1, both)
    starts.present[at], starts.variance[at] = ends.present, ends.variance
    starts.resting[at], starts.carried[day + 1, post] = ends.resting, ends.carried


def _move(posts: PostLines, out: Trajectory, post: Index, day: Index) -> tuple[Index, Index]:
    """Move some (post, day) pairs from their starts; return the pairs whose start has changed."""
    starts = out.starts
    lines = len(posts.post_of)
    rows, owner = rows_of(posts, post)
    both, when = np.concatenate([rows, lines + post]), np.concatenate([day[owner], day])
    state = QueueState(
        starts.present[when, both], starts.variance[when, both], starts.resting[when, both],
        starts.carried[day, post],
    )  # fmt: skip
    copies = PostCopies(posts, post, out.begin + day * DAY, state)
    away = np.zeros(len(rows))
    for k in range(0, DAY, out.window):
        hours = np.arange(k, k + out.window)
        served, waited, turned = copies.step(out.window, out.duty[post[:, None], _at(day, hours)])
        cells = (both[:, None], _at(when, hours))
        out.served[cells], out.waited[cells] = served.T, waited.T
        window = (day[owner] * DAY + k) // out.window
        out.waits[rows, window], out.queues[rows, window] = copies.waits(), copies.queue()
        out.staffed[rows, window] = copies.staffed()
        away += turned
    out.turned_away[rows, day[owner]] = away
    return _hand_over(out, copies, post, day, both, when)


def _at(day: Index, hours: Index) -> Index:
    return day[:, None] * DAY + hours


def rows_of(posts: PostLines, post: Index) -> tuple[Index, Index]:
    """Return the booth rows of posts, one after the other, and the position of each one's post."""
    counts = np.bincount(posts.post_of, minlength=len(posts.first))[post]
    owner = np.repeat(np.arange(len(post)), counts)
    within = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    return posts.first[post][owner] + within, owner


def _hand_over(
    out: Trajectory, copies: PostCopies, post: Index, day: Index, both: Index, when: Index
) -> tuple[Index, Index]:
    """Give each day's end to the next day as its start; return the pairs that were otherwise."""
    starts, ends = out.starts, copies.state()
    last = starts.carried.shape[0] - 1
    next_ = np.minimum(when + 1, last)
    away = np.abs(ends.present - starts.present[next_, both])
    unsettled = ~(ends.resting & starts.resting[next_, both])
    spread = np.abs(ends.variance - starts.variance[next_, both]) * unsettled
    differs = np.maximum(away, spread)
    rows = len(copies.rows)
    by_copy = np.maximum.reduceat(differs[:rows], copies.first)
    by_copy = np.maximum(by_copy, differs[rows:])
    follow = np.minimum(day + 1, last)
    by_copy = np.maximum(by_copy, np.abs(ends.carried - starts.carried[follow, post]))
    inner, later = when < last, day < last
    at = (next_[inner], both[inner])
    starts.present[at], starts.variance[at] = ends.present[inner], ends.variance[inner]
    starts.resting[at] = ends.resting[inner]
    starts.carried[follow[later], post[later]] = ends.carried[later]
    ended = when == last
    final = both[ended]
    out.last.present[final], out.last.variance[final] = ends.present[ended], ends.variance[ended]
    out.last.resting[final] = ends.resting[ended]
    out.last.carried[post[~later]] = ends.carried[~later]
    again = later & (by_copy > 0.0)
    return post[again], day[again] + 1
