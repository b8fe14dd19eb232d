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

from sim.control.inspection import FORGED, HIDDEN
from sim.randomness import U64, Draws, mix, salts

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Alerts:
    """Alerts in force, by country whose posts have them.

    Args:
        draws: The run's draws.
        countries: Number of countries.
        crews: Vehicles of each network, shape ``(networks,)``.
        network: Network of each offer, shape ``(offers,)``.
        post_country: Country of each post, shape ``(posts,)``.
    """

    def __init__(
        self,
        draws: Draws,
        countries: int,
        crews: Sequence[int],
        network: Index,
        post_country: Index,
    ) -> None:
        self._draws = draws
        self._crews = np.asarray(crews, dtype=np.intp)
        self._network = network
        self._post_country = post_country
        self._first = np.cumsum(self._crews) - self._crews
        self._until: F64 = np.full((countries, int(self._crews.sum())), -np.inf)
        self._salts: U64 = salts("vehicle of a network", len(self._crews))
        self._documents: U64 = np.empty(0, np.uint64)
        self._documents_until: F64 = np.empty(0)
        self.placed = 0

    def vehicle(self, offer: NDArray[Any], base: U64) -> Index:
        """Return the vehicle that carries each load (a column over all networks)."""
        network = self._network[offer]
        u = self._draws.uniform(base, self._salts[network])
        return np.asarray(self._first[network] + (u * self._crews[network]).astype(np.intp))

    def place(self, vehicle: Index, country: Index, until: F64) -> None:
        """Put vehicles on a country's list until an hour; a later end counts."""
        np.maximum.at(self._until, (country, vehicle), until)
        self.placed += len(vehicle)

    def place_documents(self, keys: U64, country: Index, until: F64, now: float = -np.inf) -> None:
        """Put documents on a country's list until an hour; a later end counts.

        What ended by ``now`` is struck off: nobody comes to a post before it any more.
        """
        kept = self._documents_until > now
        known = np.concatenate([self._documents[kept], _listed(keys, country)])
        ends = np.concatenate([self._documents_until[kept], until])
        order = np.lexsort((-ends, known))
        first = np.ones(len(order), np.bool_)
        first[1:] = known[order][1:] != known[order][:-1]
        self._documents, self._documents_until = known[order][first], ends[order][first]
        self.placed += len(keys)

    @property
    def empty(self) -> bool:
        """Whether no alert was ever placed."""
        return self.placed == 0

    def names(
        self,
        offer: NDArray[Any],
        post: Index,
        hour: NDArray[Any],
        base: U64,
        documents: U64,
        use: NDArray[Any],
    ) -> Mask:
        """Return whether an alert in force names the vehicle or the document of each party.

        A vehicle counts where somebody hides in it, a document where one is shown: an alert names
        a thing, and says nothing of a person who comes without it.

        Args:
            offer: Offer of a network in use, negative for parties that go alone.
            post: Post each party comes to.
            hour: Hour it does.
            base: Event base of (party, move): which vehicle carries it.
            documents: Key of the document each has.
            use: How each uses the post, index into ``USES``.
        """
        country = self._post_country[post]
        named = np.zeros(len(post), np.bool_)
        led = ((np.asarray(offer) >= 0) & (use == HIDDEN)).nonzero()[0]
        if led.size and self._until.size:
            vehicle = self.vehicle(offer[led].astype(np.intp), base[led])
            named[led] = self._until[country[led], vehicle] > hour[led]
        shown = (use == FORGED).nonzero()[0]
        if shown.size and self._documents.size:
            keys = _listed(documents[shown], country[shown])
            at = np.minimum(self._documents.searchsorted(keys), self._documents.size - 1)
            listed = self._documents[at] == keys
            named[shown] = listed & (self._documents_until[at] > hour[shown])
        return named


def _listed(keys: U64, country: Index) -> U64:
    """Return the key of a document on a country's list."""
    return mix(keys ^ mix(country.astype(np.uint64)))
