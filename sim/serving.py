"""Serving in the order of a keyed priority: beds of a place, room with a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import serving
from sim.randomness import U64

Index = NDArray[np.intp]


def serve(
    where: Index, size: NDArray[np.int64], room: NDArray[Any], priority: U64
) -> NDArray[np.bool_]:
    """Return which parties are served, each whole or not at all.

    At each place parties come in the order of their priority while their sizes add up to the
    room or less; one that does not fit leaves the room to the next that does. The order of the
    rows has no part in it.

    Args:
        where: Place each party asks at, shape ``(m,)``.
        size: Persons in the party, shape ``(m,)``.
        room: Persons each place can take, shape ``(places,)``.
        priority: Hashed bits, the lowest first, shape ``(m,)``.

    >>> at, three = np.zeros(3, np.intp), np.arange(3, dtype=np.uint64)
    >>> serve(at, np.array([3, 2, 1]), np.array([4.0]), three)
    array([ True, False,  True])
    """
    served = np.empty(where.size, np.bool_)
    serving.serve(where, size, room.astype(np.float64), priority, served)
    return served
