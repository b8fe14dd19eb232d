"""From a detection to its outcome: the race of the nearest free unit against cover (MODEL 6)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import (
    ABORTED as ABORTED,
    INTERCEPTED as INTERCEPTED,
    LOST as LOST,
    OUTSIDE as OUTSIDE,
    PASSED as PASSED,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Names of how an encounter ends, by its code.
OUTCOMES: Final = ("not_seen", "lost", "aborted", "intercepted", "outside")

#: Units needed where the race cannot be won: more than any sector has.
NEVER = 1 << 30
_BELOW_ONE = 1.0 - 2.0**-53
#: Shares of the half length below this would need more units than ``NEVER``.
_NOT_MOVED = 1e-12
#: Races a sector and call from which it pays to look for sectors that can be served at once.
_CROWDED = 2
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def units_needed(nearest: F64, hiding: F64, cover: F64, alert: F64, reach: F64) -> I64:
    """Return how many free units win the race: the least n with alert + d/v < T_cover.

    With n units spread at random over a length L the nearest is farther than x with probability
    (1 - 2x/L)^n, so d = L/2 (1 - u^(1/n)) falls with n for a fixed draw u; the ends of the
    sector are ignored. T_cover is exponential. ``NEVER`` where no number would do.

    Args:
        nearest: Uniform draws in [0, 1); 1 - draw is u.
        hiding: Uniform draws in [0, 1) for T_cover.
        cover: Mean of T_cover, hours.
        alert: T_unit, hours from the sighting until a unit moves.
        reach: 2 v / L, per hour: v the units' speed, L the sector's length.
    """
    # Share of the half length a unit covers before T_cover; its logarithm, of one minus it.
    reached = np.log1p(-hiding)
    reached *= cover
    reached += alert
    reached *= -reach
    hopeless = reached < _NOT_MOVED
    np.minimum(reached, _BELOW_ONE, out=reached)
    reached[hopeless] = 0.5
    np.log1p(-reached, out=reached)
    ratio = np.log1p(-nearest)
    ratio /= reached
    np.minimum(ratio, NEVER - 1, out=ratio)
    needed = ratio.astype(np.intp)
    needed += 1
    needed[hopeless] = NEVER
    return needed


def race_won_share(
    free: NDArray[np.generic] | int, length: float, speed: float, alert: float, cover: float
) -> F64:
    """Return the chance that one of n free units reaches a detected party in time.

    P = exp(-a/c) * integral_0^1 n y^(n-1) exp(-L (1-y) / (2 v c)) dy, the race of
    ``units_needed`` averaged over the nearest unit's distance and an exponential T_cover of mean
    c; Gauss-Legendre quadrature. 0 without a unit, with no cover time, or with standing units.

    Args:
        free: Free units n, any shape.
        length: L, km.
        speed: v, km/h.
        alert: a, hours.
        cover: c, hours.

    >>> float(race_won_share(1, 10.0, 1e9, 0.0, 1.0).round(6))
    1.0
    """
    n = np.asarray(free, dtype=np.float64)[..., None]
    if cover <= 0.0 or speed <= 0.0:
        return np.zeros(n.shape[:-1])
    # y = z^2 keeps the integrand smooth where n is below 1 or large.
    z, weight = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
    y = z * z
    density = n * y ** np.maximum(n - 1.0, 0.0) * 2.0 * z
    won = (weight * density * np.exp(-length * (1.0 - y) / (2.0 * speed * cover))).sum(axis=-1)
    return np.asarray(np.exp(-alert / cover) * won, dtype=np.float64)


class Responders(Protocol):
    """Who may run to a detection: the units of the sector's own country (``Units``).

    Cross-border response puts its own in this place (``cooperation.cross_border``): own and
    partner units while a joint patrol is in force.
    """

    def serve(self, sector: I64, at: F64, on_duty: I64, needed: I64, hours: F64) -> Mask:
        """Return who is reached; units that win are busy for ``hours`` from ``at`` on."""
        ...

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        ...

    def helpers(self, first_hour: int, hours: int) -> I64 | int:
        """Return units out besides the sectors' own that may run, (sectors, hours) or 0."""
        ...


