"""Legal days of countries: limits in hours, calendar days and working days; office hours.

Limits run as in Regulation (EEC, Euratom) 1182/71, art. 3: the day of the event is not counted;
a limit in days ends with the last hour of its last day; one in calendar days whose last day is
a Saturday, Sunday or public holiday ends with the last hour of the next working day. A limit in
hours runs from the event itself, through nights and holidays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.kernels.tracks import APART, BEFORE, CLOSES, OPENS, WORKED
from sim.scenario.specs.readmission import ClockName

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Clocks in the order of their codes.
CLOCKS: tuple[str, ...] = get_args(ClockName)
_HOURS, _CALENDAR, _WORKING = range(3)
#: Days kept before the run's first and after its last; limits beyond end with the last of them.
_BEFORE, _AFTER = 10, 500
_SATURDAY = 5


class LegalCalendar:
    """The days of countries around a run.

    Args:
        clock: The run's clock.
        zones: IANA zone by country.
        holidays: Public holidays by country.

    Attributes:
        midnights: Hour since start at which each day begins, shape (countries, days + 1); a day
            has 23 or 25 hours where daylight saving changes.
        working: Whether a day is a working day, shape (countries, days).
    """

    def __init__(
        self, clock: Clock, zones: Sequence[str], holidays: Sequence[Collection[date]]
    ) -> None:
        self._start = clock.start_utc
        self._zones = [ZoneInfo(zone) for zone in zones]
        first = clock.start - timedelta(days=_BEFORE)
        count = (clock.until - clock.start).days + _BEFORE + _AFTER
        self._dates = [first + timedelta(days=i) for i in range(count + 1)]
        #: Hours at which a wall reads a time of day, by zone and minutes, once asked.
        self._read: dict[tuple[str, int], F64] = {}
        by_zone = {zone: self._walls(zone, 0) for zone in set(self._zones)}
        self.midnights: F64 = np.array([by_zone[zone] for zone in self._zones])
        weekday = np.array([day.weekday() < _SATURDAY for day in self._dates[:-1]])
        at = {day: i for i, day in enumerate(self._dates[:-1])}
        self.working = np.tile(weekday, (len(zones), 1))
        for i, days in enumerate(holidays):
            self.working[i, [at[day] for day in days if day in at]] = False
        self._passed = np.cumsum(self.working, axis=1)
        most = int(self._passed[:, -1].max(initial=1))
        self._nth = np.full((len(zones), most), count - 1, np.intp)
        for i, works in enumerate(self.working):
            found = np.flatnonzero(works)
            self._nth[i, : len(found)] = found
        self._begin: F64 = self.midnights[:, 0].copy()
        self._day_at = self._days_by_hour()

    def _walls(self, zone: ZoneInfo, minutes: int) -> F64:
        """Return the hours at which the wall reads ``minutes`` after 0:00 of each day."""
        known = self._read.get((zone.key, minutes))
        if known is None:
            known = self._read[zone.key, minutes] = self._read_walls(zone, minutes)
        return known

    def _read_walls(self, zone: ZoneInfo, minutes: int) -> F64:
        ahead, minutes = minutes // 1440, minutes % 1440
        wall = time(minutes // 60, minutes % 60)
        first = self._dates[0] + timedelta(days=ahead)
        # Two days more, so that times of the next day are read from the same midnights.
        known = _midnight_offsets(self._dates[0], len(self._dates) + 2, zone.key)
        offset = known[ahead : ahead + len(self._dates) + 1].copy()
        # Where the wall is moved between two midnights, the time itself is looked up.
        for i in (offset[1:] != offset[:-1]).nonzero()[0].tolist():
            offset[i] = _offset(datetime.combine(first + timedelta(days=i), wall, zone))
        start = datetime.combine(first, wall) - self._start.replace(tzinfo=None)
        seconds = round(start.total_seconds()) + 86400 * np.arange(len(self._dates))
        return np.asarray((seconds - offset[:-1]) / 3600.0)

    def _days_by_hour(self) -> NDArray[np.intp] | None:
        """Return the day of every hour since the first midnight, shape (countries, hours).

        None where a day does not begin with a whole hour of the clock.
        """
        if (self.midnights % 1.0).any():
            return None
        length = np.diff(self.midnights, axis=1).astype(np.intp)
        hours, days = int(length.sum(axis=1).min()), np.arange(length.shape[1])
        return np.array([np.repeat(days, line)[:hours] for line in length])

    def day_of(self, country: Index, hour: F64) -> Index:
        """Return the day an hour lies in, by position in ``working``."""
        begin = self._begin[country]
        if self._day_at is not None:
            at = (np.floor(hour) - begin).astype(np.intp)
            np.maximum(at, 0, out=at)
            np.minimum(at, self._day_at.shape[1] - 1, out=at)
            return np.asarray(self._day_at[country, at])
        last = self.working.shape[1] - 1
        # Within a day of the truth by plain division; daylight saving moves it by one at most.
        day = ((hour - begin) / 24.0).astype(np.intp)
        day = np.minimum(np.maximum(day, 0), last)
        day -= hour < self.midnights[country, day]
        day = np.maximum(day, 0)
        day += hour >= self.midnights[country, day + 1]
        return np.asarray(np.minimum(day, last))

    def deadline(self, country: Index, event: F64, limit: F64, clock: NDArray[np.integer]) -> F64:
        """Return the hour at which a limit that an event starts has passed.

        Args:
            country: Country whose days count, shape (m,).
            event: Hour of the event.
            limit: The limit in hours; for the clocks of days, 24 h are a day, parts count whole.
            clock: Code of how it runs, index into ``CLOCKS``.
        """
        hours = event + limit
        by_days = clock != _HOURS
        if not by_days.any():
            return hours
        days = np.ceil(limit / 24.0 - 1e-9).astype(np.intp)
        today = self.day_of(country, event)
        last = np.minimum(today + days, self.working.shape[1] - 1)
        free = (clock == _CALENDAR) & ~self.working[country, last]
        if free.any():
            last[free] = self._nth_after(country[free], last[free], np.ones_like(last[free]))
        working = clock == _WORKING
        if working.any():
            counted = self._nth_after(country[working], today[working], days[working])
            last[working] = counted
        return np.where(by_days, self.midnights[country, last + 1], hours)

    def deadlines_by_day(self, country: Index, limit: F64, clock: NDArray[np.integer]) -> F64:
        """Return the deadlines of events by the day they happen on, shape (m, days).

        Args:
            country: Country whose days count, shape (m,).
            limit: The limit in hours.
            clock: Code of how it runs; NaN for the clock of hours, which counts from the event.
        """
        ends = np.full((len(country), self.working.shape[1]), np.nan)
        for i in np.flatnonzero(clock != _HOURS).tolist():
            noon = self.midnights[country[i], :-1] + 12.0
            whose, hours, how = (np.full(len(noon), x[i]) for x in (country, limit, clock))
            ends[i] = self.deadline(whose, noon, hours, how)
        return ends

    def _nth_after(self, country: Index, day: Index, number: Index) -> Index:
        """Return the ``number``-th working day after a day; with 0 the day itself."""
        at = self._passed[country, day] + number - 1
        found = self._nth[country, np.clip(at, 0, self._nth.shape[1] - 1)]
        return np.where(number > 0, found, day)

    def sessions(self, country: int, span: str, every_day: bool) -> tuple[F64, F64]:
        """Return when an office opens and closes, in order of time.

        Args:
            country: Its country.
            span: ``HH:MM-HH:MM``; one that ends at or before its beginning goes past midnight.
            every_day: Open on all days, else on working days (those it begins on).
        """
        begin, end = (_minutes(part) for part in span.split("-"))
        end += 1440 if end <= begin else 0
        zone, days = self._zones[country], self._open_days(country, every_day)
        return self._walls(zone, begin)[days], self._walls(zone, end)[days]

    def daily(self, country: int, at: str, every_day: bool) -> F64:
        """Return the hours at which the wall reads a time, on all or on working days."""
        days = self._open_days(country, every_day)
        return self._walls(self._zones[country], _minutes(at))[days]

    def _open_days(self, country: int, every_day: bool) -> Index:
        works = self.working[country]
        return np.flatnonzero(np.ones_like(works) if every_day else works)


class Timelines:
    """Ascending times of several lines.

    Attributes:
        first: Position of each line's first time in ``times``.
        last: Position of each line's last time.
        times: All times, line after line.
        laid: The same, laid end to end, so that one search serves all lines.
    """

    def __init__(self, lines: Sequence[F64]) -> None:
        lengths = [len(line) for line in lines]
        self.first = np.cumsum([0, *lengths])[:-1].astype(np.intp)
        self.last = self.first + np.array(lengths, np.intp) - 1
        self.times: F64 = np.concatenate(lines) if lines else np.empty(0)
        self.laid = self.times + np.repeat(np.arange(len(lines)) * APART, lengths)


class OfficeHours:
    """Offices, one a line, and how much they have worked.

    Args:
        sessions: When each office opens and closes, in order of time.

    Attributes:
        first: Position of each office's first session.
        last: Position of its last.
        sessions: As kernels of tracks take them, shape (4, sessions).
    """

    def __init__(self, sessions: Sequence[tuple[F64, F64]]) -> None:
        closes = Timelines([closes for _, closes in sessions])
        opens: F64 = np.concatenate([opens for opens, _ in sessions])
        worked = Timelines([np.cumsum(closes - opens) for opens, closes in sessions])
        self.first, self.last = closes.first, closes.last
        self.sessions: F64 = np.empty((4, len(opens)))
        self.sessions[CLOSES], self.sessions[WORKED] = closes.laid, worked.laid
        self.sessions[OPENS] = opens
        self.sessions[BEFORE] = worked.times - (closes.times - opens)


@lru_cache(maxsize=128)
def _midnight_offsets(first: date, days: int, zone: str) -> NDArray[np.int64]:
    """Return how many seconds a zone is ahead of UTC at 0:00 of each day and of the next."""
    info = ZoneInfo(zone)
    ahead = [info.utcoffset(midnight) for midnight in _midnights(first, days + 1)]
    # Few differ: each is read as seconds once.
    seconds = {offset: _seconds(offset) for offset in set(ahead)}
    return np.array([seconds[offset] for offset in ahead])


@lru_cache(maxsize=8)
def _midnights(first: date, days: int) -> tuple[datetime, ...]:
    """Return 0:00 on the wall of each day."""
    midnight = datetime.combine(first, time())
    return tuple(midnight + timedelta(days=i) for i in range(days))


def _offset(moment: datetime) -> int:
    return _seconds(moment.utcoffset())


def _seconds(ahead: timedelta | None) -> int:
    assert ahead is not None
    return ahead.days * 86400 + ahead.seconds


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
