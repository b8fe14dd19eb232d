"""Desks at work, strategic grain: rows served in batches (MODEL 8).

A request is a row. An officer takes the first row of its desk's heap (urgent ones first, then by
the hour of asking), works on it, hands it on, and takes the next until none is left or its shift
is over; what was begun is finished. A window is served at its beginning, event by event: nothing
outside can reach a desk between two windows. Where ticks turn to hours during a run the windows
of the desks stay as long as before: a change of duty acts from the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import desks as kernels
from sim.kernels.desks import COLUMNS, FREE, JOB, LYING, NONE, STAGE, STAGES, WORKING

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
#: Called with the requests answered and the hour of each.
Answer = Callable[[Index, F64], None]


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
        count: Number of desks.
        answer: Called with requests and hours when their last stages are done.
        window: Hours that are served at once.

    Attributes:
        now: Hour up to which the desks were let work.
        log: Stages finished since they were last taken.
    """

    def __init__(self, count: int, answer: Answer, window: int = 1) -> None:
        self._answer = answer
        self._window = window
        self.now = 0.0
        self._served = 0.0
        self._jobs: NDArray[Any] = np.zeros(0, JOB)
        self._answered, self._hours = np.empty(0, np.intp), np.empty(0)
        self._heads: I64 = np.array([NONE, NONE, 0], np.int64)
        #: Rows in use, and the hour of what happens next.
        self._used, self._next_at = 0, np.inf
        self._tables: I64 = np.array([_NOBODY] * count, np.int64).reshape(count, COLUMNS)
        self._first = 0
        self._duty: I64 = np.zeros((count, 0), np.int64)
        self._changed = False
        self.log = StageLog()

    def set_duty(self, first_hour: int, duty: I64) -> None:
        """Set officers on duty from ``first_hour`` on, shape (desks, hours); nobody beyond."""
        self._first, self._duty = first_hour, np.ascontiguousarray(duty)
        self._changed = True

    def add(self) -> int:
        """Add a desk, with nobody on duty, and return its index."""
        self._tables = np.append(self._tables, [_NOBODY], axis=0)
        nobody = np.zeros((1, self._duty.shape[1]), np.int64)
        self._duty = np.concatenate([self._duty, nobody])
        return len(self._tables) - 1

    def submit(self, sent: NDArray[Any]) -> None:
        """Send requests, each at its hour or now, if that has passed; in any order.

        Args:
            sent: Hour (asked, and in transit since), rank, hour of asking, key, request, number of
                stages and what is known of each, and hours between the last of them and the
                answer; ``JOB``, shape (m,).
        """
        count = sent.size
        if count:
            self._reserve(count)
            self._next_at = kernels.submit(self._jobs, self._heads, sent, self.now)
            self._used += count

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return int(self._tables[desk, LYING])

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return int(self._tables[desk, WORKING])

    def serve(self, until: float) -> None:
        """Let the desks work up to an hour, in whole windows of theirs."""
        while self._served < until:
            self._advance(self._served, self._served + self._window)
            self._served += self._window
        self.now = float(until)

    def _advance(self, begin: float, end: float) -> None:
        """Let happen what falls into a window."""
        if self._next_at >= end and not self._changed:
            return
        log, used = self.log, self._used
        self._reserve(2 * len(self._tables))
        log.reserve(STAGES * used)
        log.size, answered, self._used, self._next_at = kernels.advance(
            self._jobs, self._heads, self._tables, self._duty, self._first, begin, end,
            self._changed, log.stages, log.size, self._answered, self._hours,
        )  # fmt: skip
        self._changed = False
        if answered:
            self._answer(self._answered[:answered], self._hours[:answered])

    def _reserve(self, count: int) -> None:
        """Have some rows free."""
        size = self._jobs.size
        if self._used + count > size:
            new = max(2 * size, self._used + count, 256)
            before, self._jobs = self._jobs, np.zeros(new, JOB)
            self._jobs[:size] = before
            free = np.arange(size, new)
            self._jobs["left"][free] = np.append(free[1:], self._heads[FREE])
            self._heads[FREE] = size
            self._answered, self._hours = np.empty(new, np.intp), np.empty(new)


#: A desk with nothing on it and nobody at work.
_NOBODY = (NONE,) + (0,) * (COLUMNS - 1)
