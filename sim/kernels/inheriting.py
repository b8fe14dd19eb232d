"""What rows split off in a day have from their parents' events of that day."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
Rows = NDArray[np.intp]

#: At least; many more than splits, so that hardly any other row falls into one that is taken.
_BUCKETS: Final = 1024
_BUCKETS_A_SPLIT: Final = 8


@compiled
def pass_on(
    parents: Rows, new: Rows, when: I32, rows: Rows, hour: I32, bits: Any, column: Any
) -> None:
    """Add to ``column`` of rows split off the bits their parents got in earlier hours.

    Args:
        parents: Row split, shape (splits,); so are the next two.
        new: Row split off.
        when: Hour of the split.
        rows: Row of each event, shape (events,); so are the next two.
        hour: Its hour.
        bits: Bits it set.
        column: Bits by row.
    """
    # Splits by the last digits of the parent's row: the latest, and for each the one before.
    buckets = _BUCKETS
    while buckets < _BUCKETS_A_SPLIT * parents.size:
        buckets *= 2
    latest, before = np.full(buckets, -1, np.int32), np.empty(parents.size, np.int32)
    for k in range(parents.size):
        bucket = parents[k] & (buckets - 1)
        before[k], latest[bucket] = latest[bucket], k
    for i in range(rows.size):
        k = latest[rows[i] & (buckets - 1)]
        while k >= 0:
            if parents[k] == rows[i] and bits[i] and hour[i] < when[k]:
                column[new[k]] |= bits[i]
            k = before[k]
