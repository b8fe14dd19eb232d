"""The calendar of due parties: the day's rows by hour, and those due in a window.

``due`` is the crowd's column, int32 hours, shape (capacity,). Rows that fell due within the day
since it was opened are ``fresh``: int64, shape (2, room), row and hour noted, the first ``count``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]


@compiled
def put(row: Any, hour: Any, due: I32, fresh: I64, count: Any, end: Any) -> Any:
    """Set the due hour of a row, noted where it is before the day's ``end``; return the count."""
    due[row] = hour
    if hour < end:
        fresh[0, count] = row
        fresh[1, count] = hour
        count += 1
    return count


@compiled
def schedule(rows: Rows, hours: I32, due: I32, fresh: I64, count: Any, end: Any) -> Any:
    """Set the due hours of rows, both shape (n,); return how many fresh ones there are."""
    for i in range(rows.size):
        count = put(rows[i], hours[i], due, fresh, count, end)
    return count


@compiled
def count_day(due: I32, size: Any, begin: Any, before: I64) -> None:
    """Write how many of the first ``size`` rows are due before each hour of the day.

    ``before[h]``, shape (hours + 1,), counts those due before ``begin + h``; the overdue count
    for the first hour, so that ``before[0]`` is 0.
    """
    before[:] = 0
    end = begin + before.size - 1
    for row in range(size):
        if due[row] < end:
            before[max(np.int64(due[row]) - begin, 0) + 1] += 1
    for hour in range(before.size - 1):
        before[hour + 1] += before[hour]


@compiled
def lay_out_day(due: I32, size: Any, begin: Any, before: I64, planned: Rows) -> None:
    """Write the rows that ``count_day`` counted, by hour and row, into ``planned``."""
    end = begin + before.size - 1
    at = before.copy()
    for row in range(size):
        if due[row] < end:
            hour = max(np.int64(due[row]) - begin, 0)
            planned[at[hour]] = row
            at[hour] += 1


@compiled
def take_due(
    planned: Rows, begin: Any, end: Any, fresh: I64, count: Any, due: I32, until: Any, out: Rows
) -> tuple[int, int]:
    """Write the rows due before ``until`` into ``out``, some perhaps twice, in no order.

    They are among ``planned[begin:end]`` and the fresh ones noted for then, which are struck off;
    one put off since is left out. Returns how many were written, and how many are still fresh.
    """
    taken = 0
    for i in range(begin, end):
        out[taken] = planned[i]
        taken += due[planned[i]] < until
    kept = 0
    for i in range(count):
        row = fresh[0, i]
        if fresh[1, i] < until:
            if due[row] < until:
                out[taken] = row
                taken += 1
        else:
            fresh[0, kept] = row
            fresh[1, kept] = fresh[1, i]
            kept += 1
    return taken, kept


@compiled
def drop_repeated(rows: Rows) -> int:
    """Write each of ascending ``rows`` once to their beginning; return how many they are."""
    if rows.size == 0:
        return 0
    kept = 1
    for i in range(1, rows.size):
        if rows[i] != rows[i - 1]:
            rows[kept] = rows[i]
            kept += 1
    return kept
