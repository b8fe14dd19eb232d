"""Deaths and injuries on the way (MODEL 14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.kernels import hazards as kernels
from sim.randomness import F64, U64, salt
from sim.scenario.specs.control import Hazard
from sim.scenario.specs.geography import Leg

#: Calendar months in which ``winter_factor`` applies: December, January, February.
WINTER = (12, 1, 2)
_PER_MILLION = 1e-6
_STRUCK = np.uint64(salt("hazard", "struck"))
#: A party has at most 30 persons, so at most 30 events count on one leg.
_MOST = 30
_ROOM = 1024
_KINDS = np.array([salt("hazard", "kind", i) for i in range(_MOST)], np.uint64)


class Struck(NamedTuple):
    """Parties struck.

    Attributes:
        which: Positions among those asked about, intp, ascending.
        deaths: Persons that die, int64, same shape.
        injuries: Persons injured, same shape.
    """

    which: NDArray[np.intp]
    deaths: NDArray[np.int64]
    injuries: NDArray[np.int64]


_NOBODY = Struck(np.empty(0, np.intp), np.empty(0, np.int64), np.empty(0, np.int64))


class Hazards:
    """Poisson deaths and injuries by exposure, one rate a leg and season.

    A leg that names no hazard row has rate 0. The rate of a row is multiplied by its
    ``winter_factor`` from December to February, civil time of the scenario's zone.
    """

    def __init__(self, hazards: Sequence[Hazard], legs: Sequence[Leg], clock: Clock) -> None:
        """Lay the rates out by leg; ``legs`` come in the order of leg indices.

        Raises:
            ModelError: A leg names a hazard row that does not exist.
        """
        rows = {h.id: h for h in hazards}
        # Axes: season (0 rest of the year, 1 winter), kind (0 deaths, 1 injuries), leg.
        self._rates = np.zeros((2, 2, len(legs)))
        for i, leg in enumerate(legs):
            if leg.hazard is None:
                continue
            if leg.hazard not in rows:
                raise ModelError(
                    f"leg {leg.id!r} names hazard {leg.hazard!r}, which is no row of `hazards`; "
                    f"add the row or name one of {', '.join(sorted(rows)) or 'none'}"
                )
            row = rows[leg.hazard]
            rate = np.array([row.deaths.value, row.injuries.value]) * _PER_MILLION
            self._rates[0, :, i] = rate
            self._rates[1, :, i] = rate * row.winter_factor.value
        total = self._rates.sum(axis=1)
        with np.errstate(invalid="ignore"):
            share = self._rates[:, 0] / total
        #: By season the events per person-hour on each leg, and the share of them that are deaths.
        self._events = list(zip(total, np.where(total > 0, share, 0.0), strict=True))
        self._exposure = np.zeros(len(legs))
        self._which, self._struck = np.empty(_ROOM, np.intp), np.empty((2, _ROOM))
        month = (clock.start.month - 1 + clock.calendar().month) % 12 + 1
        #: Season of each hour of the run.
        self._season: list[int] = np.isin(month, WINTER).astype(np.intp).tolist()

    def rates(self, hour: int) -> tuple[F64, F64]:
        """Return deaths and injuries per person-hour of each leg at an hour, shape (legs,)."""
        deaths, injuries = self._rates[self._season[hour]]
        return deaths, injuries

    def strike(
        self,
        leg: NDArray[np.intp],
        hours: F64,
        persons: NDArray[np.uint8],
        hour: int,
        base: U64,
    ) -> Struck:
        """Return which parties are struck on the leg they have just ended, and note exposure.

        Events ~ Poisson(persons x hours x (deaths + injuries)), by inverse CDF of one keyed
        uniform; each event is a death with the rates' ratio, so that both counts are Poisson
        and independent. Events are capped at the party's persons: nobody is struck twice.

        Args:
            leg: Leg index, shape (m,).
            hours: Hours of exposure on the leg, shape (m,).
            persons: Persons in the party, shape (m,).
            hour: Hour at which the legs end; picks the season.
            base: ``Draws.event_base(key, moves)``, shape (m,).
        """  # fmt: skip
        rate, death_share = self._events[self._season[hour]]
        which, struck = self._which, self._struck
        if leg.size > which.size:
            which = self._which = np.empty(2 * leg.size, np.intp)
            struck = self._struck = np.empty((2, 2 * leg.size))
        found = kernels.expose(
            leg, hours, persons, base, _STRUCK, rate, self._exposure, which, struck
        )
        if not found:
            return _NOBODY
        less, counts = struck[1, :found], np.empty((2, found), np.int64)
        number = kernels.strike(
            found, struck, np.exp(less), np.expm1(less), leg, persons, base, _KINDS,
            death_share, which, counts,
        )  # fmt: skip
        if not number:
            return _NOBODY
        return Struck(which[:number].copy(), counts[0, :number], counts[1, :number])

    def take_exposure(self) -> F64:
        """Return the person-hours on each leg since last asked, shape (legs,)."""
        taken, self._exposure = self._exposure, np.zeros_like(self._exposure)
        return taken
