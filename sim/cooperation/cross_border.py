"""Cross-border response: free units of a partner's sector run too (MODEL 6, 10).

While a joint patrol with a legal base is out in a sector, its partner's officers on duty in it
can call the units of their own country across the line, and the other way round. A partner's
units are those of its sector along the same border, the one that lies nearest. Without it the
race ends at the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.control.coverage import LONGEST_STAY
from sim.control.sectors import Sectors
from sim.scenario.specs.control import Sector

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]
Mask = NDArray[np.bool_]


class CrossBorderUnits:
    """Who may run: a sector's own free units, then those of the partner's sector across.

    Own and partner's units are taken to be spread alike along the line, as ``kernels.race`` has
    it: a race that needs n free units is won by fewer own ones if the partner's free ones make
    up the number, and a partner's unit then runs and is busy. A partner's sector of another
    length helps with its units in proportion, at most with all. Of several partners the first
    is asked first. Races are run in time order within each sector.

    Attributes:
        own: The units of every sector.
        partner: Sector across whose units may run, or -1: (partners, sectors, hours from
            ``opened``).
        opened: See above.
    """

    def __init__(self, sectors: Sectors, specs: Sequence[Sector]) -> None:
        """Let every sector have its own units only."""
        self.own = sectors.units
        self._sectors = sectors
        self._specs = tuple(specs)
        self._nearest: dict[tuple[int, str], int | None] = {}
        self.partner: I64 = np.zeros((0, len(specs), 0), dtype=np.intp)
        self.opened = 0
        self._some = False

    def across(self, sector: int, country: str) -> int | None:
        """Return the sector of a country on the same border that lies nearest, None without."""
        if (sector, country) not in self._nearest:
            self._nearest[sector, country] = self._find_across(sector, country)
        return self._nearest[sector, country]

    def _find_across(self, sector: int, country: str) -> int | None:
        mine = self._specs[sector]

        def distance(i: int) -> float:
            other = self._specs[i]
            return (other.lat.value - mine.lat.value) ** 2 + (other.lon.value - mine.lon.value) ** 2

        theirs = [
            i for i, s in enumerate(self._specs)
            if s.border == mine.border and s.country == country and i != sector
        ]  # fmt: skip
        return min(theirs, key=distance) if theirs and country != mine.country else None

    def open(self, first_hour: int, pairs: Sequence[tuple[int, int, Mask]], hours: int) -> bool:
        """Say for the hours planned which sectors help one another; the past stays as it was.

        Args:
            first_hour: First hour of the plan.
            pairs: (sector of the joint patrol, sector across, open by hour); each helps the
                other while open.
            hours: Hours of the plan.

        Returns:
            Whether the line is open anywhere in the hours planned or remembered.
        """
        before, begin = self.partner, self.opened
        self.opened = first_hour - LONGEST_STAY
        columns = LONGEST_STAY + hours
        if not pairs and not self._some and before.shape[2] == columns:
            return False
        self.partner = np.full((before.shape[0], len(self._specs), columns), -1, dtype=np.intp)
        kept = min(max(first_hour - begin, 0), before.shape[2])
        past = before[:, :, max(kept - LONGEST_STAY, 0) : kept]
        self.partner[:, :, LONGEST_STAY - past.shape[2] : LONGEST_STAY] = past
        for one, other, mask in pairs:
            out = np.concatenate([np.zeros(LONGEST_STAY, np.bool_), mask])
            self._add(one, other, out)
            self._add(other, one, out)
        self._some = bool((self.partner >= 0).any())
        return self._some

    def _add(self, here: int, there: int, out: Mask) -> None:
        for layer in self.partner:
            if (layer[here, out] < 0).all():
                layer[here, out] = there
                return
        layer = np.full((1, *self.partner.shape[1:]), -1, dtype=np.intp)
        layer[0, here, out] = there
        self.partner = np.concatenate([self.partner, layer])

    def _lent(self, here: I64, there: I64, units: I64) -> I64:
        """Return the units of a sector across that stand opposite: in proportion to length."""
        length = self._sectors.length
        share = np.minimum(1.0, length[here] / length[np.maximum(there, 0)])
        return np.where(there >= 0, units * share + 1e-9, 0).astype(np.intp)

    def helpers(self, first_hour: int, hours: int) -> I64:
        """Return units of partners out and open to each sector, shape (sectors, hours)."""
        total = np.zeros((len(self._specs), hours), dtype=np.intp)
        units = self._sectors.coverage.planned_units(first_hour)[:, :hours]
        begin = first_hour - self.opened
        here = np.arange(len(self._specs))[:, None]
        for layer in self.partner[:, :, begin : begin + hours]:
            total += self._lent(here, layer, np.take_along_axis(units, layer.clip(0), axis=0))
        return total

    @property
    def busy_until(self) -> F64:
        """Hour at which each unit is free again, shape ``(sectors, units)``."""
        return self.own.busy_until

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        self.own.make_room(units)
