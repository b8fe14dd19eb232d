"""Search effort by sector and hour: past and newly planned hours joined, and running sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Records = NDArray[Any]

#: An hour of a sector: detections per hour of stay, the patrols' share of them, the rates of the
#: hours before it summed up, and the units out.
HOUR = np.dtype([
    ("rate", np.float64), ("patrols", np.float64), ("running", np.float64), ("units", np.intp),
])  # fmt: skip


@compiled
def join(
    old: Records, begin: int, kept: int, new_units: Index, new_rates: F64, hours: Records
) -> None:
    """Write ``kept`` hours of the past from column ``begin`` on, the new hours and an hour of none.

    Hours have shape (sectors, hours), new rates (2, sectors, hours): all, and the patrols' share.
    """
    ahead = new_units.shape[1]
    for s in range(len(hours)):
        for h in range(kept):
            hours[s, h] = old[s, begin + h]
        for h in range(ahead + 1):
            last = h == ahead
            hour = hours[s, kept + h]
            hour["units"] = 0 if last else new_units[s, h]
            hour["rate"] = 0.0 if last else new_rates[0, s, h]
            hour["patrols"] = 0.0 if last else new_rates[1, s, h]


@compiled
def add_up(hours: Records) -> Any:
    """Write the effort before each hour; return the most of any sector, 0 without any."""
    most = 0.0
    for s in range(hours.shape[0]):
        total = 0.0
        for h in range(hours.shape[1]):
            hours[s, h]["running"] = total
            if h < hours.shape[1] - 1:
                total += hours[s, h]["rate"]
        most = max(most, total)
    return most
