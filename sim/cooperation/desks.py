"""Desks at work, strategic grain: rows served in batches by one SimPy process (MODEL 8).

A request is a row. An officer takes the first row of its desk's heap (urgent ones first, then by
the hour of asking), works on it, hands it on, and takes the next until none is left or its shift
is over; what was begun is finished. The process wakes once a window and serves all that happens
in it, event by event: nothing outside can reach a desk between two windows. Where ticks turn to
hours during a run its own windows stay as long as before: a change of duty acts from its next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np
import simpy
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Process = Generator[Any, Any, None]


class Stage(NamedTuple):
    """One stage of a request.

    Attributes:
        desk: Desk that works on it.
        transit: Hours it travels until it lies there.
        work: Hours an officer works on it.
    """

    desk: int
    transit: float
    work: float


#: Stages of a request in order; plain tuples of the same three will do.
Path = tuple[tuple[int, float, float], ...]
#: A ``Job`` as the desks keep it: making a plain tuple costs a fifth of making a named one.
Row = tuple[int, float, int, int, int, Path]


class Job(NamedTuple):
    """A request on a desk, in the order in which they are taken: no two are equal."""

    rank: int
    asked: float
    key: int
    request: int
    stage: int
    path: Path


@dataclass
class StageLog:
    """What was worked on since it was last taken: one entry a stage that was finished."""

    stages: list[tuple[int, int, float, float]] = field(default_factory=list)

    def note(self, desk: int, request: int, start: float, work: float) -> None:
        """Add a stage."""
        self.stages.append((desk, request, start, work))

    def take(self) -> tuple[NDArray[np.intp], NDArray[np.intp], F64, F64]:
        """Return desk, request, start (hour) and work (hours) of each stage, and forget them."""
        stages, self.stages = self.stages, []
        desk, request, start, work = zip(*stages, strict=True) if stages else ((), (), (), ())
        return (
            np.array(desk, np.intp), np.array(request, np.intp),
            np.array(start, np.float64), np.array(work, np.float64),
        )  # fmt: skip


class _Table:
    """One desk: rows that lie on it and who works on them."""

    __slots__ = ("alarm", "duty", "rows", "working")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.working = 0
        self.alarm = False
        #: Officers on duty by hour of the plan.
        self.duty: list[int] = []


#: What happens: an officer is done, a row arrives, officers come on duty.
_DONE, _ARRIVES, _COMES = range(3)
_NO_JOB = Job(0, 0.0, 0, -1, 0, ())


class Desks:
    """The desks, each with officers on duty by the hour.

    Args:
        env: Clock, in hours since the start of the run.
        count: Number of desks.
        answer: Called with (request, hour) when the last stage is done.
        window: Hours that one wake-up serves.
    """

    def __init__(
        self,
        env: simpy.Environment,
        count: int,
        answer: Callable[[int, float], None],
        window: int = 1,
    ) -> None:
        self._env = env
        self._answer = answer
        self._window = window
        self._tables = [_Table() for _ in range(count)]
        self._first = 0
        # (hour, what, desk, row, hour it was begun); hours and rows differ, so that order is kept.
        self._events: list[tuple[float, int, int, Row, float]] = []
        #: What has been submitted and not come yet, by number of the window.
        self._coming: dict[int, list[tuple[float, int, int, Row, float]]] = defaultdict(list)
        self._next = 0
        self._changed = False
        self.log = StageLog()
        env.process(self._serve())

    def set_duty(self, first_hour: int, duty: NDArray[np.int64]) -> None:
        """Set officers on duty from ``first_hour`` on, shape (desks, hours); nobody beyond."""
        self._first = first_hour
        for table, officers in zip(self._tables, duty.tolist(), strict=True):
            table.duty = officers
        self._changed = True

    @property
    def now(self) -> float:
        """Hour on the clock."""
        return float(self._env.now)

    def add(self) -> int:
        """Add a desk, with nobody on duty, and return its index."""
        self._tables.append(_Table())
        return len(self._tables) - 1

    def submit_all(self, jobs: Iterable[tuple[float, Row]]) -> None:
        """Send requests, each at its hour or now, if that has passed; in any order."""
        coming, now, window, next_ = self._coming, self._env.now, self._window, self._next
        for hour, job in jobs:
            hour = hour if hour > now else now
            # In windows finer than these, a window may have been served already.
            number = max(int(hour // window), next_)
            coming[number].append((hour, _ARRIVES, job[5][job[4]][0], job, 0.0))

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return len(self._tables[desk].rows)

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return self._tables[desk].working

    def _serve(self) -> Process:
        """Serve one window after the other."""
        while True:
            begin = self._env.now
            self._advance(begin, begin + self._window)
            yield self._env.timeout(self._window)

    def _advance(self, begin: float, end: float) -> None:
        """Let happen what falls into a window; what happens at once begins work together."""
        events, tables = self._events, self._tables
        if self._changed:
            self._changed = False
            for desk, table in enumerate(tables):
                table.alarm = False
                if table.rows:
                    heappush(events, (begin, _COMES, desk, _NO_JOB, 0.0))
        number = int(begin // self._window)
        self._next = number + 1
        for event in self._coming.pop(number, ()):
            heappush(events, event)
        note, answer, first = self.log.stages.append, self._answer, self._first
        touched: list[_Table] = []
        while events and events[0][0] < end:
            hour, what, desk, job, begun = heappop(events)
            table = tables[desk]
            if what == _ARRIVES:
                heappush(table.rows, job)
            elif what == _DONE:
                table.working -= 1
                rank, asked, key, request, stage, path = job
                note((desk, request, begun, path[stage][2]))
                stage += 1
                if stage == len(path):
                    answer(request, hour)
                else:
                    desk, transit, _ = path[stage]
                    job = (rank, asked, key, request, stage, path)
                    if transit > 0.0:
                        heappush(events, (hour + transit, _ARRIVES, desk, job, 0.0))
                    else:
                        further = tables[desk]
                        heappush(further.rows, job)
                        touched.append(further)
            else:
                table.alarm = False
            if table.rows:
                touched.append(table)
            if not touched or (events and events[0][0] <= hour):
                continue
            at = int(hour) - first
            for table in touched:
                rows = table.rows
                if rows:
                    on_duty = table.duty[at] if 0 <= at < len(table.duty) else 0
                    while rows and table.working < on_duty:
                        job = heappop(rows)
                        desk, _, work = job[5][job[4]]
                        table.working += 1
                        heappush(events, (hour + work, _DONE, desk, job, hour))
                    if rows and not table.alarm:
                        self._set_alarm(at, rows[0], table, on_duty)
            touched.clear()

    def _set_alarm(self, at: int, waiting: Row, table: _Table, on_duty: int) -> None:
        """Look again at a desk with a row ``waiting`` when more officers come on duty."""
        desk, duty = waiting[5][waiting[4]][0], table.duty
        for ahead in range(at + 1, len(duty)):
            if duty[ahead] > on_duty:
                table.alarm = True
                hour = float(self._first + ahead)
                heappush(self._events, (hour, _COMES, desk, _NO_JOB, 0.0))
                return
            on_duty = duty[ahead]
        table.alarm = True  # nobody comes within the plan; a new one looks again
