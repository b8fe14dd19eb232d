"""Legs through sectors: when parties come out of the zone, and who turns back in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, OUTSIDE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]


@compiled
def stays(
    leg: Index,
    hour: NDArray[np.int32],
    base: U64,
    salt: Any,
    sector_of: Index,
    stay_of: F64,
    barrier_of: F64,
    sector: Index,
    stay: F64,
) -> None:
    """Write each party's sector, and (2, n) the end of its stay there and its length, hours.

    The leg has ended at a moment drawn from the hour before ``hour``. ``sector_of``, ``stay_of``
    and ``barrier_of`` are by leg.
    """
    for i in range(leg.size):
        by = leg[i]
        sector[i] = sector_of[by]
        stay[0, i] = hour[i] - unit(drawn(base[i], salt))
        stay[1, i] = stay_of[by] + barrier_of[by]


@compiled
def turn_back(
    outcome: NDArray[np.uint8],
    rows: Index,
    leg: Index,
    base: U64,
    salt: Any,
    gave_up: F64,
    tail: Index,
    records: NDArray[Any],
    which: Index,
) -> tuple[int, int, int]:
    """Take the turned back to the tail of their leg; list who gives up and who tries again.

    ``gave_up`` is the share by leg that gives up, ``records`` are the crowd's. Written into
    ``which``, positions: who gives up, who tries again, who was returned outside procedure;
    returns the number of each.
    """
    node = records["node"]
    quits = again = outside = 0
    for i in range(outcome.size):
        if outcome[i] != ABORTED and outcome[i] != OUTSIDE:
            continue
        node[rows[i]] = tail[leg[i]]
        if unit(drawn(base[i], salt)) < gave_up[leg[i]]:
            which[0, quits] = i
            quits += 1
        else:
            which[1, again] = i
            again += 1
        if outcome[i] == OUTSIDE:
            which[2, outside] = i
            outside += 1
    return quits, again, outside
