"""The daybook: what a run records once a day, a week and a month (phase 8).

Keeps nothing a table does not need; every table's rows go to the recorder in order of time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.kernels import inheriting, observation
from sim.movement.crowd import NOT_YET, STATES, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.noted import Noted
from sim.movement.waits import Stays
from sim.passage_log import Crossed, DayLog
from sim.randomness import Draws
from sim.records.columns import Named, numbered
from sim.records.journeys import JourneyLog
from sim.records.months import month_labels
from sim.records.observation import Observer, Where
from sim.records.recorder import Recorder
from sim.records.rooms import Rooms
from sim.records.screenlines import ScreenlineCounter

Index = NDArray[np.intp]
#: Entries of closed days after which they are looked back on.
_MOST_KEPT = 20_000
#: Events that are stays, in the order they are looked at.
_OF_STAYS: tuple[Where, ...] = ("stay", "reception")


class Daybook:
    """Writes flows, screenlines, journeys, observed series and stocks as days close."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        clock: Clock,
        draws: Draws,
        recorder: Recorder,
        screenlines: ScreenlineCounter,
        journeys: JourneyLog,
        observer: Observer,
        place_country: Index,
        countries: tuple[str, ...],
        hourly: bool,
    ) -> None:
        """Join the parts; ``hourly`` also writes flows by hour."""
        self._crowd = crowd
        self._legs = legs
        self._draws = draws
        self._recorder = recorder
        self._screenlines = screenlines
        self._journeys = journeys
        self._observer = observer
        self._place_country = place_country
        self._no_border = np.full(place_country.size, -1)
        self._countries = np.array(countries, dtype=object)
        self.hourly = hourly
        self._months = month_labels(clock)
        # By day: day, leg, persons, parties of the legs used.
        self._flows: list[tuple[NDArray[Any], ...]] = []
        # Closed days not looked back on yet, and how many entries they have.
        self._crossed: list[tuple[NDArray[Any], ...]] = []
        self._stopped: list[tuple[NDArray[Any], ...]] = []
        # Stays that rules look at: rows, hours, places, and whether a rule looks at each place.
        self._stays = {
            where: (Noted(np.intp, np.int32, np.intp), observer.watches(where)[place_country])
            for where in _OF_STAYS
            if observer.looks_at(where)
        }
        self._kept = 0
        self._rooms_crossed = Rooms(np.intp, np.intp, np.int32, np.uint8)
        self._rooms_stopped = Rooms(np.intp, np.intp, np.intp, np.int32)
        # Who reads, or takes over, what is made of the days has to have all of it.
        observer.before_reading = screenlines.before_reading = self.look_back
        crowd.before_split = self.look_back
        self._leg_ids = tuple(leg.id for leg in legs.specs)

    def write_hour(self, hour: int, persons: NDArray[np.int64]) -> None:
        """Record the persons that began each leg in a window (only at grain ``hour``)."""
        used = np.flatnonzero(persons)
        if len(used):
            self._recorder.add(
                "hourly_flows", hour=hour, leg=Named(self._leg_ids, used), persons=persons[used]
            )

    def write_flows(self, day: int, persons: NDArray[np.int64], parties: NDArray[np.int64]) -> None:
        """Keep the persons and parties that began each leg in a day."""
        used = parties.nonzero()[0]
        self._flows.append(
            (np.full(used.size, day, np.int32), used.astype(np.int16), persons[used], parties[used])
        )

    def write(self) -> None:
        """Write the flows of all days."""
        if not self._flows:
            return
        day, used, persons, parties = _joined(self._flows)
        tails, tail = numbered(leg.tail for leg in self._legs.specs)
        heads, head = numbered(leg.head for leg in self._legs.specs)
        modes, mode = numbered(leg.mode for leg in self._legs.specs)
        self._recorder.add(
            "flows", day=day, leg=Named(self._leg_ids, used), tail=Named(tails, tail[used]),
            head=Named(heads, head[used]), mode=Named(modes, mode[used]), persons=persons,
            parties=parties,
        )  # fmt: skip

    def close_day(self, log: DayLog, stays: list[Stays]) -> None:
        """Read the day's crossings for journeys; keep them, stops and stays to be looked back on.

        A day on which parties were split is looked at by itself, so that a part has from its
        morning on what its party had then.
        """
        events = _Inherited(log.split)
        crossed = _in_order(log.crossed)
        if crossed[0].size:
            rows, leg, hour, _ = crossed
            bits = self._journeys.record(rows, leg, hour, self._crowd.borders)
            events.pass_on(self._crowd.borders, rows, hour, bits)
        if log.split:
            parents, new, when = _joined(log.split)
            # Not what the parent did in that very hour: one died before it, or was held by then.
            self._journeys.split(parents, new, when - 1)
        self._kept += crossed[0].size + sum(len(part[0]) for part in (*log.stopped, *stays))
        looks = bool(log.split) or self._kept > _MOST_KEPT
        if crossed[0].size:
            # The log's own room is written anew tomorrow.
            self._crossed.append(crossed if looks else tuple(part.copy() for part in crossed))
        self._stopped += log.stopped
        for where, (noted, watched) in self._stays.items():
            for rows, hour, node, housed in stays:
                columns = noted.make_room(rows.size + 1)
                noted.count = observation.pick(
                    rows, hour, node, housed, watched, where == "reception", noted.count, *columns
                )
        if looks:
            self._look(events)

    def look_back(self) -> None:
        """Read the closed days' crossings, stops and stays at screenlines and by rules."""
        if self._kept:
            self._look(_Inherited(()))

    def _look(self, events: _Inherited) -> None:
        crowd, legs = self._crowd, self._legs
        crossed, self._crossed = self._crossed, []
        stopped, self._stopped = self._stopped, []
        self._kept = 0
        if crossed:
            rows, leg, hour, persons = _joined(crossed, self._rooms_crossed)
            bits = self._screenlines.count(rows, leg, hour, persons, crowd.stock, crowd.lines)
            events.pass_on(crowd.lines, rows, hour, bits)
            if self._observer.looks_at("entry"):
                self._see("entry", rows, leg, legs.to_country, legs.border, hour, events)
        if stopped and self._observer.looks_at("stop"):
            rows, country, border, hour = _joined(stopped, self._rooms_stopped)
            self._see("stop", rows, np.arange(rows.size), country, border, hour, events)
        for where, (noted, _) in self._stays.items():
            if noted.count:
                rows, hour, node = noted.take()
                country, border = self._place_country, self._no_border
                self._see(where, rows, node, country, border, hour, events)

    def _see(
        self,
        where: Where,
        rows: Index,
        at: Index,
        country: Index,
        border: Index,
        hour: NDArray[np.int32],
        events: _Inherited,
    ) -> None:
        """Show events to the rules that look at them; see ``Observer.see``."""
        crowd = self._crowd
        bits = self._observer.see(
            where, rows, at, country, border, hour, crowd.persons, crowd.registered, crowd.key,
            self._draws,
        )  # fmt: skip
        events.pass_on(crowd.registered, rows, hour, bits)

    def write_stocks(self, month: int) -> None:
        """Record persons by country and state at the end of a month."""
        crowd = self._crowd
        width = NOT_YET + 1
        counts = np.zeros((len(self._countries), width), np.int64)
        for part in crowd.in_use():
            country = self._place_country[crowd.node[part]]
            index = country * width + crowd.state[part]
            counted = np.bincount(index, crowd.persons[part], counts.size)
            counts += counted.astype(np.int64).reshape(counts.shape)
        country, state = np.nonzero(counts[:, :NOT_YET])
        if len(country):
            self._recorder.add(
                "stocks", month=self._months[month], country=self._countries[country],
                state=np.array(STATES, dtype=object)[state], persons=counts[country, state],
            )  # fmt: skip


