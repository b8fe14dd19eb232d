"""Search effort by sector and hour: what patrols and sensors have swept, and will sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import search_effort
from sim.kernels.scouts import quiet_waits
from sim.kernels.sectors import efforts

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]

#: Hours of the past whose search effort is kept: the longest stay in a sector's zone.
LONGEST_STAY = 96
_DAY = 24


class Coverage:
    """Detection rates by sector and hour, their running sum, and the quiet hours ahead.

    Columns are hours from ``first_hour``: the past ``LONGEST_STAY`` hours, then the hours planned.
    A rate holds through its hour, so that coverage at a fractional hour is exact.

    Attributes:
        first_hour: Hour of the first column.
        planned_from: First hour of the block planned last.
        end: First hour for which nothing is planned.
        hours: Rates, their running sum and units out (``kernels.search_effort.HOUR``), shape
            ``(sectors, columns)``.
        lift: More than any sector's sum.
    """

    def __init__(self, sectors: int) -> None:
        self._sectors = sectors
        self.first_hour = self.planned_from = self.end = 0
        self.hours: NDArray[Any] = np.zeros((sectors, 1), search_effort.HOUR)
        self._refresh()

    def plan(self, first: int, units: I64, rates: F64) -> None:
        """Replace everything from hour ``first`` on.

        Args:
            first: Hour of the first column given; what was planned from it on is dropped.
            units: Units out, shape ``(sectors, hours)``.
            rates: Detection rates (``rates_of``), shape ``(2, sectors, hours)``.

        Raises:
            ModelError: The hours do not join those already planned.
        """
        if self.end == self.first_hour:
            self._begin(first, units, rates)
        elif not self.first_hour < first <= self.end:
            raise ModelError(
                f"duty is planned for hours {self.first_hour} to {self.end}; hour {first} leaves "
                f"a gap"
            )
        kept = min(LONGEST_STAY, first - self.first_hour)
        old, ahead = self.hours, units.shape[1]
        self.hours = np.empty((self._sectors, kept + ahead + 1), search_effort.HOUR)
        search_effort.join(old, first - self.first_hour - kept, kept, units, rates, self.hours)
        self.first_hour, self.planned_from = first - kept, first
        self.end = first + ahead
        self._refresh()

    def _begin(self, first: int, units: I64, rates: F64) -> None:
        """Take the hours before the first plan to be like it: a run starts amid ordinary duty."""
        repeats = -(-LONGEST_STAY // units.shape[1])

        self.hours = np.zeros((self._sectors, LONGEST_STAY + 1), search_effort.HOUR)
        columns = {"units": units, "rate": rates[0], "patrols": rates[1]}
        for name, column in columns.items():
            self.hours[name][:, :-1] = np.tile(column, repeats)[:, -LONGEST_STAY:]
        self.first_hour, self.end = first - LONGEST_STAY, first

    def revise(self, hour: int, rates: F64) -> None:
        """Set the rates anew from ``hour`` to the end of the plan; the past stays as it was."""
        ahead = self.hours[:, hour - self.first_hour : -1]
        ahead["rate"], ahead["patrols"] = rates
        self._refresh()

    def planned_units(self, hour: int) -> I64:
        """Return the units planned from ``hour`` to the end of the plan."""
        units: I64 = self.hours["units"][:, hour - self.first_hour : -1]
        return units

    def unit_hours(self, start: int, stop: int) -> F64:
        """Return units x hours of every sector from hour ``start`` to ``stop`` (exclusive)."""
        first = max(start - self.first_hour, 0)
        span = self.hours["units"][:, first : max(stop - self.first_hour, first)]
        return np.asarray(np.add.reduce(span, axis=1), dtype=np.float64)

    def _refresh(self) -> None:
        self.lift = float(search_effort.add_up(self.hours)) + 1.0
        self._horizon = -1

    def over(self, sector: I64, end: F64, stay: F64) -> F64:
        """Return the search effort since the first hour before and after each stay, ``(m, 2)``.

        The difference is coverage C of the stay.

        Raises:
            ModelError: A stay begins before the memory or ends after the plan.
        """
        effort = np.empty((end.size, 2))
        if not efforts(sector, end, stay, self.hours, self.first_hour, effort):
            raise self.beyond(end, stay)
        return effort

    def beyond(self, end: F64, stay: F64) -> ModelError:
        """Return the error of stays that leave the hours with known duty."""
        return ModelError(
            f"stays between hours {(end - stay).min():g} and {end.max():g} leave the hours "
            f"with known duty, {self.first_hour} to {self.end}; one may last {LONGEST_STAY} h"
        )

    def quiet_wait(self, sector: I64, start: F64, stay: F64, horizon: int) -> I64:
        """Return hours to wait until the start with least coverage within ``horizon`` hours.

        Scouts know the day now planned, by the hour, and take later days to be like it; a stay
        counts in whole hours. Of equal starts the earliest is taken.
        """
        if horizon != self._horizon:
            self._look_ahead(horizon, _DAY)
        wait = np.empty(sector.size, np.intp)
        while longer := quiet_waits(
            self._ahead, horizon, self.end, sector, start, stay, self._quiet, wait
        ):
            self._look_ahead(horizon, longer)
        return wait

    def _look_ahead(self, horizon: int, longest: int) -> None:
        """Sum up the search effort of the days ahead, for stays of so many whole hours at most."""
        self._horizon = horizon
        # Whole days away an hour is the same hour again.
        days = -(-(_DAY + horizon + longest) // _DAY)
        self._ahead = np.zeros((self._sectors, days * _DAY + 1))
        planned = np.tile(self.hours["rate"][:, -1 - _DAY : -1], days)
        planned.cumsum(axis=1, out=self._ahead[:, 1:])
        self._quiet = np.full((longest + 1, self._sectors, _DAY), -1, np.int16)


def rates_of(patrol: F64, sensors: F64) -> F64:
    """Return detection rates per hour of stay, everybody's, and the patrols' share of each.

    Args:
        patrol: Rate of the patrols, shape ``(sectors, hours)``.
        sensors: Rate of fixed sensors, shape ``(sectors, 1)``.
    """
    rates = np.zeros((2, *patrol.shape))
    np.add(patrol, sensors, out=rates[0])
    np.divide(patrol, rates[0], out=rates[1], where=rates[0] > 0)
    return rates
