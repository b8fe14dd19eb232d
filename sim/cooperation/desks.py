"""Desks at work, strategic grain: rows served in batches by one SimPy process (MODEL 8).

A request is a row. An officer takes the first row of its desk's heap (urgent ones first, then by
the hour of asking), works on it, hands it on, and takes the next until none is left or its shift
is over; what was begun is finished. The process wakes once a window and serves all that happens
in it, event by event: nothing outside can reach a desk between two windows. Where ticks turn to
hours during a run its own windows stay as long as before: a change of duty acts from its next one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.kernels import desks as kernels
from sim.kernels.desks import JOB, LYING, STAGE, STAGES, WORKING

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
Process = Generator[Any, Any, None]
#: Called with the requests answered and the hour of each.
Answer = Callable[[Index, F64], None]


class Sent(NamedTuple):
    """Requests to be sent to their first desks, one a row.

    Attributes:
        rows: Hour (asked, and in transit since), rank, hour of asking, key, request, number of
            stages, and hours between the last of them and the answer; ``JOB``, shape (m,).
        desk: Desk that works on each stage, shape (m, ``STAGES``); so are the next two.
        transit: Hours it travels until it lies there.
        work: Hours an officer works on it.
    """

    rows: NDArray[Any]
    desk: I64
    transit: F64
    work: F64

    @classmethod
    def room(cls, count: int) -> Sent:
        """Return rows to be written."""
        return cls(
            np.zeros(count, JOB), np.zeros((count, STAGES), np.int64),
            np.zeros((count, STAGES)), np.zeros((count, STAGES)),
        )  # fmt: skip

    def first(self, count: int) -> Sent:
        """Return the first of the rows."""
        return Sent(self.rows[:count], self.desk[:count], self.transit[:count], self.work[:count])


class StageLog:
    """What was worked on since it was last taken: one entry a stage that was finished."""

    def __init__(self) -> None:
        self.stages: NDArray[Any] = np.empty(64, STAGE)
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def reserve(self, count: int) -> None:
        """Have room for some more entries."""
        if self.size + count > len(self.stages):
            stages, self.stages = self.stages, np.empty(2 * (self.size + count), STAGE)
            self.stages[: self.size] = stages[: self.size]

    def note(self, desk: int, request: int, start: float, work: float) -> None:
        """Add a stage."""
        self.reserve(1)
        self.stages[self.size] = (desk, request, start, work)
        self.size += 1

    def take(self) -> tuple[Index, Index, F64, F64]:
        """Return desk, request, start (hour) and work (hours) of each stage, and forget them."""
        stages, self.size = self.stages[: self.size], 0
        return (
            stages["desk"].astype(np.intp), stages["request"].astype(np.intp),
            stages["start"].copy(), stages["work"].copy(),
        )  # fmt: skip


class Desks:
    """The desks, each with officers on duty by the hour.

    Args:
        env: Clock, in hours since the start of the run.
        count: Number of desks.
        answer: Called with requests and hours when their last stages are done.
        window: Hours that one wake-up serves.
    """

    def __init__(self, env: simpy.Environment, count: int, answer: Answer, window: int = 1) -> None:
        self._env = env
        self._answer = answer
        self._window = window
        self._jobs = Sent.room(0)
        self._answered, self._hours = np.empty(0, np.intp), np.empty(0)
        self._heads: I64 = np.array([kernels.NONE, kernels.NONE, 0], np.int64)
        self._tables: I64 = np.array([_NOBODY] * count, np.int64).reshape(count, len(_NOBODY))
        self._first = 0
        self._duty: I64 = np.zeros((count, 0), np.int64)
        self._changed = False
        self.log = StageLog()
        env.process(self._serve())

    def set_duty(self, first_hour: int, duty: I64) -> None:
        """Set officers on duty from ``first_hour`` on, shape (desks, hours); nobody beyond."""
        self._first, self._duty = first_hour, np.ascontiguousarray(duty)
        self._changed = True

    @property
    def now(self) -> float:
        """Hour on the clock."""
        return float(self._env.now)

    def add(self) -> int:
        """Add a desk, with nobody on duty, and return its index."""
        self._tables = np.append(self._tables, [_NOBODY], axis=0)
        nobody = np.zeros((1, self._duty.shape[1]), np.int64)
        self._duty = np.concatenate([self._duty, nobody])
        return len(self._tables) - 1

    def submit(self, sent: Sent) -> None:
        """Send requests, each at its hour or now, if that has passed; in any order."""
        if len(sent.rows):
            self._reserve(len(sent.rows))
            kernels.submit(*self._jobs, self._heads, *sent, self.now)

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return int(self._tables[desk, LYING])

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return int(self._tables[desk, WORKING])

    def _serve(self) -> Process:
        """Serve one window after the other."""
        while True:
            self._advance(self.now, self.now + self._window)
            yield self._env.timeout(self._window)

    def _advance(self, begin: float, end: float) -> None:
        """Let happen what falls into a window."""
        next_ = self._heads[kernels.NEXT]
        idle = next_ == kernels.NONE or self._jobs.rows["hour"][next_] >= end
        if idle and not self._changed:
            return
        self._reserve(2 * len(self._tables))
        log = self.log
        log.reserve(STAGES * int(self._heads[kernels.USED]))
        log.size, answered = kernels.advance(
            *self._jobs, self._heads, self._tables, self._duty, self._first, begin, end,
            self._changed, log.stages, log.size, self._answered, self._hours,
        )  # fmt: skip
        self._changed = False
        if answered:
            self._answer(self._answered[:answered].copy(), self._hours[:answered].copy())

    def _reserve(self, count: int) -> None:
        """Have some rows free."""
        size, used = len(self._jobs.rows), int(self._heads[kernels.USED])
        if used + count <= size:
            return
        new = max(2 * size, used + count, 256)
        before, self._jobs = self._jobs, Sent.room(new)
        for old, grown in zip(before, self._jobs, strict=True):
            grown[:size] = old
        free = np.arange(size, new)
        self._jobs.rows["left"][free] = np.append(free[1:], self._heads[kernels.FREE])
        self._heads[kernels.FREE] = size
        self._answered, self._hours = np.empty(new, np.intp), np.empty(new)


#: A desk with nothing on it and nobody at work.
_NOBODY = (kernels.NONE, 0, 0, 0)