class Units:
    """The patrol units of every sector, and until when each is busy.

    A unit out on patrol or still busy from an earlier hour counts as one unit. Free units are
    those on duty in the hour less those busy. Calls follow one another in simulated time; a
    detection that falls before one already served in an earlier call finds that unit busy.

    Attributes:
        busy_until: Hour at which each unit is free again, ascending along a sector's row, -inf
            for one never busy; shape ``(sectors, units)``.
    """

    def __init__(self, sectors: int) -> None:
        self.busy_until: F64 = np.full((sectors, 1), -np.inf)

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        missing = units - self.busy_until.shape[1]
        if missing > 0:
            room = np.full((self.busy_until.shape[0], missing), -np.inf)
            self.busy_until = np.concatenate((room, self.busy_until), axis=1)

    def helpers(self, first_hour: int, hours: int) -> int:
        """Return 0: nobody but a sector's own units runs."""
        return 0

    def serve(self, sector: I64, at: F64, on_duty: I64, needed: I64, hours: F64) -> Mask:
        """Run the races of one call in time order and return which are won.

        Args:
            sector: Sector of each detection.
            at: Hour of each detection.
            on_duty: Units out in that sector and hour.
            needed: Free units that would win the race (``units_needed``).
            hours: Time the winning unit is busy from ``at`` on, transport included.
        """
        won = np.zeros(sector.shape, dtype=np.bool_)
        spare = on_duty - needed
        rows = (spare >= 0).nonzero()[0]
        if rows.size == 0:
            return won
        if rows.size > _CROWDED * len(self.busy_until):
            rows = self._serve_unhindered(sector, at, spare, hours, rows, won)
            if rows.size == 0:
                return won
        for turn in turns(sector, at, rows):
            served = self.serve_one_each(sector[turn], at[turn], spare[turn], hours[turn])
            won[turn] = served
        return won

    def _serve_unhindered(
        self, sector: I64, at: F64, spare: I64, hours: F64, rows: I64, won: Mask
    ) -> I64:
        """Serve at once the sectors whose races are won whatever comes of those before them.

        So it is where the units busy at a sector's first race, and one more for each race before,
        never hinder a race. Every winner then takes a unit that was free at the first race.

        Returns:
            The rows of all other sectors.
        """
        order = rows[np.lexsort((at[rows], sector[rows]))]
        ordered = sector[order]
        first = np.flatnonzero(np.diff(ordered, prepend=-1))
        where, count = ordered[first], np.diff(first, append=order.size)
        busy = self.busy_in(where, at[order[first]])
        rank = np.arange(order.size) - first.repeat(count)
        fits = spare[order] - rank >= busy.repeat(count)
        easy = np.logical_and.reduceat(fits, first)
        easy &= busy + count <= self.busy_until.shape[1]
        now = easy.repeat(count)
        served = order[now]
        won[served] = True
        self.busy_until[sector[served], rank[now]] = at[served] + hours[served]
        self.busy_until[where[easy]] = np.sort(self.busy_until[where[easy]], axis=1)
        return np.asarray(order[~now])

    def busy_in(self, sector: I64, at: F64) -> I64:
        """Return how many units of each sector named are busy at its hour, shape of ``sector``."""
        return np.asarray((self.busy_until[sector] > at[:, None]).sum(axis=1), dtype=np.intp)

    def serve_one_each(self, sector: I64, at: F64, spare: I64, hours: F64) -> Mask:
        """Run races in distinct sectors: won where at most ``spare`` units are busy."""
        # At most `spare` units busy <=> the (spare + 1)-th latest is free again by now.
        last = self.busy_until.shape[1] - 1
        won: Mask = self.busy_until[sector, last - spare] <= at
        winners = sector[won]
        rows = self.busy_until[winners]
        rows[:, 0] = (at + hours)[won]
        rows.sort(axis=1)
        self.busy_until[winners] = rows
        return won


def turns(sector: I64, at: F64, rows: I64) -> list[I64]:
    """Return rows in turns: the first of each sector by time, then the second of each, ..."""
    if rows.size == 1:
        return [rows]
    order = rows[np.lexsort((at[rows], sector[rows]))]
    ordered = sector[order]
    same = ordered[1:] == ordered[:-1]
    if not np.logical_or.reduce(same):
        return [order]
    place = np.arange(order.size)
    first = place.copy()
    first[1:][same] = 0
    rank = place - np.maximum.accumulate(first)
    in_turn = order[rank.argsort(kind="stable")]
    ends = np.bincount(rank).cumsum().tolist()
    return [in_turn[begin:end] for begin, end in pairwise([0, *ends])]
