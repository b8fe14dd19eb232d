"""Tries at a leg: counted, told to others, and settled with the networks (MODEL 4, 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.movement.batch import Batch
from sim.movement.crowd import ALONE, Crowd, Rows
from sim.movement.knowledge import Beliefs
from sim.smuggling.networks import Networks

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Attempts:
    """What a leg's end means to those who hear of it and to those who are paid for it."""

    def __init__(self, crowd: Crowd, beliefs: Beliefs, networks: Networks) -> None:
        self._crowd = crowd
        self._beliefs = beliefs
        self._networks = networks

    def tell(self, parties: Batch, persons: NDArray[np.uint8], stopped: Mask, seized: Mask) -> None:
        """Count the try, let others hear of it, and settle with the networks.

        A network is paid on arrival (money is held by a third party until then), loses what it
        put into a load that is ``seized``, and is not paid for a load that only turned back.
        """
        crowd, rows = self._crowd, parties.rows
        crowd.attempts[rows] += 1
        offer = crowd.offer[rows].astype(np.intp)
        guided = offer != ALONE
        self._beliefs.report(crowd.profile[rows], parties.leg, guided, persons, stopped)
        led = (guided & (seized | ~stopped)).nonzero()[0]
        if led.size:
            self._settle(rows[led], offer[led], persons[led], seized[led])

    def settle_plain(self, parties: Batch) -> None:
        """Pay the networks for legs that nobody controls."""
        offer = self._crowd.offer[parties.rows].astype(np.intp)
        led = (offer != ALONE).nonzero()[0]
        if led.size:
            rows = parties.rows[led]
            self._settle(rows, offer[led], self._crowd.persons[rows], np.zeros(len(led), bool))

    def _settle(self, rows: Rows, offer: Index, persons: NDArray[np.uint8], seized: Mask) -> None:
        crowd = self._crowd
        self._networks.settle(offer, persons, seized)
        paying = (~seized).nonzero()[0]
        rows = rows[paying]
        fee = self._networks.price[offer[paying]].astype(np.float32)
        crowd.funds[rows] -= fee
        crowd.spent[rows] += fee

    def count_failures(self, rows: Rows) -> None:
        """Count one more stop since the last success."""
        failures = self._crowd.failures[rows]
        self._crowd.failures[rows] = failures + (failures < 255)
