"""Border crossing points, tactical grain: every vehicle a process, for a day or an exercise."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.control.lanes import as_servers, staff_lanes
from sim.control.traffic import Handling, Traffic
from sim.errors import ModelError
from sim.randomness import Draws
from sim.scenario.specs.control import Post

F64 = NDArray[np.float64]
Process = Generator[Any, Any, None]


@dataclass(frozen=True)
class Hurry:
    """Officers work faster while many wait: state-dependent service.

    Attributes:
        queue: Units waiting per open lane from which they hurry.
        factor: Speed relative to the usual one, at least 1.
    """

    queue: float
    factor: float


class Line:
    """A waiting line with servers whose number and speed change while it is worked.

    Attributes:
        arrived: Hour each unit that was served joined, in order of service.
        waited: Its wait, hours.
        reneged: Hour each unit that gave up had joined.
        reneged_wait: Time those had waited, unit-hours.
        waiting: Units waiting now.
        area: Time integral of the units waiting up to the last change, unit-hours.
    """

    def __init__(self, env: simpy.Environment, ordered: bool, hurry: Hurry | None) -> None:
        self.env = env
        self._hurry = hurry
        self._desk: Any = (_PriorityDesk if ordered else _Desk)(env)
        self._ordered = ordered
        self._speed = 0.0
        self.arrived: list[float] = []
        self.waited: list[float] = []
        self.reneged: list[float] = []
        self.reneged_wait = 0.0
        self.waiting = 0
        self.area = 0.0
        self._changed = 0.0

    @property
    def servers(self) -> int:
        """Return the servers at work or ready."""
        return int(self._desk.capacity)

    @property
    def present(self) -> int:
        """Return the units in service or waiting."""
        return self.waiting + len(self._desk.users)

    def staff(self, servers: int, speed: float) -> None:
        """Set servers and their speed; a unit in service is finished as it began."""
        self._speed = speed
        self._desk.resize(servers if speed > 0.0 else 0)

    def _count(self, change: int) -> None:
        now = self.env.now
        self.area += self.waiting * (now - self._changed)
        self._changed = now
        self.waiting += change

    def close_books(self) -> None:
        """Bring ``area`` up to now."""
        self._count(0)

    def _pace(self) -> float:
        hurry = self._hurry
        if hurry is not None and self.waiting >= hurry.queue * self._desk.capacity:
            return self._speed * hurry.factor
        return self._speed

    def pass_through(
        self, time: float, patience: float, priority: int
    ) -> Generator[Any, Any, bool]:
        """Wait for a server and be served; returns whether the unit was served."""
        env, joined = self.env, self.env.now
        self._count(1)
        with self._desk.request(priority) if self._ordered else self._desk.request() as turn:
            if patience < math.inf and not turn.triggered:
                yield turn | env.timeout(patience)
                if not turn.triggered:
                    self._count(-1)
                    self.reneged.append(joined)
                    self.reneged_wait += env.now - joined
                    return False
            else:
                yield turn
            self._count(-1)
            self.arrived.append(joined)
            self.waited.append(env.now - joined)
            yield env.timeout(time / self._pace())
            return True


class _Desk(simpy.Resource):
    """Servers whose number may change, also to none."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env, capacity=1)
        self._capacity = 0

    def resize(self, servers: int) -> None:
        """Set the servers; those in excess finish the unit they serve."""
        self._capacity = servers
        self._trigger_put(None)


