"""Simulation hours and the local calendar.

Simulation time is hours UTC since the scenario's start, which is 00:00 local time of its first
day in the scenario's time zone. Opening hours, shifts and legal days are civil time of a place;
daylight saving is honoured (zone rules from the system or the ``tzdata`` package).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

#: Hours between two look-ups of a zone.
_STEP = 24
#: Days looked up together, so that runs that end on different days share them.
_BLOCK = 64


@dataclass(frozen=True)
class Clock:
    """Maps hours since start to calendars.

    Attributes:
        start: First simulated day, local civil date in ``zone``.
        until: First day no longer simulated.
        zone: IANA zone of the scenario, e.g. ``Europe/Belgrade``.
        window: Hours that one pass of the tick order covers (1 or more).
    """

    start: date
    until: date
    zone: str
    window: int = 1

    @cached_property
    def start_utc(self) -> datetime:
        """The UTC instant of hour 0."""
        return datetime.combine(self.start, time(), ZoneInfo(self.zone)).astimezone(UTC)

    @cached_property
    def hours(self) -> int:
        """Length of the run in whole hours."""
        return self.hour_of(self.until)

    def hour_of(self, day: date, at: time = time(), zone: str | None = None) -> int:
        """Return the hour at which ``day`` reads ``at`` on the wall in ``zone`` (rounded up)."""
        moment = datetime.combine(day, at, ZoneInfo(zone or self.zone)).astimezone(UTC)
        seconds = (moment - self.start_utc).total_seconds()
        return int(-(-seconds // 3600))

    def utc(self, hour: float) -> datetime:
        """Return the UTC instant of a simulation hour."""
        return self.start_utc + timedelta(hours=hour)

    def local(self, hour: float, zone: str | None = None) -> datetime:
        """Return the civil time of a simulation hour in ``zone`` (the scenario's by default)."""
        return self.utc(hour).astimezone(ZoneInfo(zone or self.zone))

    def calendar(self, zone: str | None = None) -> Calendar:
        """Return civil-time columns for every hour of the run in ``zone``; they are shared."""
        return _calendar(self.start, self.until, self.zone, zone or self.zone)


@dataclass(frozen=True)
class Calendar:
    """Civil-time columns, one entry an hour of the run (shape ``(hours,)``).

    Attributes:
        hour: Hour of day, 0-23, uint8.
        weekday: 0 Monday to 6 Sunday, uint8.
        day: Civil days since the scenario's start date, int32; may start at -1 or 1 in a zone
            other than the scenario's.
        month: Calendar months since the start month, int32.
        year_day: Day of year, 1-366, int16.
    """

    hour: NDArray[np.uint8]
    weekday: NDArray[np.uint8]
    day: NDArray[np.int32]
    month: NDArray[np.int32]
    year_day: NDArray[np.int16]

    @classmethod
    def build(cls, clock: Clock, zone: str) -> Calendar:
        """Compute the columns, one zone look-up a simulated day and the two around it."""
        return _columns(clock.start, clock.start_utc, clock.hours, _offsets(clock, zone))


def _offsets(clock: Clock, zone: str) -> tuple[tuple[int, int], ...]:
    """Return the hours from which a zone is off UTC, and by how many minutes; first hour 0."""
    info = ZoneInfo(zone)
    found: list[tuple[int, int]] = []

    def note(hour: int, minutes: int) -> None:
        if not found or found[-1][1] != minutes:
            found.append((hour, minutes))

    days = -(-clock.hours // _STEP)
    offsets = [
        minutes
        for block in range(-(-days // _BLOCK))
        for minutes in _block(clock.start_utc, zone, block)
    ][:days]  # fmt: skip
    offsets.append(_offset_minutes(clock.utc(clock.hours), info))
    if days:
        note(0, offsets[0])
    for day, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            begin, end = day * _STEP, min((day + 1) * _STEP, clock.hours)
            for hour in range(begin, end):
                note(hour, _offset_minutes(clock.utc(hour), info))
            if end < clock.hours:
                note(end, after)
    return tuple(found)


@lru_cache(maxsize=4096)
def _block(start: datetime, zone: str, block: int) -> tuple[int, ...]:
    """Return by how many minutes a zone is off UTC at instants a day apart, a block of days."""
    info = ZoneInfo(zone)
    return tuple(_offset_minutes(moment, info) for moment in _moments(start, block))


@lru_cache(maxsize=256)
def _moments(start: datetime, block: int) -> tuple[datetime, ...]:
    """Return the instants of a block of days."""
    first = block * _BLOCK
    return tuple(start + timedelta(hours=(first + i) * _STEP) for i in range(_BLOCK))


@lru_cache(maxsize=64)
def _columns(
    start: date, start_utc: datetime, n: int, offsets: tuple[tuple[int, int], ...]
) -> Calendar:
    """Return the columns of ``n`` hours; zones that read the same share them."""
    # Minutes, since some zones are half an hour off.
    utc0 = np.datetime64(start_utc.replace(tzinfo=None), "m")
    since = [hour for hour, _ in offsets]
    minutes = np.array([minutes for _, minutes in offsets], dtype=np.int64)
    local = utc0 + 60 * np.arange(n) + np.repeat(minutes, np.diff([*since, n]))
    days = local.astype("datetime64[D]")
    months = local.astype("datetime64[M]")
    years = local.astype("datetime64[Y]")
    calendar = Calendar(
        hour=((local - days).astype(np.int64) // 60).astype(np.uint8),
        weekday=((days.astype(np.int64) + 3) % 7).astype(np.uint8),
        day=(days - np.datetime64(start)).astype(np.int32),
        month=(months - np.datetime64(start, "M")).astype(np.int32),
        year_day=((days - years).astype(np.int64) + 1).astype(np.int16),
    )
    for column in vars(calendar).values():
        column.flags.writeable = False
    return calendar


@lru_cache(maxsize=64)
def _calendar(start: date, until: date, home: str, zone: str) -> Calendar:
    """Return the columns of a run in a zone, from memory where this process has made them."""
    return Calendar.build(Clock(start, until, home), zone)


def _offset_minutes(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset.days * 1440 + offset.seconds // 60


def sine_of_elevation(
    utc_hours: NDArray[np.float64], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sine of the sun's elevation.

    Low-precision almanac formula (Meeus 1998, *Astronomical Algorithms*, ch. 25; error below
    0.1 degree between 1950 and 2050); refraction ignored.

    Args:
        utc_hours: Hours since 2000-01-01 12:00 UTC, broadcast with ``lat`` and ``lon``.
        lat: Degrees north.
        lon: Degrees east.
    """
    days = utc_hours / 24.0
    mean_anomaly = np.radians(357.529 + 0.98560028 * days)
    mean_longitude = 280.459 + 0.98564736 * days
    ecliptic = np.radians(
        mean_longitude + 1.915 * np.sin(mean_anomaly) + 0.020 * np.sin(2 * mean_anomaly)
    )
    obliquity = np.radians(23.439 - 3.6e-7 * days)
    right_ascension = np.arctan2(np.cos(obliquity) * np.sin(ecliptic), np.cos(ecliptic))
    declination = np.arcsin(np.sin(obliquity) * np.sin(ecliptic))
    sidereal = np.radians(((18.697374558 + 24.06570982441908 * days) % 24.0) * 15.0 + lon)
    hour_angle = sidereal - right_ascension
    phi = np.radians(lat)
    upright = np.sin(phi) * np.sin(declination)
    return np.asarray(upright + np.cos(phi) * np.cos(declination) * np.cos(hour_angle))


def hours_since_2000(clock: Clock, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return simulation hours as hours since 2000-01-01 12:00 UTC, for the sun's elevation."""
    origin = datetime(2000, 1, 1, 12, tzinfo=UTC)
    return hours + (clock.start_utc - origin).total_seconds() / 3600.0
