"""What smuggling networks do every window: they release quotas and take parties in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]

#: All that asked were taken in.
ROOM_FOR_ALL: Final = -1


@compiled
def release(capacity: F64, days: float, offered: F64, quota: F64) -> None:
    """Release the quotas of a window of so many days; at most a day's worth piles up."""
    for k in range(capacity.size):
        released = capacity[k] * days
        offered[k] += released
        quota[k] = min(quota[k] + released, capacity[k])


@compiled
def take_all_or_list(
    offer: Index,
    size: I64,
    base: U64,
    salts: U64,
    slack: float,
    quota: F64,
    won: Mask,
    who: Index,
    priority: U64,
) -> int:
    """Take everybody in if there is room at every offer; list who must wait for a turn if not.

    Arrays of the parties that ask, (m,): offer, persons, event base; ``salts`` and ``quota`` are
    by offer. Written: who is taken in for certain, and position and priority of those that ask
    where room is short and would fit alone; returns their number, ``ROOM_FOR_ALL`` if none waits.
    """
    asked = np.zeros(quota.size, np.int64)
    for i in range(offer.size):
        asked[offer[i]] += size[i]
    enough = True
    for k in range(quota.size):
        enough &= asked[k] <= quota[k] + slack
    if enough:
        for k in range(quota.size):
            quota[k] = max(quota[k] - asked[k], 0.0)
        won[:] = True
        return ROOM_FOR_ALL
    listed = 0
    for i in range(offer.size):
        k = offer[i]
        room = quota[k] + slack
        fits, short = size[i] <= room, asked[k] > room
        won[i] = fits and not short
        if fits and short:
            who[listed] = i
            priority[listed] = mixed(base[i] ^ salts[k])
            listed += 1
    return listed


@compiled
def take_in_turn(
    order: Index,
    who: Index,
    offer: Index,
    size: I64,
    slack: float,
    quota: F64,
    won: Mask,
    turned_away: I64,
) -> None:
    """Take listed parties in while they fit, in an order; book who won and who did not.

    One that does not fit leaves the room to the next that does.
    """
    taken = np.zeros(quota.size, np.int64)
    for j in range(order.size):
        i = who[order[j]]
        k = offer[i]
        if taken[k] + size[i] <= quota[k] + slack:
            taken[k] += size[i]
            won[i] = True
    taken[:] = 0
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
