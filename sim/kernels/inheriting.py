"""What rows split off in a day have from their parents' events of that day."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
Rows = NDArray[np.intp]

#: At least; many more than splits, so that hardly any other row falls into one that is taken.
_BUCKETS: Final = 1024
_BUCKETS_A_SPLIT: Final = 8
#: Events for which there is room at first.
_ROOM: Final = 256


@compiled
def heirs(parents: Rows, new: Rows, when: I32, rows: Rows, hour: I32) -> Rows:
    """Return the events that rows split off have from their parents: of hours before the split.

    Args:
        parents: Row split, shape (splits,); so are the next two.
        new: Row split off.
        when: Hour of the split.
        rows: Row of each event, shape (events,); so is the next.
        hour: Its hour.

    Returns:
        Positions of events, and the row split off that has each, shape (2, n).
    """
    # Splits by the last digits of the parent's row: the latest, and for each the one before.
    buckets = _BUCKETS
    while buckets < _BUCKETS_A_SPLIT * parents.size:
        buckets *= 2
    latest, before = np.full(buckets, -1, np.int32), np.empty(parents.size, np.int32)
    for k in range(parents.size):
        bucket = parents[k] & (buckets - 1)
        before[k], latest[bucket] = latest[bucket], k
    found = np.empty((2, _ROOM), np.intp)
    count = 0
    for i in range(rows.size):
        k = latest[rows[i] & (buckets - 1)]
        while k >= 0:
            if parents[k] == rows[i] and hour[i] < when[k]:
                if count == found.shape[1]:
                    more = np.empty((2, 2 * count), np.intp)
                    more[:, :count] = found
                    found = more
                found[0, count], found[1, count] = i, new[k]
                count += 1
            k = before[k]
    return found[:, :count]
