"""Parties that stand at a place in a window, laid side by side by what follows.

Lines of the columns ``rows``, ``hours`` and ``bases``, shape (3, room), are those free to choose,
those whose stay begins, its mean ``means`` hours, (room,), and those who have left by an exit;
``count``, (3,), is how many stand in each.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

#: Lines of the columns.
FREE: Final = 0
STAYING: Final = 1
GONE: Final = 2
LINES: Final = 3


@compiled
def place(
    row: Any,
    hour: Any,
    base: Any,
    mean: Any,
    chooses: Any,
    stays: Any,
    rows: NDArray[np.intp],
    hours: NDArray[np.int32],
    bases: NDArray[np.uint64],
    means: NDArray[np.float64],
    free: Any,
    staying: Any,
) -> tuple[Any, Any]:
    """Write a party behind those ``free`` and those ``staying``; count it where it belongs.

    ``chooses`` and ``stays`` are 1 where it does, or 0. Returns how many are free and staying.
    """
    rows[FREE, free] = rows[STAYING, staying] = row
    hours[FREE, free] = hours[STAYING, staying] = hour
    bases[FREE, free] = bases[STAYING, staying] = base
    means[staying] = mean
    return free + chooses, staying + stays
