"""Alerts: a document, or a vehicle of a network, that posts look out for (MODEL 8).

An alert names a thing, never a person, and lapses after its lifetime. A network works with as
many vehicles as it has crews; which of them carries a load hangs on the load's key alone. A hit
on a network names one of its vehicles: the more is known, the more of them stand on the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import alerts
from sim.randomness import U64, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Slots of the table of documents to begin with, and at least so many for each one listed.
_SLOTS, _ROOM = 64, 2


class Alerts:
    """Alerts in force, by country whose posts have them.

    Args:
        countries: Number of countries.
        crews: Vehicles of each network, shape ``(networks,)``.
        network: Network of each offer, shape ``(offers,)``.

    Attributes:
        fleet: Network of each offer; first vehicle, vehicles and salt of each network.
        lists: What is listed now, as ``kernels.posts.meet`` takes it.
        empty: Whether no alert was ever placed.
    """

    def __init__(
        self,
        countries: int,
        crews: Sequence[int],
        network: Index,
    ) -> None:
        vehicles = np.asarray(crews, dtype=np.intp)
        first = np.cumsum(vehicles) - vehicles
        self.fleet = network, first, vehicles, salts("vehicle of a network", len(vehicles))
        self._until: F64 = np.full((countries, int(vehicles.sum())), -np.inf)
        self._clear(_SLOTS)
        self.empty = True

    def _clear(self, slots: int) -> None:
        """Begin an empty table of documents."""
        self._documents: NDArray[Any] = np.zeros(slots, alerts.DOCUMENT)
        self._documents["until"] = -np.inf
        self._filled = 0
        self.lists: alerts.Lists = *self.fleet, self._until, self._documents

    def place(self, vehicle: NDArray[Any], country: Index, until: F64) -> None:
        """Put vehicles on a country's list until an hour; a later end counts."""
        alerts.put_vehicles(vehicle, country, until, self._until)
        self.empty = False

    def place_documents(self, keys: U64, country: Index, until: F64, now: float = -np.inf) -> None:
        """Put documents on a country's list until an hour; a later end counts.

        What ended by ``now`` may be struck off: nobody comes to a post before it any more.
        """
        if (self._filled + len(keys)) * _ROOM > self._documents.size:
            self._make_room(len(keys), now)
        self._filled += alerts.put_all(keys, country, until, self._documents)
        self.empty = False

    def _make_room(self, more: int, now: float) -> None:
        """Strike off what ended by ``now``, and let half the slots stay empty or more."""
        documents = self._documents
        slots, left = _SLOTS, int(np.count_nonzero(documents["until"] > now)) + more
        while slots < 2 * _ROOM * left:
            slots *= 2
        self._clear(slots)
        self._filled = alerts.copy(now, documents, self._documents)
