"""Officers on duty by hour: whole officers of each shift and day, and the hours it serves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]

#: Keeps a sum that is whole but for its last digit from being rounded down.
_SLACK = 1e-9


@compiled
def unchanged(books: F64, expected: F64, books_then: F64, expected_then: F64) -> bool:
    """Return whether books and what they are to hold are as they were, each (n, services)."""
    if books.shape != books_then.shape or expected.shape != expected_then.shape:
        return False
    for i in range(books.shape[0]):
        for j in range(books.shape[1]):
            if books[i, j] != books_then[i, j]:
                return False
    for i in range(expected.shape[0]):
        for j in range(expected.shape[1]):
            if expected[i, j] != expected_then[i, j]:
                return False
    return True


@compiled
def put_on_duty(
    books: F64,
    rows: Index,
    stations: Index,
    visits: Index,
    phase: F64,
    per_officer: F64,
    shifts: Index,
    worked: I64,
    civil: NDArray[Any],
    day: NDArray[Any],
    first: int,
    duty: I64,
    visiting: I64,
) -> None:
    """Add the officers on duty of rows that share shifts and zone.

    Args:
        books: Officers by row of the books and service.
        rows: Row of the books of each row, (n,).
        stations: Station of own officers, -1 for visitors.
        visits: Visit of visitors, -1 for own officers.
        phase: What cumulative rounding begins with, (n, services, shifts).
        per_officer: Mean officers of each shift a day worked, per officer on the books.
        shifts: Beginning and length of each shift, hours, (shifts, 2).
        worked: Days worked before each day from ``first`` on, a day more than the hours reach.
        civil: Civil hour of each hour.
        day: Civil day of each hour; ``first`` is the day before the earliest.
        first: Day of the first entry of ``worked``.
        duty: Own officers, (stations, services, hours).
        visiting: Visitors, (visits, services, hours).
    """
    count, days, hours = shifts.shape[0], worked.size - 1, civil.size
    whole = np.empty(days, np.int64)
    for i in range(rows.size):
        for j in range(books.shape[1]):
            held = books[rows[i], j]
            if held == 0.0:
                continue
            out = duty[stations[i], j] if visits[i] < 0 else visiting[visits[i], j]
            for k in range(count):
                expected, rest = held * per_officer[k], phase[i, j, k] + _SLACK
                before = np.floor(expected * worked[0] + rest)
                for d in range(days):
                    after = np.floor(expected * worked[d + 1] + rest)
                    whole[d] = np.int64(after - before)
                    before = after
                begin, length = shifts[k, 0], shifts[k, 1]
                for h in range(hours):
                    at = np.int64(civil[h])
                    if (at - begin) % 24 < length:
                        # Before the shift's beginning it is the shift of the evening before.
                        began = np.int64(day[h]) - first - (1 if at < begin else 0)
                        out[h] += whole[began]
