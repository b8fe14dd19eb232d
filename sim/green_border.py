"""Green-border legs: who crosses a sector, who is caught, who turns back (MODEL 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.after_a_stop import Caught
from sim.attempts import Attempts
from sim.control.race import ABORTED, INTERCEPTED, LOST, OUTSIDE
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


class GreenBorder:
    """Ends legs through sectors."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        sectors: Sectors,
        waits: Waits,
        attempts: Attempts,
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
        self._attempts = attempts
        self._ledger = ledger
        self._log = log
        self._draws = draws
        self._retries = retries
        self._minute = salt("minute")
        self._give_up = salt("give up after a stop")

    def cross(self, parties: Batch, hour: int, caught: list[Caught]) -> Batch:
        """Cross sectors; note the caught, turn back the turned, return who passed."""
        crowd, legs = self._crowd, self._legs
        leg = parties.leg
        sector = legs.sector[leg]
        persons = crowd.persons[parties.rows]
        end = parties.hour - self._draws.uniform(parties.base, self._minute)
        outcome = self._sectors.encounter(
            sector, end, legs.stay[leg] + legs.barrier[leg], persons, parties.base, self._draws,
            hour,
        )  # fmt: skip
        stopped = outcome > LOST
        self._attempts.tell(parties, persons, stopped, outcome > ABORTED)
        where = stopped.nonzero()[0]
        if not where.size:
            return parties
        held_up, outcome, sector = parties.take(where), outcome[where], sector[where]
        terms = self._sectors.aftermath.at(hour)
        self._attempts.count_failures(held_up.rows)
        outside = (outcome == OUTSIDE).nonzero()[0]
        if outside.size:
            self._record_outside(held_up.take(outside))
        is_caught = outcome == INTERCEPTED
        taken = is_caught.nonzero()[0]
        if taken.size:
            mine = sector[taken]
            country = self._around.sector_country[mine]
            caught.append((held_up.take(taken), country, terms.held[mine]))
        turned = (~is_caught).nonzero()[0]
        if turned.size:
            mine = sector[turned]
            self._turn_back(held_up.take(turned), terms.gave_up[mine], terms.retry[mine])
        return parties.take((~stopped).nonzero()[0])

    def _record_outside(self, parties: Batch) -> None:
        crowd, add, rows = self._crowd, self._ledger.add, parties.rows
        country = self._around.place_country[self._around.head[parties.leg]]
        persons = crowd.persons[rows].astype(np.int64)
        add("returned_outside_procedure", country, persons, self._log.month)
        add("returned_outside_children", country, crowd.minors[rows], self._log.month)
        add("returned_outside_families", country, persons * crowd.family[rows], self._log.month)
        add("returned_outside_wish", country, persons * crowd.wish[rows], self._log.month)

    def _turn_back(self, parties: Batch, quit_share: F64, retry: F64) -> None:
        """Go back to the tail: give up, or wait and try again."""
        self._crowd.node[parties.rows] = self._around.tail[parties.leg]
        if self._retries:
            quits = self._draws.uniform(parties.base, self._give_up) < quit_share
        else:
            quits = np.ones(len(parties), bool)
        gone = quits.nonzero()[0]
        if gone.size:
            self._waits.finish(parties.rows[gone], GAVE_UP, parties.hour[gone])
        again = (~quits).nonzero()[0]
        if again.size:
            self._waits.begin(parties.take(again), retry[again])
