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
U64 = NDArray[np.uint64]
Rows = NDArray[np.intp]

_LOWER_HALF, _SIGN = np.uint64(0xFFFFFFFF), np.uint64(63)
#: Rows among which the soonest is looked for before any is looked at: most wait for longer.
_BLOCK = 16


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
def due_of(word: Any) -> Any:
    """Return the due hour in a head, eight bytes as a number: its lower half."""
    return np.int64(word & _LOWER_HALF)


@compiled
def first_due_after(words: U64, begin: Any, end: Any, hour: Any) -> Any:
    """Return the first of the rows from ``begin`` to ``end`` due at an hour or later, or ``end``.

    They lie in the order in which they are due.
    """
    while begin < end:
        middle = (begin + end) // 2
        if due_of(words[middle]) < hour:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def note_between(
    words: U64, first: Any, last: Any, begin: Any, end: Any, found: I32, hour: U8, count: Any
) -> Any:
    """Note the due among a stretch of rows, ``count`` having been found; see ``find_due``."""
    room = found.size - 1
    for row in range(first, last):
        due = due_of(words[row])
        at = min(count, room)
        found[at], hour[at] = row, max(due - begin, 0)
        count += due < end
    return count


@compiled
def find_between(
    words: U64, first: Any, last: Any, begin: Any, end: Any, found: I32, hour: U8, count: Any
) -> Any:
    """Find the due among a stretch of rows, ``count`` having been found; see ``find_due``."""
    row, until = first, np.uint64(end)
    while row + _BLOCK <= last:
        # Below zero where one is due before the end.
        below = np.uint64(0)
        for i in range(_BLOCK):
            below |= (words[row + i] & _LOWER_HALF) - until
        if below >> _SIGN != np.uint64(0):
            count = note_between(words, row, row + _BLOCK, begin, end, found, hour, count)
        row += _BLOCK
    return note_between(words, row, last, begin, end, found, hour, count)


@compiled
def find_due(
    words: U64, present: Any, planned: Any, size: Any, begin: Any, hours: Any, found: I32, hour: U8
) -> int:
    """Write the rows due before a day ends, ascending, and at which hour of it; return how many.

    ``words`` are the crowd's heads, each as a number. Of its rows the first are ``present``; those
    behind, up to the ``planned``, lie in the order in which they are due; then others come,
    ``size`` in all. The overdue are due at the first hour. What has no room is counted and not
    written: the last place is for that.
    """
    end = begin + hours
    arriving = first_due_after(words, present, planned, end)
    count = find_between(words, 0, arriving, begin, end, found, hour, 0)
    return int(find_between(words, planned, size, begin, end, found, hour, count))


@compiled
def lay_out_day(found: I32, hour: U8, before: I64, planned: I32) -> None:
    """Write rows by hour of the day and row, all shape (n,).

    ``before[h]``, shape (hours + 1,), counts those due before the hour.
    """
    hours = before.size - 1
    before[:] = 0
    for i in range(found.size):
        before[hour[i] + 1] += 1
    for h in range(hours):
        before[h + 1] += before[h]
    at = before.copy()
    for i in range(found.size):
        planned[at[hour[i]]] = found[i]
        at[hour[i]] += 1


@compiled
def still_due(rows: I32, due: I32, until: Any, out: Rows) -> int:
    """Write those of ascending rows that are due before ``until``, each once; return how many.

    One put off since is left out. ``out`` has room for one more than is written.
    """
    last, count = np.int32(-1), 0
    for i in range(rows.size):
        row = rows[i]
        out[count] = row
        count += (due[row] < until) & (row != last)
        last = row
    return count
