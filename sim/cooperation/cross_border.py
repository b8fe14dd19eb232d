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
from sim.control.race import NEVER, turns
from sim.control.sectors import Sectors
from sim.scenario.specs.control import Sector

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]
Mask = NDArray[np.bool_]


class CrossBorderUnits:
    """Who may run: a sector's own free units, then those of the partner's sector across.

    Own and partner's units are taken to be spread alike along the line, as ``units_needed`` has
    it: a race that needs n free units is won by fewer own ones if the partner's free ones make
    up the number, and a partner's unit then runs and is busy. A partner's sector of another
    length helps with its units in proportion, at most with all. Of several partners the first
    is asked first. Races are run in time order within each sector.

    Attributes:
        own: The units of every sector.
    """

    def __init__(self, sectors: Sectors, specs: Sequence[Sector]) -> None:
        """Let every sector have its own units only."""
        self.own = sectors.units
        self._sectors = sectors
        self._specs = tuple(specs)
        # Sector across whose units may run, or -1: (partners, sectors, hours from ``_first``).
        self._partner: I64 = np.zeros((0, len(specs), 0), dtype=np.intp)
        self._first = 0

    def across(self, sector: int, country: str) -> int | None:
        """Return the sector of a country on the same border that lies nearest, None without."""
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
        before, begin = self._partner, self._first
        self._first = first_hour - LONGEST_STAY
        columns = LONGEST_STAY + hours
        self._partner = np.full((before.shape[0], len(self._specs), columns), -1, dtype=np.intp)
        kept = min(max(first_hour - begin, 0), before.shape[2])
        past = before[:, :, max(kept - LONGEST_STAY, 0) : kept]
        self._partner[:, :, LONGEST_STAY - past.shape[2] : LONGEST_STAY] = past
        for one, other, mask in pairs:
            out = np.concatenate([np.zeros(LONGEST_STAY, np.bool_), mask])
            self._add(one, other, out)
            self._add(other, one, out)
        return bool((self._partner >= 0).any())

    def _add(self, here: int, there: int, out: Mask) -> None:
        for layer in self._partner:
            if (layer[here, out] < 0).all():
                layer[here, out] = there
                return
        layer = np.full((1, *self._partner.shape[1:]), -1, dtype=np.intp)
        layer[0, here, out] = there
        self._partner = np.concatenate([self._partner, layer])

    def _lent(self, here: I64, there: I64, units: I64) -> I64:
        """Return the units of a sector across that stand opposite: in proportion to length."""
        length = self._sectors.length
        share = np.minimum(1.0, length[here] / length[np.maximum(there, 0)])
        return np.where(there >= 0, units * share + 1e-9, 0).astype(np.intp)

    def helpers(self, first_hour: int, hours: int) -> I64:
        """Return units of partners out and open to each sector, shape (sectors, hours)."""
        total = np.zeros((len(self._specs), hours), dtype=np.intp)
        units = self._sectors.coverage.planned_units(first_hour)[:, :hours]
        begin = first_hour - self._first
        here = np.arange(len(self._specs))[:, None]
        for layer in self._partner[:, :, begin : begin + hours]:
            total += self._lent(here, layer, np.take_along_axis(units, layer.clip(0), axis=0))
        return total

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        self.own.make_room(units)

    def serve(self, sector: I64, at: F64, on_duty: I64, needed: I64, hours: F64) -> Mask:
        """Run the races of one call in time order and return which are won (``Units.serve``)."""
        linked = self._linked(sector, at)
        alone = (~linked).nonzero()[0]
        if alone.size == len(sector):
            return self.own.serve(sector, at, on_duty, needed, hours)
        won = np.zeros(sector.shape, dtype=np.bool_)
        for rows, serve in ((alone, self.own.serve), (linked.nonzero()[0], self._serve_linked)):
            if rows.size:
                won[rows] = serve(sector[rows], at[rows], on_duty[rows], needed[rows], hours[rows])
        return won

    def _linked(self, sector: I64, at: F64) -> Mask:
        """Return which detections lie in a sector that helps another in this call, or is helped."""
        there = self._partner[:, sector, np.floor(at - self._first).astype(np.intp)]
        layer, row = (there >= 0).nonzero()
        linked = np.zeros(len(self._specs), dtype=np.bool_)
        linked[sector[row]] = True
        linked[there[layer, row]] = True
        return np.asarray(linked[sector])

    def _serve_linked(self, sector: I64, at: F64, on_duty: I64, needed: I64, hours: F64) -> Mask:
        """Run the races of sectors that help one another."""
        helpers = [self._helper(sector, at, layer) for layer in self._partner]
        most = on_duty + sum(lent for _, lent in helpers)
        won = np.zeros(sector.shape, dtype=np.bool_)
        rows = ((needed < NEVER) & (needed <= most)).nonzero()[0]
        if not rows.size:
            return won
        for turn in turns(sector, at, rows):
            won[turn] = self._race(turn, sector, at, on_duty, needed, hours, helpers)
        return won

    def _helper(self, sector: I64, at: F64, layer: I64) -> tuple[I64, I64]:
        """Return the sector across and its units out for each detection; -1 and 0 if none."""
        there = layer[sector, np.floor(at - self._first).astype(np.intp)]
        units = self._sectors.coverage.units_at(np.maximum(there, 0), at)
        return there, self._lent(sector, there, units)

    def _race(
        self,
        turn: I64,
        sector: I64,
        at: F64,
        on_duty: I64,
        needed: I64,
        hours: F64,
        helpers: Sequence[tuple[I64, I64]],
    ) -> Mask:
        own = self.own
        enough = on_duty[turn] >= needed[turn]
        won = np.zeros(len(turn), dtype=np.bool_)
        able = turn[enough]
        won[enough] = own.serve_one_each(
            sector[able], at[able], on_duty[able] - needed[able], hours[able]
        )
        free = np.maximum(on_duty[turn] - own.busy_in(sector[turn], at[turn]), 0)
        for there, lent in helpers:
            lost = (~won & (there[turn] >= 0)).nonzero()[0]
            # Free own units and free partners' together; one of the partners' must be free.
            missing = np.maximum(needed[turn[lost]] - free[lost], 1)
            spare = lent[turn[lost]] - missing
            asked = lost[spare >= 0]
            spare = spare[spare >= 0]
            # Two sectors may ask the same partner: one after the other, by time.
            rows = np.arange(asked.size)
            for part in turns(there[turn[asked]], at[turn[asked]], rows) if asked.size else ():
                who = turn[asked[part]]
                won[asked[part]] = own.serve_one_each(there[who], at[who], spare[part], hours[who])
            free += np.where(there[turn] >= 0, lent[turn] - own.busy_in(
                np.maximum(there[turn], 0), at[turn]), 0).clip(0)  # fmt: skip
        return won
