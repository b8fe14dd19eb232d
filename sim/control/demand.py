"""Lawful demand by hour: weekly and yearly patterns in the civil time of the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from sim.clock import Calendar, Clock
from sim.errors import ModelError
from sim.scenario.specs.control import DemandPattern

F64 = NDArray[np.float64]

#: Days of each month in a mean year of 365.25 days.
_MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def beyond(clock: Clock, days: int = 2) -> Clock:
    """Return the clock with days added at its end, for windows that reach past the last hour."""
    return replace(clock, until=clock.until + timedelta(days=days))


class Demand:
    """Demand relative to its yearly mean for every hour of a run, by pattern and zone."""

    def __init__(self, patterns: Sequence[DemandPattern], clock: Clock) -> None:
        self._patterns: Mapping[str, DemandPattern] = {p.id: p for p in patterns}
        self._clock = beyond(clock)
        self._calendars: dict[str, Calendar] = {}

    def calendar(self, zone: str) -> Calendar:
        """Return civil time of a zone for every hour of the run and two days beyond."""
        if zone not in self._calendars:
            self._calendars[zone] = self._clock.calendar(zone)
        return self._calendars[zone]

    def factors(self, pattern: str, zone: str) -> F64:
        """Return demand over its yearly mean, one entry an hour of the run.

        Weights of hours and weekdays have mean 1; those of months, weighted by their days.

        Raises:
            ModelError: The pattern is unknown, or has a negative weight or only zeros.
        """
        if pattern not in self._patterns:
            known = ", ".join(sorted(self._patterns)) or "none"
            raise ModelError(f"demand pattern {pattern!r} is not defined; known: {known}")
        spec = self._patterns[pattern]
        calendar = self.calendar(zone)
        month = (self._clock.start.month - 1 + calendar.month) % 12
        hours = _normalised(spec.hours, np.ones(24), f"{pattern}.hours")
        days = _normalised(spec.weekdays, np.ones(7), f"{pattern}.weekdays")
        months = _normalised(spec.months, _MONTH_DAYS, f"{pattern}.months")
        out: F64 = hours[calendar.hour] * days[calendar.weekday]
        out *= months[month]
        return out


def _normalised(weights: Sequence[float], by: F64, where: str) -> F64:
    values = np.asarray(weights, dtype=float)
    if values.min() < 0 or values.sum() <= 0:
        raise ModelError(f"demand pattern {where}: weights are at least 0 and not all 0")
    return np.asarray(values / np.average(values, weights=by))
