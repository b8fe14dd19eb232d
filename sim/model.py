"""`BorderModel`: the tick order, over Mesa's agents, SimPy's clock and the crowd's columns.

One pass of the order covers a window (1 h by default). It is written once, in ``PHASES``:

====== ============ ===============================================================
number phase        what happens
====== ============ ===============================================================
1      measures     dated measures begin and end; at midnight rosters are planned
2-3    passages     arrivals enter; legs, queues, holdings and waits now due end
4      clock        desks answer, queues of posts move; then whatever runs on ``env``
5-6    choices      consequences of answers; parties now free choose, pay and set out
7      learning     daily awareness and beliefs; weekly values and networks
8      record       flows, logs, stocks; conservation
====== ============ ===============================================================

What follows from a stop is settled where the party is next due, in phases 2-3 of the hour it
acts; an answer at 10:37 acts at 11:00 (phase 5).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal
from weakref import ref

import numpy as np

from sim.agents import mesa
from sim.institutions import Institution, overridden
from sim.movement.batch import Batch
from sim.movement.crowd import ARRIVED, Rows
from sim.movement.season import departures_let_through
from sim.placing import place_institutions
from sim.processes import Processes
from sim.records.outcomes import compute_outcomes
from sim.records.recorder import Recorder
from sim.scenario.specs.scenario import Scenario
from sim.world import World

#: Columns of what institutions report each week, as Mesa's collector keeps them.
_COLLECTED = ("week", "institution", "series", "value")
#: Models of this process that may not be cleared away yet. References without a callback: what is
#: raised in one, such as the user's interruption during a collection, would be lost.
_MODELS: list[ref[BorderModel]] = []
DAY = 24
WEEK = 7 * DAY

#: Number, name and method of each phase, in order: read by the run, the profiler, the console.
PHASES: tuple[tuple[str, str, str], ...] = (
    ("1", "measures", "_measures"),
    ("2-3", "passages", "_passages"),
    ("4", "clock", "_clock"),
    ("5-6", "choices", "_choices"),
    ("7", "learning", "_learning"),
    ("8", "record", "_record"),
)


class BorderModel(mesa.Model):  # type: ignore[misc]  # mesa has no types
    """A run of a scenario: a pure function of (scenario, seed).

    Args:
        scenario: Resolved scenario, plan included.
        seed: Seed of all draws; the scenario's own if None.
        grain: ``hour`` also records flows by hour.
        checks: ``full`` recounts everything every window; the scenario's own if None.

    Attributes:
        env: SimPy environment; its time is the clock, hours since start.
        phase_seconds: Seconds spent by phase name so far.
        recorder: Tables of the run; complete after ``run``.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int | None = None,
        *,
        grain: Literal["day", "hour"] = "day",
        checks: Literal["daily", "full"] | None = None,
    ) -> None:
        _MODELS[:] = [kept for kept in _MODELS if kept() is not None]
        if _MODELS:
            # One that is no longer used hangs together by itself and waits for the collector, and
            # its arrays with it: it goes before the next is built.
            gc.collect()
        super().__init__(seed=0)
        _MODELS.append(ref(self))
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.env = Processes()
        self.recorder = Recorder()
        self.world = World(scenario, self.seed, self.recorder, hourly=grain == "hour")
        self.clock = self.world.clock
        self.now = self._end = 0
        self._full = (checks or scenario.checks) == "full"
        self._calendar = self.clock.calendar()
        self._days = (scenario.until - scenario.start).days
        self._free: Batch | None = None
        self._touched: Rows = np.empty(0, np.intp)
        self._day_flows = np.zeros((2, len(self.world.legs.specs)), np.int64)
        self._week_start = 0
        self._finished = False
        self.phase_seconds = {name: 0.0 for _, name, _ in PHASES}
        self._phases = [(name, getattr(self, method)) for _, name, method in PHASES]
        self.world.space = place_institutions(self, self.world)
        self.datacollector = mesa.DataCollector(tables={"institutions": _COLLECTED})
        self.world.open_desks(self.env)

    def _let_act(self, method: str, hour: int) -> None:
        """Call a method of all institutions whose kind acts on it."""
        for kind, agents in list(self.agents_by_type.items()):
            if issubclass(kind, Institution) and overridden(kind, method):
                agents.do(method, hour)

    # The tick ------------------------------------------------------------------------------

    def step(self) -> None:
        """Run one window in the order of ``PHASES``."""
        clock = time.perf_counter
        self._end = min(self.now + self.clock.window, self.clock.hours)
        seconds, begin = self.phase_seconds, clock()
        for name, phase in self._phases:
            phase()
            end = clock()
            seconds[name] += end - begin
            begin = end
        self.now = self._end

    def narrow(self) -> None:
        """Let a window be an hour from now on, and flows be recorded by the hour too."""
        self.clock = replace(self.clock, window=1)
        self.world.narrow(self.clock)
        self._day_flows += self.world.departure.take_flows()
        self.world.daybook.hourly = True

    def run(self, on_window: Callable[[int], None] | None = None) -> Recorder:
        """Run to the end and return the recorder with every table written.

        ``on_window`` is called with the hour after each window.
        """
        # What stands now stands to the end: the collector need not look through it meanwhile,
        # unless whoever runs this has set something aside already.
        ours = gc.get_freeze_count() == 0
        if ours:
            gc.freeze()
        try:
            while self.now < self.clock.hours:
                self.step()
                if on_window is not None:
                    on_window(self.now)
            self._finish()
        finally:
            if ours:
                gc.unfreeze()
        return self.recorder

    def _measures(self) -> None:
        world, hour = self.world, self.now
        if self.now % DAY == 0:
            world.give_orders(hour)
            self._open_day()
        turns = world.in_force.next_hour
        if turns is not None and turns <= hour:
            world.turn_measures(hour)
        world.in_force.reached = hour
        world.rosters.verify()

    def _open_day(self) -> None:
        world, hour = self.world, self.now
        # A simulated day belongs to the month of its middle: it may begin before local midnight.
        month = int(self._calendar.month[min(hour + DAY // 2, self.clock.hours - 1)])
        world.passage.open_day(month, hour // DAY)
        if hour == DAY:
            # All who are there at the start act in the first window; no other has so many. The
            # largest rooms are made anew.
            world.passage.let_go()
            world.departure.let_go()
        world.calendar.open_day(hour)
        world.plan_duty(hour)
        if hour % WEEK == 0:
            world.requests.ask_other_business(hour, min(WEEK, self.clock.hours - hour))
        if world.other_crime is not None:
            world.other_crime.open_day(hour, self.clock.hours - hour)
        self._let_act("daily", hour)
        if hour == 0:
            world.values.solve(hour)
        self._season = (
            departures_let_through(int(self._calendar.year_day[hour]),
                                   world.parameters["season_win"])
            if self.scenario.switches.season else 1.0
        )  # fmt: skip

    def _passages(self) -> None:
        world, hours = self.world, self._end - self.now
        world.late_arrivals.admit(self.now, hours)
        rows = world.calendar.pop(self.now, hours)
        self._touched = rows
        self._free = None
        if len(rows):
            world.books.take_out(rows)
            self._free = world.passage.resolve(rows, self.now, self._season)
        world.settle_other_crime(self.now, hours)

    def _clock(self) -> None:
        self.world.serve(self.now, self._end - self.now)
        self.env.move_to(self._end)

    def _choices(self) -> None:
        world = self.world
        world.consequences.settle(self._end)
        world.networks.begin_window(self.now, self._end - self.now)
        if self._free is not None and len(self._free):
            world.departure.choose(self._free)
        world.waits.flush()
        for rows in (self._touched, *world.passage.log.take_split_off()):
            if len(rows):
                world.books.put_back(rows)

    def _learning(self) -> None:
        world, end = self.world, self._end
        if not self._closes_day(end):
            return
        world.learn_daily()
        if end % WEEK == 0 or end == self.clock.hours:
            self._close_week(end)

    def _close_week(self, end: int) -> None:
        world = self.world
        week = self._week_start // WEEK
        world.learn_weekly(week)
        self._let_act("weekly", end)
        self._collect(week)
        self._week_start = end
        if end < self.clock.hours:
            world.values.solve(end)

    def _collect(self, week: int) -> None:
        """Let every institution report its series of the week."""
        table = self.datacollector.tables["institutions"]
        for agent in self.agents:
            reported = agent.series()
            table["week"] += [week] * len(reported)
            table["institution"] += [agent.name] * len(reported)
            table["series"] += reported
            table["value"] += reported.values()

    def _record(self) -> None:
        world, end = self.world, self._end
        if world.daybook.hourly:
            persons, parties = world.departure.take_flows()
            world.daybook.write_hour(self.now, persons)
            self._day_flows += (persons, parties)
        closes = self._closes_day(end)
        world.books.check(end, "record", full=self._full or closes)
        if self._full or (closes and (end % WEEK == 0 or end == self.clock.hours)):
            world.books.check_places(end, "record")
        if closes:
            self._close_day(end)

    def _closes_day(self, end: int) -> bool:
        # A run that ends in winter time and began in summer has an hour more: its last day's.
        return end == self.clock.hours or (end % DAY == 0 and end < self._days * DAY)

    def _close_day(self, end: int) -> None:
        world, day = self.world, min((end - 1) // DAY, self._days - 1)
        self._day_flows += world.departure.take_flows()
        world.daybook.write_flows(day, *self._day_flows)
        self._day_flows[:] = 0
        world.close_day(day, end, int(self._calendar.month[max(end - DAY // 2, 0)]))
        # A simulated day ends some hours before or after local midnight: the month that its
        # middle lies in closes where the next day's middle lies in another.
        month = self._calendar.month
        middle = min(end + DAY // 2, self.clock.hours - 1)
        if end == self.clock.hours or month[middle] != month[end - DAY // 2]:
            world.daybook.write_stocks(int(month[end - DAY // 2]))

    # The end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self._finished:
            return
        self._finished = True
        world = self.world
        world.write_tables()
        self._write_institutions()
        compute_outcomes(
            self.recorder, self.clock, world.places, self.scenario.sectors, self.scenario.posts
        )

    def _write_institutions(self) -> None:
        week, name, series, value = (
            self.datacollector.tables["institutions"][column] for column in _COLLECTED
        )
        if week:
            self.recorder.add(
                "institutions", week=np.array(week), institution=np.array(name, dtype=object),
                series=np.array(series, dtype=object), value=np.array(value, dtype=float),
            )  # fmt: skip

    def digest(self) -> dict[str, Any]:
        """Return counts for the manifest: parties, persons, entered, arrived."""
        crowd, books = self.world.crowd, self.world.books
        return {
            "parties": int(crowd.present - crowd.barred + crowd.size - crowd.planned),
            "persons": int(books.entered[0]),
            "minors": int(books.entered[1]),
            "unaccompanied": int(books.entered[2]),
            "arrived": int(books.tally[ARRIVED, 0]),
            "legs": int(crowd.moves[: crowd.size].sum(dtype=np.int64)),
        }
