"""The route graph: networkx in, flat sorted edge arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError


@dataclass(frozen=True)
class RouteGraph:
    """Places and legs as arrays; legs are sorted by (tail, head, id).

    Attributes:
        network: The same graph as networkx, nodes by place id, edge keys by leg id.
        places: Place ids, position = node index.
        legs: Leg ids, position = leg index.
        tail: Node index where a leg starts, intp, shape (legs,).
        head: Node index where a leg ends, intp, shape (legs,).
        out_legs: Leg indices leaving each node, padded with -1, intp, shape (places, max out).
        out_degree: Number of legs leaving each node, intp, shape (places,).
    """

    network: nx.MultiDiGraph[str]
    places: tuple[str, ...]
    legs: tuple[str, ...]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    out_legs: NDArray[np.intp]
    out_degree: NDArray[np.intp]

    @classmethod
    def from_networkx(cls, network: nx.MultiDiGraph[str]) -> RouteGraph:
        """Flatten a directed multigraph whose edge keys are leg ids.

        Raises:
            ModelError: A leg id is used twice, or the graph has no leg.
        """
        places = tuple(sorted(network.nodes))
        index = {place: i for i, place in enumerate(places)}
        edges = sorted((index[t], index[h], str(key)) for t, h, key in network.edges(keys=True))
        if not edges:
            raise ModelError("the route graph has no leg; add at least one under `legs`")
        ids = tuple(key for _, _, key in edges)
        if len(set(ids)) != len(ids):
            twice = next(i for i in ids if ids.count(i) > 1)
            raise ModelError(f"leg id {twice!r} stands twice; give each leg its own id")
        tail = np.array([t for t, _, _ in edges], dtype=np.intp)
        head = np.array([h for _, h, _ in edges], dtype=np.intp)
        degree = np.bincount(tail, minlength=len(places)).astype(np.intp)
        out = np.full((len(places), int(degree.max())), -1, dtype=np.intp)
        first = np.concatenate(([0], np.cumsum(degree)[:-1]))
        out[tail, np.arange(len(edges)) - first[tail]] = np.arange(len(edges))
        return cls(network, places, ids, tail, head, out, degree)

    def place_index(self, place: str) -> int:
        """Return the node index of a place id (KeyError if unknown)."""
        return self.places.index(place)

    def leg_index(self, leg: str) -> int:
        """Return the leg index of a leg id (ValueError if unknown)."""
        return self.legs.index(leg)

    def cut_off(self, exits: Sequence[str]) -> tuple[str, ...]:
        """Return the places from which no exit can be reached, in order."""
        reverse = self.network.reverse(copy=False)
        reach: set[str] = set()
        for exit_ in exits:
            reach |= {exit_} | nx.descendants(reverse, exit_)
        return tuple(place for place in self.places if place not in reach)
