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

_MINUTE, _GIVE_UP = np.uint64(salt("minute")), np.uint64(salt("give up after a stop"))


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
        legs, leg, base = self._legs, parties.leg, parties.base
        sector, stay = np.empty(leg.size, np.intp), np.empty((2, leg.size))
        kernels.stays(
            leg, parties.hour, base, _MINUTE, legs.sector, legs.stay, legs.barrier, sector, stay
        )
        outcome = self._sectors.encounter(sector, stay[0], stay[1], persons, base, hour)
        which = np.empty((3, leg.size), np.intp)
        quits, again, outside = kernels.turn_back(
            outcome, parties.rows, leg, base, _GIVE_UP,
            terms.gave_up if self._retries else self._all, self._around.tail, self._crowd.records,
            which,
        )  # fmt: skip
        if outside:
            self._record_outside(parties.take(which[2, :outside]))
        if quits:
            gone = which[0, :quits]
            self._waits.finish(parties.rows[gone], GAVE_UP, parties.hour[gone])
        if again:
            trying = parties.take(which[1, :again])
            self._waits.begin(trying, terms.retry[trying.leg])
        return outcome

    def _record_outside(self, parties: Batch) -> None:
        crowd, add, rows = self._crowd, self._ledger.add, parties.rows
        country = self._around.place_country[self._around.head[parties.leg]]
        persons = crowd.persons[rows].astype(np.int64)
        add("returned_outside_procedure", country, persons, self._log.month)
        add("returned_outside_children", country, crowd.minors[rows], self._log.month)
        add("returned_outside_families", country, persons * crowd.family[rows], self._log.month)
        add("returned_outside_wish", country, persons * crowd.wish[rows], self._log.month)
