"""Tracks: of a finished run, what the fate table needs; a few bytes a party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import BorderModel


@dataclass(frozen=True)
class Tracks:
    """Who crossed which border first, where and when; and where each party ended.

    Attributes:
        root: Key of the party each was split from at the root, shape (parties,).
        persons: Persons of each party.
        state: Its last state, as in ``sim.movement.crowd.STATES``.
        party: Party of each first crossing of a border, shape (crossings,), rising.
        leg: Leg of each crossing.
        hour: Hour of each crossing, rising within a party.
    """

    root: NDArray[np.uint64]
    persons: NDArray[np.int64]
    state: NDArray[np.uint8]
    party: NDArray[np.intp]
    leg: NDArray[np.intp]
    hour: NDArray[np.int64]

    @classmethod
    def of(cls, model: BorderModel) -> Tracks:
        """Return the tracks of a run that has ended."""
        crowd = model.world.crowd
        used = slice(0, crowd.size)
        row, leg, hour = model.world.journeys.first_crossings()
        return cls(
            root=crowd.key[crowd.root[used]],
            persons=crowd.persons[used].astype(np.int64),
            state=crowd.state[used].copy(),
            party=row.astype(np.intp),
            leg=leg.astype(np.intp),
            hour=hour.astype(np.int64),
        )

    def numbered(self, order: Sequence[str], anew: Sequence[str]) -> Tracks:
        """Return the tracks with legs numbered as in ``anew``, which holds all of ``order``."""
        if tuple(order) == tuple(anew[: len(order)]):
            return self
        place = {name: i for i, name in enumerate(anew)}
        return replace(self, leg=np.array([place[name] for name in order], np.intp)[self.leg])

    def crossed(self, since: int, until: int, legs: int) -> NDArray[np.int64]:
        """Return persons whose first crossing of a border fell on each leg in since..until."""
        inside = (self.hour >= since) & (self.hour < until)
        counted = np.bincount(self.leg[inside], self.persons[self.party[inside]], legs)
        return counted.astype(np.int64)


def take(values: NDArray[Any], begin: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[Any]:
    """Return ``values[begin[i] : begin[i] + count[i]]`` of all i, one after the other.

    >>> take(np.arange(10), np.array([2, 7]), np.array([2, 1])).tolist()
    [2, 3, 7]
    """
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(values[np.repeat(begin, count) + offset])
