"""Rosters: officers on the books are not officers on duty (MODEL 5a).

On the books x presence x weekly hours are the duty hours a station has. They are shared over
the shifts of its pattern by weight; the officers a shift has on average become whole officers
day by day, by cumulative rounding, so that the average over many days is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from sim.clock import Calendar, Clock
from sim.errors import ModelError
from sim.kernels import rosters as kernel
from sim.randomness import text_key
from sim.scenario.duty import duty_per_officer, shifts_of
from sim.scenario.measures import Posting
from sim.scenario.specs.control import ServiceName, ShiftPattern

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Services in the order of the second axis of ``Rosters.plan``.
SERVICES: tuple[str, ...] = get_args(ServiceName)


@dataclass(frozen=True)
class Station:
    """Where officers serve: a post or a sector, or a reserve from which they are sent.

    Attributes:
        target: ``post:id``, ``sector:id`` or ``reserve:id``.
        country: Country that runs it.
        zone: IANA zone of its shifts.
        pattern: Its shift pattern.
        days: Weekdays on which shifts begin there, 0 Monday to 6 Sunday.
    """

    target: str
    country: str
    zone: str
    pattern: ShiftPattern
    days: tuple[int, ...] = tuple(range(7))


class Visit(NamedTuple):
    """Officers of another country at a station, on a roster row of their own.

    Attributes:
        station: Index of the station.
        country: Where they come from.
        as_host: They work like the host's own officers, whatever is agreed; at a desk of a
            centre, where only their country's own can answer, without effect.
        legal_base: Agreement that alone may lend them powers; "" for any in force.
    """

    station: int
    country: str
    as_host: bool
    legal_base: str = ""


class AtPosts(NamedTuple):
    """Who works at the posts in the hours planned.

    Attributes:
        since: First hour.
        working: I64 who work there, shape (posts, hours).
        openers: Those of them who may open a load, same shape.
    """

    since: int
    working: I64
    openers: I64


class _Group:
    """Rows that share shifts and zone: stations' own officers, and visitors apart."""

    def __init__(self, pattern: ShiftPattern, calendar: Calendar, days: tuple[int, ...]) -> None:
        self.shifts = shifts_of(pattern)
        self.calendar = calendar
        self.per_officer = duty_per_officer(pattern, len(days))
        self._per_shift = np.asarray(self.per_officer, np.float64)
        self._shifts = np.array(self.shifts, np.intp)
        # Days worked before each weekday that a week from civil day 0 on passes through.
        first = int(calendar.weekday[0]) - int(calendar.day[0])
        worked = [(first + k) % 7 in days for k in range(7)]
        self._worked_before = np.cumsum([0, *worked])
        #: Row of the books, station (own officers) or visit (visitors) of each row, or -1.
        self.rows: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.stations: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.visits: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.phase: F64 = np.empty((0, len(SERVICES), len(self.shifts)))

    def add(self, row: int, station: int, visit: int, name: str) -> None:
        """Add a row of the books to the group."""
        self.rows = np.append(self.rows, row)
        self.stations = np.append(self.stations, station)
        self.visits = np.append(self.visits, visit)
        # Stations do not all round up on the same day; keyed by name, so that one more
        # station changes no other's roster.
        count = len(SERVICES) * len(self.shifts)
        phase = (text_key(name) / 2.0**64 + np.arange(count) / count) % 1.0
        shape = (1, len(SERVICES), len(self.shifts))
        self.phase = np.concatenate([self.phase, phase.reshape(shape)])

    def remove(self, row: int) -> None:
        """Take a row of the books out of the group."""
        kept = self.rows != row
        self.rows, self.stations = self.rows[kept], self.stations[kept]
        self.visits, self.phase = self.visits[kept], self.phase[kept]

    def plan(self, books: F64, hours: slice, duty: I64, visiting: I64) -> None:
        """Add officers on duty where there are any on the books.

        Args:
            books: Officers by row of the books and service.
            hours: Hours planned.
            duty: Own officers, shape (stations, services, hours).
            visiting: Visitors, shape (visits, services, hours).
        """
        day = self.calendar.day[hours]
        first = int(day.min()) - 1
        week, rest = np.divmod(np.arange(first, int(day.max()) + 2), 7)
        kernel.put_on_duty(
            books, self.rows, self.stations, self.visits, self.phase, self._per_shift,
            self._shifts, week * self._worked_before[7] + self._worked_before[rest],
            self.calendar.hour[hours], day, first, duty, visiting,
        )  # fmt: skip


