"""Scouts: how long a party waits for the quietest start of a crossing that they can see."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

_DAY = 24
#: Coverages that are equal at nine decimals are equal to a scout; the earlier start is taken.
_DECIMALS = 1e9


@compiled
def quiet_waits(
    ahead: F64,
    horizon: int,
    end: int,
    sector: Index,
    start: F64,
    stay: F64,
    known: NDArray[np.int16],
    wait: Index,
) -> int:
    """Write the hours to wait for the start with least search effort within ``horizon`` hours.

    ``ahead`` is the effort summed up from hour ``end``, a day repeated, shape (sectors, hours + 1).
    ``known`` keeps what was found, -1 before, shape (longest stay + 1, sectors, 24). Returns 0,
    or the whole hours of a stay that is longer than the longest, with nothing written after it.
    """
    for i in range(sector.size):
        at = sector[i]
        hours: int = math.ceil(stay[i])
        if hours >= known.shape[0]:
            return hours
        begin = (math.floor(start[i]) - end) % _DAY
        found = int(known[hours, at, begin])
        if found < 0:
            least = np.inf
            for later in range(horizon + 1):
                effort = ahead[at, begin + later + hours] - ahead[at, begin + later]
                effort = np.rint(effort * _DECIMALS)
                if effort < least:
                    least, found = effort, later
            known[hours, at, begin] = found
        wait[i] = found
    return 0
