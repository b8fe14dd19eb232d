"""Serving in the order of a keyed priority: beds of a place, room with a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.randomness import U64

Index = NDArray[np.intp]
#: Rows from which on a second sort, by radix, is worth its calls.
_MANY = 256


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
    order = _in_order(where, priority, room.size)
    at, wanted = where[order], size[order]
    fits = running_total(at, wanted) <= room[at]
    left_out = (~fits).nonzero()[0]
    while left_out.size:
        # Differences of a room and whole persons are exact: no order of subtraction matters.
        left = room - np.bincount(at, wanted * fits, room.size)
        there, asked = at[left_out], wanted[left_out]
        could = (asked <= left[there]).nonzero()[0]
        if not could.size:
            break
        there, asked, left_out = there[could], asked[could], left_out[could]
        fit = running_total(there, asked) <= left[there]
        fits[left_out[fit]] = True
        left_out = left_out[(~fit).nonzero()[0]]
    served = np.empty(order.size, np.bool_)
    served[order] = fits
    return served


def _in_order(where: Index, priority: U64, places: int) -> Index:
    """Return the order by place, then by priority, then by row."""
    if where.size < _MANY or places > 1 << 16:
        return np.lexsort((priority, where))
    by_priority = priority.argsort(kind="stable")
    # Of two bytes, places are sorted by radix: many rows in half the time.
    return by_priority[where[by_priority].astype(np.uint16).argsort(kind="stable")]


def running_total(group: Index, amount: NDArray[Any]) -> NDArray[Any]:
    """Return the cumulative sum of amounts within runs of equal groups, which ascend."""
    total = amount.cumsum()
    before = total - amount
    total -= before[group.searchsorted(group)]
    return total
