"""Desks at work, tactical grain: every request a SimPy process, for an exercise or a check."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.cooperation.desks import Row, StageLog

Process = Generator[Any, Any, None]


class _Officers(simpy.PriorityResource):
    """Officers of a desk, whose number changes with the shifts, also to none."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env, capacity=1)
        self._capacity = 0

    def ask(self, job: Row) -> Any:
        """Ask for an officer; jobs are served in the order of ``Job``."""
        # The resource only compares priorities; its types know none but whole numbers.
        return self.request(cast(int, job[:4]))

    def resize(self, officers: int) -> None:
        """Set the officers on duty; those in excess finish what they are at."""
        self._capacity = officers
        for _ in range(min(officers - len(self.users), len(self.put_queue))):
            self._trigger_put(None)  # lets one begin


class TacticalDesks:
    """The desks, one resource each; the twin of ``desks.Desks``, with the same answers.

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
        self._desks = [_Officers(env) for _ in range(count)]
        self._first = 0
        self._duty: NDArray[np.int64] = np.zeros((count, 0), np.int64)
        self._plan = 0
        self.log = StageLog()

    def set_duty(self, first_hour: int, duty: NDArray[np.int64]) -> None:
        """Set officers on duty from ``first_hour`` on, shape (desks, hours); nobody beyond."""
        self._first, self._duty = first_hour, duty
        self._plan += 1
        self._env.process(self._shifts(self._plan))

    @property
    def now(self) -> float:
        """Hour on the clock."""
        return float(self._env.now)

    def add(self) -> int:
        """Add a desk, with nobody on duty, and return its index."""
        self._desks.append(_Officers(self._env))
        nobody = np.zeros((1, self._duty.shape[1]), np.int64)
        self._duty = np.concatenate([self._duty, nobody])
        return len(self._desks) - 1

    def _shifts(self, plan: int) -> Process:
        """Set the officers of every desk hour by hour while the plan holds."""
        while plan == self._plan:
            hour = int(self._env.now) - self._first
            known = 0 <= hour < self._duty.shape[1]
            for desk, officers in enumerate(self._desks):
                officers.resize(int(self._duty[desk, hour]) if known else 0)
            if not known:
                return
            yield self._env.timeout(self._first + hour + 1 - self._env.now)

    def submit_all(self, jobs: Iterable[tuple[float, Row]]) -> None:
        """Send requests, each at its hour or now; of one hour the most urgent comes first."""
        for hour, job in sorted(jobs, key=lambda sent: (sent[1][1], sent[1][0], sent[1][2])):
            self._env.process(self._request(max(hour - self._env.now, 0.0), job))

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return len(self._desks[desk].queue)

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return len(self._desks[desk].users)

    def _request(self, delay: float, job: Row) -> Process:
        """Go from desk to desk."""
        env = self._env
        yield env.timeout(delay)
        request, path = job[3], job[5]
        for i, (desk, transit, work) in enumerate(path):
            if i:
                yield env.timeout(transit)
            with self._desks[desk].ask(job) as turn:
                yield turn
                start = env.now
                yield env.timeout(work)
            self.log.note(desk, request, start, work)
        self._answer(request, env.now)
