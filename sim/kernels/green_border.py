"""Legs through sectors: who turns back in the zone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, OUTSIDE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]


@compiled
def turn_back(
    outcome: NDArray[np.uint8],
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    salt: Any,
    gave_up: F64,
    retry: F64,
    tail: Index,
    records: NDArray[Any],
    where: Index,
    when: I32,
    to_base: U64,
    mean: F64,
) -> tuple[int, int, int]:
    """Take the turned back to the tail of their leg; list who gives up and who tries again.

    ``gave_up`` is the share by leg that gives up, ``retry`` the mean hours until another try;
    ``records`` are the crowd's. Written into ``where`` (4, n): rows of those who give up, rows and
    legs of those who try again, positions of those returned outside procedure; into ``when``
    (2, n) the hour of the first two; base and mean hours of those who try again. Returns how many
    give up, try again, were returned outside procedure.
    """
    node = records["node"]
    quits = again = returned = 0
    for i in range(outcome.size):
        if outcome[i] != ABORTED and outcome[i] != OUTSIDE:
            continue
        row, by = rows[i], leg[i]
        node[row] = tail[by]
        if unit(drawn(base[i], salt)) < gave_up[by]:
            where[0, quits], when[0, quits] = row, hour[i]
            quits += 1
        else:
            where[1, again], where[2, again], when[1, again] = row, by, hour[i]
            to_base[again], mean[again] = base[i], retry[by]
            again += 1
        if outcome[i] == OUTSIDE:
            where[3, returned] = i
            returned += 1
    return quits, again, returned
