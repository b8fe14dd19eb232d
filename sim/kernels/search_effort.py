"""Search effort by sector and hour: past and newly planned hours joined, and running sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
Index = NDArray[np.intp]


@compiled
def join(
    old_units: Index,
    old_rates: F64,
    begin: int,
    kept: int,
    new_units: Index,
    new_rates: F64,
    units: Index,
    rates: F64,
) -> None:
    """Write ``kept`` hours of the past from column ``begin`` on, the new hours and an hour of none.

    Units have shape (sectors, hours), rates (2, sectors, hours).
    """
    hours = new_units.shape[1]
    for s in range(units.shape[0]):
        for h in range(kept):
            units[s, h] = old_units[s, begin + h]
            for k in range(2):
                rates[k, s, h] = old_rates[k, s, begin + h]
        for h in range(hours):
            units[s, kept + h] = new_units[s, h]
            for k in range(2):
                rates[k, s, kept + h] = new_rates[k, s, h]
        units[s, kept + hours] = 0
        for k in range(2):
            rates[k, s, kept + hours] = 0.0


@compiled
def add_up(rates: F64, running: F64) -> Any:
    """Write the effort of all before each hour; return the most of any sector, 0 without any.

    ``rates`` has shape (2, sectors, hours), the first those of all; ``running`` (sectors, hours).
    """
    sectors, hours = running.shape
    most = 0.0
    for s in range(sectors):
        total = 0.0
        for h in range(hours):
            running[s, h] = total
            if h < hours - 1:
                total += rates[0, s, h]
        most = max(most, total)
    return most
