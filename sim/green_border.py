"""Green-border legs: who crosses a sector, who is caught, who turns back (MODEL 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import Terms
from sim.control.race import INTERCEPTED, LOST, OUTSIDE
from sim.control.sectors import Sectors
from sim.movement.batch import Batch
from sim.movement.crowd import GAVE_UP, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.passage_log import PassageLog
from sim.protection.ledger import Ledger
from sim.randomness import Draws, salt
from sim.surroundings import Surroundings

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

#: Rows of a crossing's draws; those of the encounter begin at the last.
_MINUTE, _GIVE_UP, _ENCOUNTER = range(3)


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
        draws: Draws,
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
        self._draws = draws
        self._retries = retries
        own = [[salt("minute")], [salt("give up after a stop")]]
        count = sectors.salts.shape[1]
        self._salts = np.concatenate(
            [np.array(own, np.uint64).repeat(count, axis=1), sectors.salts]
        )

    def cross(self, parties: Batch, persons: U8, hour: int, terms: Terms) -> U8:
        """Cross sectors and turn back the turned; return how each ended (``control.race``).

        Args:
            parties: Those whose leg has ended.
            persons: Persons in each party.
            hour: First hour of the window.
            terms: What follows a stop now, by leg.
        """
        legs, leg = self._legs, parties.leg
        sector = legs.sector[leg]
        u = self._draws.uniform(parties.base, self._salts.take(sector, axis=1))
        outcome = self._sectors.encounter(
            sector, parties.hour - u[_MINUTE], legs.stay[leg] + legs.barrier[leg], persons,
            parties.base, self._draws, hour, u=u[_ENCOUNTER:],
        )  # fmt: skip
        back = outcome > LOST
        back &= outcome != INTERCEPTED
        turned = back.nonzero()[0]
        if turned.size:
            outside = (outcome == OUTSIDE).nonzero()[0]
            if outside.size:
                self._record_outside(parties.take(outside))
            self._turn_back(parties.take(turned), u[_GIVE_UP].take(turned), terms)
        return outcome

    def _record_outside(self, parties: Batch) -> None:
        crowd, add, rows = self._crowd, self._ledger.add, parties.rows
        country = self._around.place_country[self._around.head[parties.leg]]
        persons = crowd.persons[rows].astype(np.int64)
        add("returned_outside_procedure", country, persons, self._log.month)
        add("returned_outside_children", country, crowd.minors[rows], self._log.month)
        add("returned_outside_families", country, persons * crowd.family[rows], self._log.month)
        add("returned_outside_wish", country, persons * crowd.wish[rows], self._log.month)

    def _turn_back(self, parties: Batch, u: F64, terms: Terms) -> None:
        """Go back to the tail: give up, as the uniform draws ``u`` say, or wait and try again."""
        leg = parties.leg
        self._crowd.node[parties.rows] = self._around.tail[leg]
        if not self._retries:
            self._waits.finish(parties.rows, GAVE_UP, parties.hour)
            return
        quits = u < terms.gave_up[leg]
        gone = quits.nonzero()[0]
        if gone.size:
            self._waits.finish(parties.rows[gone], GAVE_UP, parties.hour[gone])
            parties = parties.take((~quits).nonzero()[0])
        if len(parties):
            self._waits.begin(parties, terms.retry[parties.leg])
