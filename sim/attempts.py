"""Tries at legs: counted, told to others, settled with the networks, and led to their end.

MODEL 4, 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import attempts as kernel
from sim.kernels.standing import END, FREE, GONE, STAYING
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd
from sim.movement.knowledge import Beliefs
from sim.movement.leg_table import NOBODY, LegTable
from sim.movement.standing import Standing
from sim.smuggling.networks import Networks
from sim.surroundings import Surroundings

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]

_ROOM = 1024


class Attempts:
    """What a leg's end means to the party, to those who hear of it and to those paid for it.

    Attributes:
        ends: What follows where each leg leads, a record a leg (``kernels.standing.END``).
    """

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        dwell: F64,
        beliefs: Beliefs,
        networks: Networks,
    ) -> None:
        """Join the parts; ``dwell`` is the mean stay of those who arrive, hours by place."""
        self._crowd = crowd
        self._beliefs = beliefs
        self._networks = networks
        ends = np.empty(len(legs.specs), END)
        ends["node"], ends["dwell"] = around.head, dwell[around.head]
        ends["line"] = np.where(ends["dwell"] > 0, STAYING, FREE)
        ends["line"][around.is_exit[around.head]] = GONE
        ends["crosses"] = legs.border != NOBODY
        self.ends = ends
        # Offers, persons and whether they were stopped of those led in a window.
        self._led = _room_for(_ROOM)
        #: Persons that passed each leg since last asked.
        self._passed = np.zeros(len(legs.specs), np.int64)

    def end(
        self,
        parties: Batch,
        offer: NDArray[np.int16],
        persons: U8,
        outcome: U8,
        plain: int,
        standing: Standing,
        lists: Index,
    ) -> tuple[int, int]:
        """Count the tries, let others hear of them, settle with the networks, and arrive.

        A network is paid on arrival (money is held by a third party until then), loses what it
        put into a load that is seized, and is not paid for a load that only turned back.

        Args:
            parties: Parties, the first of which are those whose leg has ended.
            offer: Offer of a network each has used, or ``ALONE``.
            persons: Persons in each.
            outcome: How the try of each of the first ended, codes of ``control.race``; AWAY where
                none has, CLAIMED where it leads into the asylum procedure.
            plain: How many of them, the first ones, were on legs that nobody controls: these are
                paid for, but nobody counts them or hears of them.
            standing: Takes those who passed.
            lists: Written, shape (2, room): positions of those who crossed a border, and of those
                intercepted.

        Returns:
            How many crossed, and were intercepted.
        """
        crowd, networks, count = self._crowd, self._networks, outcome.size
        if count > self._led[0].size:
            self._led = _room_for(2 * count)
        led, size, seized = self._led
        crossing, caught, paid = kernel.end(
            parties.rows, parties.leg, parties.hour, parties.base, offer, persons, outcome, plain,
            self.ends, crowd.records, networks.price, self._beliefs.today, self._passed,
            standing.rows, standing.hour, standing.base, standing.mean, standing.count, lists,
            led, size, seized,
        )  # fmt: skip
        if paid:
            networks.settle(led[:paid], size[:paid], seized[:paid])
        return crossing, caught

    def take_passages(self) -> NDArray[np.int64]:
        """Return the persons that passed each leg since last asked, shape (legs,)."""
        taken, self._passed = self._passed, np.zeros_like(self._passed)
        return taken


def _room_for(parties: int) -> tuple[Index, U8, NDArray[np.bool_]]:
    return np.empty(parties, np.intp), np.empty(parties, np.uint8), np.empty(parties, np.bool_)
