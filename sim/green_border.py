"""Green-border legs: who crosses a sector, who is caught, who turns back (MODEL 6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import Terms
from sim.control.sectors import Sectors
from sim.kernels import green_border as kernels
from sim.kernels.green_border import AGAIN, BY, QUITS
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
#: Items of the ledger, in the order in which ``kernels.green_border`` counts them.
_RETURNS = (
    "returned_outside_procedure", "returned_outside_children", "returned_outside_families",
    "returned_outside_wish",
)  # fmt: skip
_ROOM = 256


class _Room:
    """What is written of the turned back, anew in every window.

    Attributes:
        where: Rows of those who give up; rows, and legs, of those who try again: (3, parties).
        when: Hour of the first two, int32, (2, parties).
        base: Event base of those who try again, (parties,).
        mean: Their mean hours until then, (parties,).
    """

    def __init__(self, parties: int) -> None:
        self.where = np.empty((3, parties), np.intp)
        self.when = np.empty((2, parties), np.int32)
        self.base, self.mean = np.empty(parties, np.uint64), np.empty(parties)


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
        #: Country by leg whose officers return people there outside procedure.
        self._country = around.place_country[around.head]
        self._items = ledger.positions(_RETURNS)
        self._room = _Room(_ROOM)

    def cross(self, parties: Batch, persons: U8, hour: int, terms: Terms) -> U8:
        """Cross sectors and turn back the turned; return how each ended (``control.race``).

        Args:
            parties: Those whose leg has ended.
            persons: Persons in each party.
            hour: First hour of the window.
            terms: What follows a stop now, by leg.
        """
        legs, crowd, ledger, room = self._legs, self._crowd, self._ledger, self._room
        rows, due, leg, base = parties.rows, parties.hour, parties.leg, parties.base
        outcome = self._sectors.cross(
            leg, due, persons, base, hour, legs.sector, legs.stay, legs.barrier
        )
        if outcome.size > room.mean.size:
            room = self._room = _Room(2 * outcome.size)
        quits, again = kernels.turn_back(
            outcome, rows, leg, due, base, _GIVE_UP,
            terms.gave_up if self._retries else self._all, terms.retry, self._around.tail,
            self._country, crowd.records, crowd.persons, crowd.minors, ledger.counts, self._items,
            self._log.month, room.where, room.when, room.base, room.mean,
        )  # fmt: skip
        where, when = room.where, room.when
        self._waits.finish(where[QUITS, :quits], GAVE_UP, when[QUITS, :quits])
        if again:
            trying = Batch(
                where[AGAIN, :again], when[AGAIN, :again], where[BY, :again], room.base[:again]
            )
            self._waits.begin(trying, room.mean[:again])
        return outcome
