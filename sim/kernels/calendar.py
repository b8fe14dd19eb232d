"""The calendar of due parties: the day's rows by hour, and those due in a window.

``due`` is the crowd's column, int32 hours, shape (capacity,). Rows that fall due within the day
after it was opened are noted by hour of the day: ``noted``, int32, shape (hours + 1, room), of
which the last stretch is for none; ``day``, int64, shape (hours + 3,), says how many are noted
for each hour (0 for the last), then at which hour the day began and from which on rows are still
to be taken out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Rows = NDArray[np.intp]


@compiled
def put(row: Any, hour: Any, due: I32, noted: I32, day: I64) -> None:
    """Set the due hour of a row, noted where it is within the day.

    One that falls due before what is still to be taken out comes first of that.
    """
    due[row] = hour
    last = day.size - 3
    at = min(max(np.int64(hour), day[last + 2]) - day[last + 1], last)
    noted[at, day[at]] = row
    day[at] += at < last


@compiled
def schedule(rows: Rows, hours: I32, due: I32, noted: I32, day: I64) -> None:
    """Set the due hours of rows, both shape (n,)."""
    for i in range(rows.size):
        put(rows[i], hours[i], due, noted, day)


@compiled
def lay_out_day(
    due: I32, size: Any, begin: Any, found: I32, hour: U8, before: I64, planned: I32
) -> None:
    """Write those of the first ``size`` rows that are due before the day ends, by hour and row.

    ``before[h]``, shape (hours + 1,), counts those due before ``begin + h``; the overdue count
    for the first hour, so that ``before[0]`` is 0. ``planned`` and ``hour`` have room for them,
    ``found`` for one more.
    """
    hours = before.size - 1
    end = begin + hours
    count = 0
    for row in range(size):
        found[count] = row
        count += due[row] < end
    before[:] = 0
    for i in range(count):
        hour[i] = max(np.int64(due[found[i]]) - begin, 0)
        before[hour[i] + 1] += 1
    for h in range(hours):
        before[h + 1] += before[h]
    at = before.copy()
    for i in range(count):
        planned[at[hour[i]]] = found[i]
        at[hour[i]] += 1


@compiled
def merge_due(planned: I32, noted: I32, due: I32, until: Any, out: Rows) -> int:
    """Write the rows due before ``until`` into ``out``, ascending, each once; return how many.

    They are among ``planned`` and ``noted``, both ascending; one put off since is left out.
    ``out`` has room for all of both and one more.
    """
    i = j = count = 0
    last = -1
    while i < planned.size and j < noted.size:
        a, b = planned[i], noted[j]
        row = min(a, b)
        i += a <= b
        j += b <= a
        out[count] = row
        count += (due[row] < until) & (row != last)
        last = row
    while i < planned.size:
        row = planned[i]
        i += 1
        out[count] = row
        count += (due[row] < until) & (row != last)
        last = row
    while j < noted.size:
        row = noted[j]
        j += 1
        out[count] = row
        count += (due[row] < until) & (row != last)
        last = row
    return count
