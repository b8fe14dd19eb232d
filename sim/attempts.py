"""Tries at a leg: counted, told to others, and settled with the networks (MODEL 4, 5)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.control.race import ABORTED, LOST
from sim.movement.crowd import Crowd, Rows
from sim.movement.knowledge import Beliefs
from sim.smuggling.networks import Networks

U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Besides the codes of ``control.race``: no try has ended, or the party is not where it led.
AWAY: Final = 5


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
            outcome: How each try ended, codes of ``control.race``.
            plain: How many of them, the first ones, were on legs that nobody controls: these are
                paid for, but nobody counts them or hears of them.
        """
        crowd = self._crowd
        stopped, guided = outcome > LOST, crowd.offer[rows] >= 0
        if plain < rows.size:
            tried, failed = rows[plain:], stopped[plain:]
            crowd.attempts[tried] += 1
            self._beliefs.report(
                crowd.profile[tried], leg[plain:], guided[plain:], persons[plain:], failed
            )
            again = tried[failed]
            if again.size:
                failures = crowd.failures[again]
                crowd.failures[again] = failures + (failures < 255)
        # Of the guided, those who passed and those whose load was seized.
        led = (guided & (outcome != ABORTED)).nonzero()[0]
        if led.size:
            self._settle(rows[led], persons[led], stopped[led])

    def _settle(self, rows: Rows, persons: U8, seized: Mask) -> None:
        crowd = self._crowd
        offer = crowd.offer[rows].astype(np.intp)
        self._networks.settle(offer, persons, seized)
        paying = (~seized).nonzero()[0]
        if paying.size < rows.size:
            rows, offer = rows[paying], offer[paying]
        fee = self._networks.price[offer].astype(np.float32)
        crowd.funds[rows] -= fee
        crowd.spent[rows] += fee