class _Inherited:
    """Passes a day's bits on to rows split off later that day from the party that has them.

    A split row has taken over its parent's columns as they stood in the morning.
    """

    def __init__(self, split: Sequence[tuple[NDArray[Any], ...]]) -> None:
        """Take (parents, new rows, hours) of a day's splits."""
        self._split = _joined(split)

    def pass_on(
        self,
        column: NDArray[Any],
        rows: Index,
        hour: NDArray[np.int32],
        bits: NDArray[Any],
    ) -> None:
        """Add to ``column`` of split rows the bits their parents got in earlier hours."""
        if self._split:
            parents, new, when = self._split
            event, heir = inheriting.heirs(parents, new, when, rows, hour)
            np.bitwise_or.at(column, heir, bits[event])


def _in_order(crossed: Crossed) -> Crossed:
    """Return crossings in order of their hours; in a window of several they come in batches."""
    rows, leg, hour, persons = crossed
    if (hour[1:] >= hour[:-1]).all():
        return crossed
    order = hour.argsort(kind="stable")
    return rows[order], leg[order], hour[order], persons[order]


def _joined(
    parts: Sequence[tuple[NDArray[Any], ...]], rooms: Rooms | None = None
) -> tuple[NDArray[Any], ...]:
    """Return batches of columns as single columns, in rooms if given; nothing for no batch."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*parts, strict=True)
    if rooms is not None:
        return rooms.joined(*columns)
    return tuple(np.concatenate(column) for column in columns)