class Rosters:
    """Who is on the books where, and who is on duty when.

    Attributes:
        stations: The stations, position = station index.
        services: Services, position = service index.
        visits: Officers of other countries at stations, position = visit index; grows as they
            come, and keeps those that have left.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        postings: Sequence[Posting],
        patterns: Mapping[str, ShiftPattern],
        clock: Clock,
    ) -> None:
        """Put the first officers on the books.

        Args:
            stations: Posts and sectors.
            postings: Officers on the books from the start; with ``measure`` "" they are the base.
            patterns: Shift patterns by id; ``hours`` of a posting is a span or one of these.
            clock: The run's clock.
        """
        self.stations = tuple(stations)
        self.services = SERVICES
        self.visits: list[Visit] = []
        self._index = {s.target: i for i, s in enumerate(self.stations)}
        self._patterns = dict(patterns)
        self._clock = replace(clock, until=clock.until + timedelta(days=2))
        self._calendars: dict[str, Calendar] = {}
        self._groups: dict[tuple[int, str, str | None, tuple[int, ...]], _Group] = {}
        self._active: list[Posting] = []
        self._net: dict[tuple[str, str, int], float] = {}
        #: Countries and services that were ever posted, in order.
        self._posted: dict[tuple[str, int], None] = {}
        # One row of the books a station or visit and span of hours; shape (rows, services).
        self._books: F64 = np.zeros((0, len(SERVICES)))
        self._row: dict[tuple[Visit, str | None], int] = {}
        self._countries: list[str] = []
        self._row_country: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        # Officers there should be, and which rows are a country's; (countries, ...).
        self._expected: F64 = np.zeros((0, len(SERVICES)))
        self._of_country: F64 = np.zeros((0, 0))
        #: Books and what they are to hold, as they were when last proved right.
        self._proved = self._books, self._expected
        #: Books as they were when last counted, and officers by country and service.
        self._counted: tuple[bytes, F64] = b"", self._expected
        for i, station in enumerate(self.stations):
            self._row_of(Visit(i, station.country, False), None)
        for posting in postings:
            self.begin(posting)

    def _calendar(self, zone: str) -> Calendar:
        if zone not in self._calendars:
            self._calendars[zone] = self._clock.calendar(zone)
        return self._calendars[zone]

    def _group(self, station: int, hours: str | None) -> _Group:
        where = self.stations[station]
        # Zones that read the same have one calendar between them.
        calendar = self._calendar(where.zone)
        key = (id(calendar), where.pattern.id, hours, where.days)
        if key not in self._groups:
            pattern = where.pattern
            if hours in self._patterns:
                pattern = self._patterns[str(hours)]
            elif hours is not None:
                pattern = pattern.model_copy(update={"shifts": (hours,), "weights": (1.0,)})
            self._groups[key] = _Group(pattern, calendar, where.days)
        return self._groups[key]

    def _row_of(self, who: Visit, hours: str | None) -> int:
        """Return the row of the books of officers at a station, made if there is none."""
        if (who, hours) not in self._row:
            self._row[who, hours] = row = len(self._row)
            self._place(who, hours, row)
            code = self._country(who.country)
            self._row_country = np.append(self._row_country, code)
            self._books = np.concatenate([self._books, np.zeros((1, len(SERVICES)))])
            countries = np.arange(len(self._countries))[:, None]
            self._of_country = (self._row_country == countries).astype(float)
        return self._row[who, hours]

    def _place(self, who: Visit, hours: str | None, row: int) -> None:
        """Put a row of the books into the group of its shifts."""
        where, visit = self.stations[who.station], -1
        name = where.target
        if who.country != where.country or who.as_host:
            if who not in self.visits:
                self.visits.append(who)
            visit = self.visits.index(who)
            name = f"{where.target} {who.country}"
        self._group(who.station, hours).add(row, who.station if visit < 0 else -1, visit, name)

    def station(self, target: str) -> Station:
        """Return a station as it is now."""
        return self.stations[self._index[target]]

    def reshape(
        self, target: str, shift: str | None = None, days: tuple[int, ...] | None = None
    ) -> None:
        """Let all officers of a station serve by another pattern, or on other weekdays."""
        i = self._index[target]
        mine = [(who, hours, row) for (who, hours), row in self._row.items() if who.station == i]
        for _, hours, row in mine:
            self._group(i, hours).remove(row)
        now = self.stations[i]
        new = replace(
            now, pattern=self._patterns[shift] if shift else now.pattern, days=days or now.days
        )
        self.stations = (*self.stations[:i], new, *self.stations[i + 1 :])
        for who, hours, row in mine:
            self._place(who, hours, row)

    def _country(self, country: str) -> int:
        if country not in self._countries:
            self._countries.append(country)
            self._expected = np.concatenate([self._expected, np.zeros((1, len(SERVICES)))])
        return self._countries.index(country)

    def begin(self, posting: Posting) -> None:
        """Put a posting's officers on the books of its target, or take them off if negative.

        Raises:
            ModelError: The target is no station, the service unknown, or more officers are taken
                than there are.
        """
        self._move(posting, posting.officers)
        self._active.append(posting)

    def end(self, posting: Posting) -> None:
        """Undo a posting.

        Raises:
            ModelError: It was not in force, or its officers are no longer there.
        """
        if posting not in self._active:
            raise ModelError(f"measure {posting.measure!r} has no posting at {posting.target} now")
        self._active.remove(posting)
        self._move(posting, -posting.officers)

    def _move(self, posting: Posting, officers: float) -> None:
        if posting.target not in self._index:
            raise ModelError(f"measure {posting.measure!r}: {posting.target} has no roster")
        if posting.service not in SERVICES:
            raise ModelError(f"measure {posting.measure!r}: {posting.service!r} is no service; "
                             f"use {', '.join(SERVICES)}")  # fmt: skip
        station = self._index[posting.target]
        # At a desk nobody works like the host's own: there they only sit.
        home = self.stations[station].country
        sits = posting.country != home or posting.target.startswith("desk:")
        abroad = posting.country != home and not posting.as_host
        who = Visit(
            station, posting.country, posting.as_host and sits,
            posting.legal_base if abroad else "",
        )  # fmt: skip
        row = self._row_of(who, posting.hours)
        service = SERVICES.index(posting.service)
        held = float(self._books[row, service])
        if held + officers < -1e-9:
            raise ModelError(
                f"measure {posting.measure!r} takes {-officers:g} {posting.service} officers of "
                f"{posting.country} from {posting.target}, which has {held:g}"
            )
        self._books[row, service] = held + officers
        self._expect(posting.measure, posting.country, service, officers)

    def _expect(self, measure: str, country: str, service: int, officers: float) -> None:
        """Count the officers there should be: the base, and what a measure adds on the whole."""
        key = (measure, country, service)
        self._posted[country, service] = None
        before = self._net.get(key, 0.0)
        after = self._net[key] = before + officers
        if measure != "":
            before, after = max(before, 0.0), max(after, 0.0)
        self._expected[self._country(country), service] += after - before

    def books(self, only: str | None = None) -> dict[tuple[str, str], float]:
        """Return officers on the books by (country, service), counted at the stations.

        Args:
            only: One country; all if None.
        """
        now = self._books.tobytes()
        if now != self._counted[0]:
            self._counted = now, self._of_country @ self._books
        found = self._counted[1]
        return {
            (country, SERVICES[service]): float(found[self._countries.index(country), service])
            for country, service in self._posted
            if only is None or country == only
        }

    def weekly_hours(self, target: str, hours: str | None) -> float:
        """Return hours on duty a week of an officer on the books of a target, on average."""
        station = self._index[target]
        group, days = self._group(station, hours), len(self.stations[station].days)
        lengths = np.array([length for _, length in group.shifts])
        return float((days * lengths * group.per_officer).sum())

    def held(self, target: str, country: str, service: str) -> float:
        """Return the officers of a country and service on the books of a target, any hours."""
        station, j = self._index[target], SERVICES.index(service)
        return sum(
            float(self._books[row, j])
            for (who, _), row in self._row.items()
            if who.station == station and who.country == country
        )

    def verify(self, country: str | None = None) -> None:
        """Prove that no officer was made or lost, for one country or for all; every tick.

        The books must hold the base officers and those a measure adds; a measure that takes
        officers must post them somewhere.

        Raises:
            ModelError: They do not; names country, service, expected and found.
        """
        if kernel.unchanged(self._books, self._expected, *self._proved):
            return
        found = self._of_country @ self._books
        wrong = np.abs(found - self._expected) > 1e-6
        if not wrong.any():
            self._proved = self._books.copy(), self._expected.copy()
            return
        for i, j in np.argwhere(wrong):
            if country is None or self._countries[i] == country:
                raise ModelError(
                    f"officers of {self._countries[i]}, {SERVICES[j]}: expected "
                    f"{self._expected[i, j]:g} on the books, found {found[i, j]:g}"
                )

    def plan(self, first_hour: int, hours: int) -> NDArray[np.int64]:
        """Return stations' own officers on duty by hour, shape (stations, services, hours)."""
        return self.plan_all(first_hour, hours)[0]

    def plan_all(self, first_hour: int, hours: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return who is on duty in each hour, the stations' own and the visitors.

        Returns:
            Own officers, shape (stations, services, hours); visitors, shape (visits, services,
            hours).
        """
        duty = np.zeros((len(self.stations), len(SERVICES), hours), np.int64)
        visiting = np.zeros((len(self.visits), len(SERVICES), hours), np.int64)
        for group in self._groups.values():
            hours_planned = slice(first_hour, first_hour + hours)
            group.plan(self._books, hours_planned, duty, visiting)
        return duty, visiting
