"""Tries at a leg: counted, told to others, and settled with the networks (MODEL 4, 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import attempts as kernel
from sim.kernels.codes import AWAY as AWAY
from sim.movement.crowd import Crowd, Rows
from sim.movement.knowledge import Beliefs
from sim.smuggling.networks import Networks

U8 = NDArray[np.uint8]
Index = NDArray[np.intp]


class Attempts:
    """What a leg's end means to those who hear of it and to those who are paid for it."""

    def __init__(self, crowd: Crowd, beliefs: Beliefs, networks: Networks) -> None:
        self._crowd = crowd
        self._beliefs = beliefs
        self._networks = networks

    def tell(self, rows: Rows, leg: Index, persons: U8, outcome: U8, plain: int) -> None:
        """Count the tries, let others hear of them, and settle with the networks.

        A network is paid on arrival (money is held by a third party until then), loses what it
        put into a load that is seized, and is not paid for a load that only turned back.

        Args:
            rows: Parties whose leg has ended.
            leg: Leg of each.
            persons: Persons in the party.
            outcome: How each try ended, codes of ``control.race``; AWAY where none has.
            plain: How many of them, the first ones, were on legs that nobody controls: these are
                paid for, but nobody counts them or hears of them.
        """
        crowd, networks = self._crowd, self._networks
        offer = np.empty(rows.size, np.intp)
        size, seized = np.empty(rows.size, np.uint8), np.empty(rows.size, np.bool_)
        led = kernel.tell(
            rows, leg, persons, outcome, plain, crowd.profile, crowd.offer, crowd.attempts,
            crowd.failures, crowd.funds, crowd.spent, networks.price, self._beliefs.today, offer,
            size, seized,
        )  # fmt: skip
        if led:
            networks.settle(offer[:led], size[:led], seized[:led])
