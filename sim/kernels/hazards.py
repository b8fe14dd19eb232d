"""Exposure on legs, and who may be struck there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]


@compiled
def expose(
    leg: Index,
    hours: F64,
    persons: NDArray[np.uint8],
    base: U64,
    salt: Any,
    rate: F64,
    exposure: F64,
    which: Index,
    struck: F64,
) -> int:
    """Add person-hours to ``exposure``, by leg; list whose uniform is below the events expected.

    ``rate`` is of events per person-hour, by leg. Written: position, and uniform and expected
    events (2, n); returns how many. 1 - exp(-x) <= x: this finds every party struck, and few
    besides.
    """
    found = 0
    for i in range(leg.size):
        exposure[leg[i]] += hours[i] * persons[i]
        expected = rate[leg[i]] * hours[i] * persons[i]
        uniform = unit(drawn(base[i], salt))
        if uniform < expected:
            which[found] = i
            struck[0, found] = uniform
            struck[1, found] = expected
            found += 1
    return found
