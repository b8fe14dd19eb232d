"""The daybook: what a run records once a day, a week and a month (phase 8).

Keeps nothing a table does not need; every table's rows go to the recorder in order of time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.movement.crowd import NOT_YET, RECEPTION, STATES, WAITING, Crowd
from sim.movement.leg_table import LegTable
from sim.passage import DayLog
from sim.randomness import Draws
from sim.records.journeys import JourneyLog
from sim.records.months import month_labels
from sim.records.observation import Observer
from sim.records.recorder import Recorder
from sim.records.screenlines import ScreenlineCounter

Index = NDArray[np.intp]


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
        self._countries = np.array(countries, dtype=object)
        self.hourly = hourly
        self._months = month_labels(clock)
        self._leg_id = np.array([leg.id for leg in legs.specs], dtype=object)
        self._tail = np.array([leg.tail for leg in legs.specs], dtype=object)
        self._head = np.array([leg.head for leg in legs.specs], dtype=object)
        self._mode = np.array([leg.mode for leg in legs.specs], dtype=object)

    def write_hour(self, hour: int, persons: NDArray[np.int64]) -> None:
        """Record the persons that began each leg in a window (only at grain ``hour``)."""
        used = np.flatnonzero(persons)
        if len(used):
            self._recorder.add(
                "hourly_flows", hour=hour, leg=self._leg_id[used], persons=persons[used]
            )

    def write_flows(self, day: int, persons: NDArray[np.int64], parties: NDArray[np.int64]) -> None:
        """Record the persons and parties that began each leg in a day."""
        used = np.flatnonzero(parties)
        if len(used):
            self._recorder.add(
                "flows", day=day, leg=self._leg_id[used], tail=self._tail[used],
                head=self._head[used], mode=self._mode[used], persons=persons[used],
                parties=parties[used],
            )  # fmt: skip

    def close_day(
        self, log: DayLog, stays: list[tuple[NDArray[np.intp], NDArray[np.int32]]]
    ) -> None:
        """Read the day's crossings, stops and stays at screenlines, journeys and rules."""
        crowd, legs = self._crowd, self._legs
        if log.crossed:
            rows, leg, hour = (np.concatenate(part) for part in zip(*log.crossed, strict=True))
            order = np.argsort(hour, kind="stable")
            rows, leg, hour = rows[order], leg[order], hour[order]
            persons = crowd.persons[rows]
            bits = self._screenlines.count(
                rows, leg, hour, persons, crowd.stock[rows], crowd.lines[rows]
            )
            np.bitwise_or.at(crowd.lines, rows, bits)
            fresh = self._journeys.record(rows, leg, hour, crowd.borders[rows])
            np.bitwise_or.at(crowd.borders, rows, fresh)
            self._see("entry", rows, legs.to_country[leg], legs.border[leg], hour)
        for parents, new, hour_ in log.split:
            self._journeys.split(parents, new, hour_)
        if log.stopped:
            rows, country, border, hour = (
                np.concatenate(part) for part in zip(*log.stopped, strict=True)
            )
            self._see("stop", rows, country, border, hour)
        if stays and (self._observer.looks_at("stay") or self._observer.looks_at("reception")):
            rows, hour = (np.concatenate(part) for part in zip(*stays, strict=True))
            country = self._place_country[crowd.node[rows]]
            self._see("stay", rows, country, np.full(len(rows), -1), hour)
            housed = crowd.state[rows] == RECEPTION
            if housed.any():
                rows, hour, country = rows[housed], hour[housed], country[housed]
                self._see("reception", rows, country, np.full(len(rows), -1), hour)
        for parents, new, _ in log.split:
            # Split rows take over what the day has added to their parents' history.
            crowd.borders[new] |= crowd.borders[parents]
            crowd.lines[new] |= crowd.lines[parents]
            crowd.registered[new] |= crowd.registered[parents]

    def _see(
        self,
        where: str,
        rows: Index,
        country: Index,
        border: NDArray[np.intp],
        hour: NDArray[np.int32],
    ) -> None:
        crowd = self._crowd
        base = self._draws.event_base(crowd.key[rows], hour)
        bits = self._observer.see(
            where, rows, country, border, crowd.persons[rows], hour,  # type: ignore[arg-type]
            crowd.registered[rows], base, self._draws,
        )  # fmt: skip
        np.bitwise_or.at(crowd.registered, rows, bits)

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

    def waiting_by_place(self, places: int) -> NDArray[np.int64]:
        """Return the persons waiting at each place without a bed, shape (places,)."""
        crowd = self._crowd
        total = np.zeros(places, np.int64)
        for part in crowd.in_use():
            here = np.flatnonzero(crowd.state[part] == WAITING)
            counted = np.bincount(crowd.node[part][here], crowd.persons[part][here], places)
            total += counted.astype(np.int64)
        return total
