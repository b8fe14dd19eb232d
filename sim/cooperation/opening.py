"""When desks are open: hours, weekdays and public holidays in civil time, and a centre's dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Calendar, Clock
from sim.scenario.spans import Span
from sim.scenario.specs.centres import WEEK, Centre, Desk, WeekDay
from sim.scenario.specs.readmission import Holiday

Mask = NDArray[np.bool_]


def worked(days: Sequence[WeekDay]) -> tuple[int, ...]:
    """Return the weekdays named, 0 Monday to 6 Sunday, in order."""
    return tuple(i for i, day in enumerate(WEEK) if day in days)


class Opening:
    """Opening of every desk by the hour of the run; measures may change it from an hour on.

    A span that crosses midnight belongs to the day it begins on.

    Attributes:
        open: Shape (desks, hours).
    """

    def __init__(
        self,
        desks: Sequence[Desk],
        centres: Mapping[str, Centre],
        holidays: Sequence[Holiday],
        zones: Mapping[str, str],
        clock: Clock,
    ) -> None:
        """Compute the opening of every desk over the whole run.

        Args:
            desks: The desks, position = desk index.
            centres: Centres by id.
            holidays: Public holidays.
            zones: IANA zone by country.
            clock: The run's clock.
        """
        self._desks = tuple(desks)
        self._clock = clock
        self._zones = zones
        self._calendars: dict[str, Calendar] = {}
        self._free = {
            country: np.array(sorted(
                (row.day - clock.start).days for row in holidays if row.country == country
            ), dtype=np.int64)
            for country in {row.country for row in holidays}
        }  # fmt: skip
        self._centre = [centres[d.centre] for d in desks]
        self._hours = [d.hours for d in desks]
        self._days = [d.days for d in desks]
        self._opened = {name: row.standing for name, row in centres.items()}
        #: Hours by zone, span, weekdays and holidays, once laid out.
        self._laid: dict[tuple[str, int, int, tuple[str, ...], str], Mask] = {}
        self.open: Mask = np.zeros((len(desks), clock.hours), np.bool_)
        for i in range(len(desks)):
            self._lay(i, 0)

    def value(self, desk: int, quantity: str) -> Any:
        """Return hours or days of a desk now."""
        return self._hours[desk] if quantity == "hours" else self._days[desk]

    def set(self, desk: int, quantity: str, value: Any, hour: int) -> None:
        """Set hours or days of a desk from an hour on."""
        if quantity == "hours":
            self._hours[desk] = str(value)
        else:
            self._days[desk] = tuple(value)
        self._lay(desk, hour)

    def opened(self, centre: str) -> bool:
        """Return whether a centre works, its dates aside."""
        return self._opened[centre]

    def set_opened(self, centre: str, opened: bool, hour: int) -> None:
        """Let a centre work, or shut it, from an hour on."""
        self._opened[centre] = opened
        for i, row in enumerate(self._centre):
            if row.id == centre:
                self._lay(i, hour)

    def _calendar(self, zone: str) -> Calendar:
        if zone not in self._calendars:
            self._calendars[zone] = self._clock.calendar(zone)
        return self._calendars[zone]

    def _lay(self, desk: int, hour: int) -> None:
        """Compute the opening of a desk from an hour to the end of the run."""
        row, centre = self._desks[desk], self._centre[desk]
        span = Span.parse(self._hours[desk], f"desk {row.id}")
        begin, length = span.whole_hours(f"desk {row.id}")
        off = row.country if not row.on_holidays and row.country in self._free else ""
        key = (self._zones[row.country], begin, length, tuple(self._days[desk]), off)
        if key not in self._laid:
            self._laid[key] = self._lay_hours(*key)
        hours = self._clock.hours
        since = 0 if centre.opened is None else max(self._clock.hour_of(centre.opened), 0)
        until = hours if centre.closed is None else self._clock.hour_of(centre.closed)
        self.open[desk, hour:] = False
        if self._opened[centre.id]:
            part = slice(max(since, hour), max(until, hour, 0))
            self.open[desk, part] = self._laid[key][part]

    def _lay_hours(
        self, zone: str, begin: int, length: int, days: tuple[str, ...], off: str
    ) -> Mask:
        """Return the hours of the run that a span covers on some weekdays, (hours,).

        Args:
            zone: Zone of the span.
            begin: Hour of day at which it begins.
            length: Its hours.
            days: Weekdays it begins on.
            off: Country on whose holidays it does not begin; "" for none.
        """
        calendar = self._calendar(zone)
        civil = calendar.hour.astype(np.intp)
        day = calendar.day.astype(np.int64)
        began = day - (civil < begin) if begin + length > 24 else day
        first = int(began.min())
        dates = np.arange(first, int(began.max()) + 1)
        worked = np.isin((dates + self._clock.start.weekday()) % 7, [WEEK.index(d) for d in days])
        if off:
            free = self._free[off] - first
            worked[free[(free >= 0) & (free < len(dates))]] = False
        return np.asarray(((civil - begin) % 24 < length) & worked[began - first])
