"""What smuggling networks do every window: they release quotas and take parties in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn
from sim.kernels.serving import serve

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@compiled
def release(capacity: F64, days: float, offered: F64, quota: F64) -> None:
    """Release the quotas of a window of so many days; at most a day's worth piles up."""
    for k in range(capacity.size):
        released = capacity[k] * days
        offered[k] += released
        quota[k] = min(quota[k] + released, capacity[k])


@compiled
def take_in(
    offer: Index,
    size: I64,
    base: U64,
    salts: U64,
    slack: float,
    quota: F64,
    turned_away: I64,
    won: Mask,
) -> None:
    """Take in who fits, in the order of a keyed priority, and book who does not.

    Arrays of the parties that ask, (m,): offer, persons, event base; the others are by offer,
    quotas and persons turned away, but for an allowance on every quota. Last who is taken in.
    """
    room = quota + slack
    priority = np.empty(offer.size, np.uint64)
    for i in range(offer.size):
        priority[i] = drawn(base[i], salts[offer[i]])
    serve(offer, size, room, priority, won)
    taken = np.zeros(quota.size, np.int64)
    for i in range(offer.size):
        if won[i]:
            taken[offer[i]] += size[i]
        else:
            turned_away[offer[i]] += size[i]
    for k in range(quota.size):
        quota[k] = max(quota[k] - taken[k], 0.0)


@compiled
def settle(
    offer: NDArray[Any],
    persons: NDArray[Any],
    stopped: Mask,
    price: F64,
    carried: I64,
    lost: I64,
    revenue: F64,
) -> None:
    """Book legs that ended, columns (n,): persons carried, stopped, and the fees of the others.

    Price and what is added to are by offer.
    """
    for i in range(offer.size):
        by = offer[i]
        size = np.int64(persons[i])
        carried[by] += size
        if stopped[i]:
            lost[by] += size
        else:
            revenue[by] += price[by] * np.float64(size)
