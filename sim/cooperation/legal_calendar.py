"""Legal days of a country: limits in hours, calendar days and working days; office hours.

Limits run as in Regulation (EEC, Euratom) 1182/71, art. 3: the day of the event is not counted;
a limit in days ends with the last hour of its last day; one in calendar days whose last day is
a Saturday, Sunday or public holiday ends with the last hour of the next working day. A limit in
hours runs from the event itself, through nights and holidays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.scenario.specs.readmission import ClockName

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Days kept before the run's first and after its last; limits beyond end with the last of them.
_BEFORE, _AFTER = 10, 500
_SATURDAY = 5


@dataclass(frozen=True)
class OfficeHours:
    """The sessions of an office, in order of time.

    Attributes:
        opens: Hour each session begins, shape (sessions,).
        closes: Hour it ends.
        before: Office hours before the session begins.
    """

    opens: F64
    closes: F64
    before: F64

    def after(self, hour: F64, work: F64) -> F64:
        """Return the hour at which ``work`` office hours have passed since ``hour``.

        Work that ends exactly with a session ends in it; no work at all ends when the office is
        next open.
        """
        last = len(self.opens) - 1
        at = np.minimum(np.searchsorted(self.closes, hour, side="right"), last)
        begun = np.maximum(hour, self.opens[at])
        done = self.before[at] + (begun - self.opens[at]) + work
        ends = self.before + (self.closes - self.opens)
        session = np.minimum(np.searchsorted(ends, done - 1e-9, side="left"), last)
        session = np.maximum(session, at)
        return np.asarray(self.opens[session] + np.maximum(done - self.before[session], 0.0))


class LegalCalendar:
    """The days of a country around a run.

    Args:
        clock: The run's clock.
        zone: IANA zone of the country.
        holidays: Its public holidays.

    Attributes:
        midnights: Hour since start at which each day begins, shape (days + 1,); a day has 23 or
            25 hours where daylight saving changes.
        working: Whether a day is a working day, shape (days,).
    """

    def __init__(self, clock: Clock, zone: str, holidays: Collection[date] = ()) -> None:
        self._clock, self._zone = clock, ZoneInfo(zone)
        first = clock.start - timedelta(days=_BEFORE)
        count = (clock.until - clock.start).days + _BEFORE + _AFTER
        self._dates = [first + timedelta(days=i) for i in range(count + 1)]
        self.midnights: F64 = np.array([self._hour(day, 0) for day in self._dates])
        off = set(holidays)
        self.working = np.array(
            [day.weekday() < _SATURDAY and day not in off for day in self._dates[:-1]]
        )
        self._working_days = np.flatnonzero(self.working)
        self._offices: dict[tuple[str, bool], OfficeHours] = {}

    def _hour(self, day: date, minutes: int) -> float:
        """Return the hour since start at which the wall reads ``minutes`` after 0:00 of a day."""
        day, minutes = day + timedelta(days=minutes // 1440), minutes % 1440
        wall = datetime.combine(day, time(minutes // 60, minutes % 60), self._zone)
        passed = wall.astimezone(UTC) - self._clock.start_utc
        return passed.total_seconds() / 3600.0

    def day_of(self, hour: F64) -> Index:
        """Return the day an hour lies in, by position in ``working``."""
        day = np.searchsorted(self.midnights, hour, side="right") - 1
        return np.clip(day, 0, len(self.working) - 1)

    def deadline(self, event: F64, limit: F64, clock: ClockName) -> F64:
        """Return the hour at which a limit that an event starts has passed.

        Args:
            event: Hour of the event.
            limit: The limit in hours; for the clocks of days, 24 h are a day, parts count whole.
            clock: How it runs.
        """
        if clock == "hours":
            return event + limit
        days = np.ceil(limit / 24.0 - 1e-9).astype(np.intp)
        today = self.day_of(event)
        if clock == "working_days":
            return self._end_of(self._working_after(today, days))
        last = np.minimum(today + days, len(self.working) - 1)
        return self._end_of(np.where(self.working[last], last, self._working_after(last, 1)))

    def _working_after(self, day: Index, number: Index | int) -> Index:
        """Return the ``number``-th working day after a day; with 0 the day itself."""
        at = np.searchsorted(self._working_days, day, side="right") + number - 1
        found = self._working_days[np.clip(at, 0, len(self._working_days) - 1)]
        return np.asarray(np.where(np.asarray(number) > 0, found, day))

    def _end_of(self, day: Index) -> F64:
        return np.asarray(self.midnights[day + 1])

    def office(self, span: str, every_day: bool) -> OfficeHours:
        """Return the sessions of an office that is open in a span of civil time.

        Args:
            span: ``HH:MM-HH:MM``; one that ends at or before its beginning goes past midnight.
            every_day: Open on all days, else on working days (those it begins on).
        """
        key = (span, every_day)
        if key not in self._offices:
            self._offices[key] = self._sessions(span, every_day)
        return self._offices[key]

    def _sessions(self, span: str, every_day: bool) -> OfficeHours:
        begin, end = (_minutes(part) for part in span.split("-"))
        end += 1440 if end <= begin else 0
        days = [d for d, works in zip(self._dates, self.working, strict=False)
                if works or every_day]  # fmt: skip
        opens = np.array([self._hour(day, begin) for day in days])
        closes = np.array([self._hour(day, end) for day in days])
        worked = np.cumsum(closes - opens)
        return OfficeHours(opens, closes, worked - (closes - opens))

    def handovers(self, at: str, every_day: bool) -> F64:
        """Return the hours of the daily handover, in order."""
        minutes = _minutes(at)
        return np.array(
            [self._hour(day, minutes)
             for day, works in zip(self._dates, self.working, strict=False)
             if works or every_day]
        )  # fmt: skip


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