class _PriorityDesk(simpy.PriorityResource):
    """The same, serving lower priorities first."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env, capacity=1)
        self._capacity = 0

    def resize(self, servers: int) -> None:
        """Set the servers; those in excess finish the unit they serve."""
        self._capacity = servers
        self._trigger_put(None)


class TacticalPost:
    """One post at the grain of vehicles; hour 0 is the environment's time 0.

    Each hour the officers in booths are spread over the streams in proportion to need, as in the
    strategic grain; those in no booth work the second line. Fractions of an officer are slower
    servers. Arrivals of a closed post are not in ``traffic``: they are turned away.

    Attributes:
        lines: Line at the booths of each stream.
        second_line: Line of the units referred.
    """

    def __init__(
        self,
        env: simpy.Environment,
        spec: Post,
        traffic: Mapping[str, Traffic],
        officers: F64,
        open_: NDArray[np.bool_] | None = None,
        hurry: Hurry | None = None,
    ) -> None:
        """Set the post up and start its processes.

        Args:
            env: Clock, in hours.
            spec: The post.
            traffic: Units by stream.
            officers: On duty in each hour, shape (hours,); the last holds beyond.
            open_: Whether it is open in each hour; None = always.
            hurry: State-dependent service at the booths.

        Raises:
            ModelError: Traffic of a stream the post has not.
        """
        unknown = sorted(set(traffic) - {str(s.id) for s in spec.streams})
        if unknown:
            raise ModelError(f"post {spec.id} has no stream {unknown[0]!r}")
        self.env = env
        self._spec = spec
        self._traffic = dict(traffic)
        self._officers = np.asarray(officers, dtype=float)
        self._open = np.ones(self._officers.size, np.bool_) if open_ is None else open_
        self._rates = {
            name: np.bincount(units.arrive.astype(np.intp), minlength=self._officers.size)
            for name, units in traffic.items()
        }
        self.lines = {
            str(s.id): Line(env, _ordered(traffic.get(str(s.id))), hurry) for s in spec.streams
        }
        self.second_line = Line(env, False, None)
        env.process(self._shifts())
        for name, units in self._traffic.items():
            env.process(self._arrivals(self.lines[name], units))

    @classmethod
    def from_demand(
        cls,
        env: simpy.Environment,
        spec: Post,
        rates: F64,
        officers: F64,
        draws: Draws,
        handling: Mapping[str, Handling] | None = None,
        open_: NDArray[np.bool_] | None = None,
        hurry: Hurry | None = None,
    ) -> TacticalPost:
        """Draw the traffic of each stream and set the post up.

        Args:
            env: Clock, in hours.
            spec: The post.
            rates: Lawful units arriving, shape (streams, hours), as ``Posts.demand`` gives.
            officers: On duty in each hour, shape (hours,).
            draws: The run's draws.
            handling: Times and patience by stream; by default those of the post, exponential.
            open_: Whether it is open in each hour; None = always.
            hurry: State-dependent service at the booths.
        """
        given = dict(handling or {})
        traffic = {}
        for i, stream in enumerate(spec.streams):
            name = str(stream.id)
            how = given.get(name) or Handling(
                first_line=stream.first_line.value / 60.0,
                second_line_share=stream.second_line_share.value,
                second_line=stream.second_line.value / 60.0,
                batch=int(stream.batch.value),
            )
            wanted = rates[i] if open_ is None else rates[i] * open_
            traffic[name] = Traffic.draw(f"{spec.id} {name}", wanted, how, draws)
        return cls(env, spec, traffic, officers, open_, hurry)

    def _shifts(self) -> Process:
        """Staff the lanes at the beginning of each hour."""
        streams = self._spec.streams
        rate = np.array([60.0 / s.first_line.value for s in streams])
        lanes = np.array([[s.lanes.value] for s in streams])
        first, post_of = np.zeros(1, np.intp), np.zeros(len(streams), np.intp)
        for hour in range(self._officers.size):
            on_duty = self._officers[hour] if self._open[hour] else 0.0
            need = [
                (self._rates[str(s.id)][hour] if str(s.id) in self._rates else 0.0)
                + self.lines[str(s.id)].present
                for s in streams
            ]
            work = (np.maximum(need, 1.0) / rate)[:, None]
            booths = on_duty * self._spec.booth_share.value
            staffed = staff_lanes(np.array([[booths]]), work, lanes, first, post_of)[:, 0]
            second = on_duty - min(booths, float(lanes.sum()))
            servers, speed = as_servers(np.append(staffed, second))
            lines = [*(self.lines[str(s.id)] for s in streams), self.second_line]
            for line, n, v in zip(lines, servers.tolist(), speed.tolist(), strict=True):
                line.staff(n, v)
            yield self.env.timeout(1.0)

    def _arrivals(self, line: Line, units: Traffic) -> Process:
        env = self.env
        columns = (units.arrive, units.booth, units.second, units.patience, units.priority)
        for arrive, booth, second, patience, priority in zip(
            *(c.tolist() for c in columns), strict=True
        ):
            if arrive > env.now:
                yield env.timeout(arrive - env.now)
            env.process(self._vehicle(line, booth, second, patience, priority))

    def _vehicle(
        self, line: Line, booth: float, second: float, patience: float, priority: int
    ) -> Process:
        served = yield from line.pass_through(booth, patience, priority)
        if served and second > 0.0:
            yield from self.second_line.pass_through(second, math.inf, 0)


def _ordered(units: Traffic | None) -> bool:
    """Return whether units differ in priority, so that their order must be kept sorted."""
    return units is not None and units.priority.size > 0 and bool(np.ptp(units.priority))
