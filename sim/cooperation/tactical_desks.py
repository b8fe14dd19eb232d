"""Desks at work, tactical grain: every request a SimPy process, for an exercise or a check."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.cooperation.desks import Answer, StageLog

Process = Generator[Any, Any, None]

#: Columns of what is sent, of each stage.
_STAGE = ("desks", "transit", "work")


class _Turn(NamedTuple):
    """In what order requests are taken from a desk."""

    rank: int
    asked: float
    key: int
    request: int


class _Officers(simpy.PriorityResource):
    """Officers of a desk, whose number changes with the shifts, also to none."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env, capacity=1)
        self._capacity = 0

    def ask(self, turn: _Turn) -> Any:
        """Ask for an officer."""
        # The resource only compares priorities; its types know none but whole numbers.
        return self.request(cast(int, turn))

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
        answer: Called with requests and hours when their last stages are done.
    """

    def __init__(self, env: simpy.Environment, count: int, answer: Answer) -> None:
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

    def submit(self, sent: NDArray[Any]) -> None:
        """Send requests, each at its hour or now; of one hour the most urgent comes first.

        ``sent`` is what ``desks.Desks`` takes.
        """
        hours = np.maximum(sent["hour"] - self._env.now, 0.0).tolist()
        stages = [
            list(zip(*(sent[name][i, :count].tolist() for name in _STAGE), strict=True))
            for i, count in enumerate(sent["stages"].tolist())
        ]
        turns = [
            _Turn(*turn)
            for turn in zip(
                *(sent[name].tolist() for name in ("rank", "asked", "key", "request")), strict=True
            )
        ]
        delay = sent["delay"].tolist()
        for i in np.lexsort((sent["key"], sent["rank"], sent["asked"])).tolist():
            self._env.process(self._request(hours[i], turns[i], stages[i], delay[i]))

    def serve(self, until: float) -> None:
        """Let the desks work up to an hour."""
        if until > self._env.now:
            self._env.run(until)

    def waiting(self, desk: int) -> int:
        """Return the requests that lie on a desk untouched."""
        return len(self._desks[desk].queue)

    def at_work(self, desk: int) -> int:
        """Return the officers of a desk at work on a request."""
        return len(self._desks[desk].users)

    def _request(
        self, hours: float, turn: _Turn, stages: list[tuple[int, float, float]], delay: float
    ) -> Process:
        """Go from desk to desk, in some hours to the first; answer with a delay."""
        env = self._env
        yield env.timeout(hours)
        for i, (desk, transit, work) in enumerate(stages):
            if i:
                yield env.timeout(transit)
            with self._desks[desk].ask(turn) as served:
                yield served
                start = env.now
                yield env.timeout(work)
            self.log.note(desk, turn.request, start, work)
        self._answer(np.array([turn.request], np.intp), np.array([env.now + delay]))
