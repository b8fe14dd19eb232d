"""Search effort by sector and hour: what patrols and sensors have swept, and will sweep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels.scouts import quiet_waits

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
        units: Patrol units out, shape ``(sectors, columns)``.
        patrol_share: Share of the rate that patrols make (the rest is fixed sensors).
    """

    def __init__(self, sectors: int) -> None:
        self._sectors = sectors
        self.first_hour = self.planned_from = self.end = 0
        self.units: I64 = np.zeros((sectors, 1), dtype=np.intp)
        self._rates: F64 = np.zeros((2, sectors, 1))
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
        begin = first - self.first_hour - kept
        hours = units.shape[1]

        def joined(old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
            out = np.zeros((*old.shape[:-1], kept + hours + 1), dtype=old.dtype)
            out[..., :kept] = old[..., begin : begin + kept]
            out[..., kept:-1] = new
            return out

        self.units, self._rates = joined(self.units, units), joined(self._rates, rates)
        self.first_hour, self.planned_from = first - kept, first
        self.end = first + hours
        self._refresh()

    def _begin(self, first: int, units: I64, rates: F64) -> None:
        """Take the hours before the first plan to be like it: a run starts amid ordinary duty."""
        repeats = -(-LONGEST_STAY // units.shape[1])

        def before(new: NDArray[Any]) -> NDArray[Any]:
            past = np.zeros((*new.shape[:-1], LONGEST_STAY + 1), dtype=new.dtype)
            past[..., :-1] = np.tile(new, repeats)[..., -LONGEST_STAY:]
            return past

        self.units, self._rates = before(units), before(rates)
        self.first_hour, self.end = first - LONGEST_STAY, first

    def revise(self, hour: int, rates: F64) -> None:
        """Set the rates anew from ``hour`` to the end of the plan; the past stays as it was."""
        self._rates[..., hour - self.first_hour : -1] = rates
        self._refresh()

    def planned_units(self, hour: int) -> I64:
        """Return the units planned from ``hour`` to the end of the plan."""
        return self.units[:, hour - self.first_hour : -1]

    def units_at(self, sector: I64, at: F64) -> I64:
        """Return the units out in each sector at an hour within memory and plan."""
        column = np.floor(at - self.first_hour).astype(np.intp)
        return np.asarray(self.units[sector, np.minimum(column, self._columns - 2)])

    def unit_hours(self, start: int, stop: int) -> F64:
        """Return units x hours of every sector from hour ``start`` to ``stop`` (exclusive)."""
        first = max(start - self.first_hour, 0)
        span = self.units[:, first : max(stop - self.first_hour, first)]
        return np.asarray(np.add.reduce(span, axis=1), dtype=np.float64)

    def _refresh(self) -> None:
        self._rate, self.patrol_share = self._rates
        shape = self._rate.shape
        self._columns = shape[1]
        running = np.zeros(shape)
        np.cumsum(self._rate[:, :-1], axis=1, out=running[:, 1:])
        # One ascending array over all sectors, so that one search inverts every sector at once.
        self._lift = max(running[:, -1].tolist(), default=0.0) + 1.0
        lifted = running + self._lift * np.arange(self._sectors)[:, None]
        self._rate_flat, self._running_flat = self._rate.ravel(), running.ravel()
        self._lifted_flat = lifted.ravel()
        self._divisor_flat = np.maximum(self._rate_flat, 1e-300)
        self._units_flat = self.units.ravel()
        self._share_flat = self.patrol_share.ravel()
        self._horizon = -1

    def over(self, sector: I64, end: F64, stay: F64) -> F64:
        """Return the search effort since the first hour before and after each stay, ``(2, m)``.

        The difference is coverage C of the stay.

        Raises:
            ModelError: A stay begins before the memory or ends after the plan.
        """
        x = np.empty((2, *end.shape))
        start, stop = x
        np.subtract(end, self.first_hour, out=stop)
        np.subtract(stop, stay, out=start)
        if end.size and not (
            np.minimum.reduce(start) >= 0.0 and np.maximum.reduce(stop) <= self._columns - 1
        ):
            raise ModelError(
                f"stays between hours {(end - stay).min():g} and {end.max():g} leave the hours "
                f"with known duty, {self.first_hour} to {self.end}; one may last {LONGEST_STAY} h"
            )
        column = x.astype(np.intp)
        x -= column
        column += sector * self._columns
        x *= self._rate_flat.take(column)
        x += self._running_flat.take(column)
        return x

    def moment(self, sector: I64, effort: F64, latest: F64) -> tuple[F64, I64, F64]:
        """Return when a sector's effort since the first hour reached ``effort``.

        Args:
            sector: Sector of each row.
            effort: Effort since the first hour (``over``).
            latest: Hour it cannot have been later than; takes off rounding errors.

        Returns:
            Hour (fractional), units out then, and the patrols' share of the rate then.
        """
        target = effort + sector * self._lift
        cell = self._lifted_flat.searchsorted(target, side="right")
        cell -= 1
        target -= self._lifted_flat.take(cell)
        target /= self._divisor_flat.take(cell)
        target += self.first_hour
        target += cell - sector * self._columns
        return np.minimum(target, latest), self._units_flat.take(cell), self._share_flat.take(cell)

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
        planned = np.tile(self._rate[:, -1 - _DAY : -1], days)
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
