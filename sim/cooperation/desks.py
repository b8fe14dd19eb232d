"""Desks at work, strategic grain: officers are SimPy processes over a heap of rows (MODEL 8).

A request is a row. An officer takes the first row of its desk's heap (urgent ones first, then by
the hour of asking), works on it, hands it on, and takes the next until none is left or its shift
is over; what was begun is finished. While nothing lies on the table nobody is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
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


class Job(NamedTuple):
    """A request on a desk, in the order in which they are taken: no two are equal."""

    rank: int
    asked: float
    key: int
    request: int
    stage: int
    path: tuple[Stage, ...]


@dataclass
class StageLog:
    """What was worked on since it was last taken: one entry a stage that was finished."""

    desk: list[int] = field(default_factory=list)
    request: list[int] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    def note(self, desk: int, request: int, start: float, work: float) -> None:
        """Add a stage."""
        self.desk.append(desk)
        self.request.append(request)
        self.start.append(start)
        self.work.append(work)

    def take(self) -> tuple[NDArray[np.intp], NDArray[np.intp], F64, F64]:
        """Return desk, request, start (hour) and work (hours) of each stage, and forget them."""
        taken = (
            np.array(self.desk, np.intp), np.array(self.request, np.intp),
            np.array(self.start), np.array(self.work),
        )  # fmt: skip
        self.desk, self.request, self.start, self.work = [], [], [], []
        return taken


class _Table:
    """One desk: rows that lie on it and who works on them."""

    __slots__ = ("alarm", "rows", "starting", "working")

    def __init__(self) -> None:
        self.rows: list[Job] = []
        self.working = 0
        self.starting = 0
        self.alarm = False


class Desks:
    """The desks, each with officers on duty by the hour.

    Args:
        env: Clock, in hours since the start of the run.
        count: Number of desks.
        answer: Called with (request, hour) when the last stage is done.
    """

    def __init__(
        self, env: simpy.Environment, count: int, answer: Callable[[int, float], None]
    ) -> None:
        self._env = env
        self._answer = answer
        self._tables = [_Table() for _ in range(count)]
        self._first = 0
        self._duty: list[list[int]] = [[] for _ in range(count)]
        self.log = StageLog()

    def set_duty(self, first_hour: int, duty: NDArray[np.int64]) -> None:
        """Set officers on duty from ``first_hour`` on, shape (desks, hours); nobody beyond."""
        self._first = first_hour
        self._duty = duty.tolist()
        for desk, table in enumerate(self._tables):
            table.alarm = False  # of the plan that held before; it may still ring, to no harm
            if table.rows:
                self._wake(desk, table)

    @property
    def now(self) -> float:
        """Hour on the clock."""
        return float(self._env.now)

    def add(self) -> int:
        """Add a desk, with nobody on duty, and return its index."""
        self._tables.append(_Table())
        self._duty.append([])
        return len(self._tables) - 1

    def _on_duty(self, desk: int) -> int:
        hour = int(self._env.now) - self._first
        duty = self._duty[desk]
        return duty[hour] if 0 <= hour < len(duty) else 0

    def submit(self, hour: float, job: Job) -> None:
        """Send a request to the desk of its stage at an hour (now, if that has passed)."""
        delay = hour - self._env.now
        if delay > 0:
            arrival = self._env.timeout(delay)
            arrival.callbacks.append(lambda _: self._lay(job))
        else:
            self._lay(job)

    def _lay(self, job: Job) -> None:
        desk = job.path[job.stage].desk
        table = self._tables[desk]
        heappush(table.rows, job)
        self._wake(desk, table)

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return len(self._tables[desk].rows)

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return self._tables[desk].working

    def _wake(self, desk: int, table: _Table) -> None:
        """Let officers begin who are on duty and idle; without any, look again when some come."""
        free = self._on_duty(desk) - table.working
        for _ in range(min(free, len(table.rows) - table.starting)):
            table.working += 1
            table.starting += 1
            self._env.process(self._officer(desk, table))
        if len(table.rows) > table.starting and not table.alarm:
            self._set_alarm(desk, table)

    def _set_alarm(self, desk: int, table: _Table) -> None:
        now = self._env.now
        begin = int(now) + 1
        ahead = self._duty[desk][begin - self._first :]
        here = self._on_duty(desk)
        for hours, officers in enumerate(ahead):
            if officers > here:
                table.alarm = True
                alarm = self._env.timeout(begin + hours - now)
                alarm.callbacks.append(lambda _: self._ring(desk, table))
                return
            here = min(here, officers)

    def _ring(self, desk: int, table: _Table) -> None:
        table.alarm = False
        if table.rows:
            self._wake(desk, table)

    def _officer(self, desk: int, table: _Table) -> Process:
        """Work through the rows of a desk until none is left or the shift is over."""
        env = self._env
        table.starting -= 1
        while table.rows and table.working <= self._on_duty(desk):
            job = heappop(table.rows)
            stage = job.path[job.stage]
            start = env.now
            yield env.timeout(stage.work)
            self.log.note(desk, job.request, start, stage.work)
            self._hand_on(job)
        table.working -= 1
        if len(table.rows) > table.starting and not table.alarm:
            self._set_alarm(desk, table)

    def _hand_on(self, job: Job) -> None:
        following = job.stage + 1
        if following < len(job.path):
            hour = self._env.now + job.path[following].transit
            self.submit(hour, job._replace(stage=following))
        else:
            self._answer(job.request, self._env.now)
