"""Green-border legs: who crosses a sector, who is caught, who turns back (MODEL 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import Terms
from sim.control.sectors import Sectors
from sim.kernels import green_border as kernels
from sim.movement.batch import Batch
from sim.movement.crowd import GAVE_UP, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.passage_log import PassageLog
from sim.protection.ledger import Ledger
from sim.randomness import salt
from sim.surroundings import Surroundings

U8 = NDArray[np.uint8]

_GIVE_UP = np.uint64(salt("give up after a stop"))


class GreenBorder:
    """Ends legs through sectors."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        sectors: Sectors,
        waits: Waits,
        ledger: Ledger,
        log: PassageLog,
        retries: bool,
    ) -> None:
        """Join the parts; without ``retries`` whoever is turned back gives up."""
        self._crowd = crowd
        self._legs = legs
        self._around = around
        self._sectors = sectors
        self._waits = waits
        self._ledger = ledger
        self._log = log
        self._retries = retries
        #: Shares by leg that give up where nobody tries again.
        self._all = np.ones(len(legs.specs))

    def cross(self, parties: Batch, persons: U8, hour: int, terms: Terms) -> U8:
        """Cross sectors and turn back the turned; return how each ended (``control.race``).

        Args:
            parties: Those whose leg has ended.
            persons: Persons in each party.
            hour: First hour of the window.
            terms: What follows a stop now, by leg.
        """
        legs, leg, base, size = self._legs, parties.leg, parties.base, parties.leg.size
        outcome = self._sectors.cross(
            leg, parties.hour, persons, base, hour, legs.sector, legs.stay, legs.barrier
        )
        where = np.empty((4, size), np.intp)
        when, to_base, mean = (
            np.empty((2, size), np.int32),
            np.empty(size, np.uint64),
            np.empty(size),
        )
        quits, again, returned = kernels.turn_back(
            outcome, parties.rows, leg, parties.hour, base, _GIVE_UP,
            terms.gave_up if self._retries else self._all, terms.retry, self._around.tail,
            self._crowd.records, where, when, to_base, mean,
        )  # fmt: skip
        if returned:
            self._record_outside(parties.take(where[3, :returned]))
        self._waits.finish(where[0, :quits], GAVE_UP, when[0, :quits])
        if again:
            trying = Batch(where[1, :again], when[1, :again], where[2, :again], to_base[:again])
            self._waits.begin(trying, mean[:again])
        return outcome

    def _record_outside(self, parties: Batch) -> None:
        crowd, add, rows = self._crowd, self._ledger.add, parties.rows
        country = self._around.place_country[self._around.head[parties.leg]]
        persons = crowd.persons[rows].astype(np.int64)
        add("returned_outside_procedure", country, persons, self._log.month)
        add("returned_outside_children", country, crowd.minors[rows], self._log.month)
        add("returned_outside_families", country, persons * crowd.family[rows], self._log.month)
        add("returned_outside_wish", country, persons * crowd.wish[rows], self._log.month)
