"""Parties that stand at a place in a window, laid side by side by what follows.

Lines of the columns ``at_rows``, ``at_hour`` and ``at_base``, shape (4, room), are those free to
choose, those whose stay begins, its ``mean`` hours, (room,), those who have left by an exit, and
those who enter the asylum procedure; ``count``, (4,), is how many stand in each.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import LOST
from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]

#: Lines of the columns.
FREE: Final = 0
STAYING: Final = 1
GONE: Final = 2
CLAIMING: Final = 3
LINES: Final = 4
#: What the end of a leg means to who passed it: the place it leads to, the mean hours of a stay
#: there, the line in which one stands there, and whether the leg crosses a border.
END = np.dtype(
    [("node", np.int64), ("dwell", np.float64), ("line", np.uint8), ("crosses", np.bool_)],
    align=True,
)


@compiled
def stay(
    rows: Index,
    hour: I32,
    base: U64,
    hours: F64,
    at_rows: Index,
    at_hour: I32,
    at_base: U64,
    mean: F64,
    count: Index,
) -> None:
    """Let parties, shape (n,), stay for so many hours on average."""
    begin = count[STAYING]
    for i in range(rows.size):
        to = begin + i
        at_rows[STAYING, to], at_hour[STAYING, to] = rows[i], hour[i]
        at_base[STAYING, to], mean[to] = base[i], hours[i]
    count[STAYING] = begin + rows.size


@compiled
def claim(
    rows: Index, hour: I32, base: U64, at_rows: Index, at_hour: I32, at_base: U64, count: Index
) -> None:
    """Let parties, shape (n,), enter the asylum procedure."""
    begin = count[CLAIMING]
    for i in range(rows.size):
        to = begin + i
        at_rows[CLAIMING, to], at_hour[CLAIMING, to] = rows[i], hour[i]
        at_base[CLAIMING, to] = base[i]
    count[CLAIMING] = begin + rows.size


@compiled
def lead(
    outcome: U8,
    begin: int,
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    ends: NDArray[Any],
    records: NDArray[Any],
    at_rows: Index,
    at_hour: I32,
    at_base: U64,
    mean: F64,
    count: Index,
    crossed: Index,
    crossing: int,
) -> int:
    """Let parties from position ``begin`` on stand at the head of their leg if they passed it.

    ``outcome`` says of each of them how it fared, ``ends`` are records by leg (``END``). Positions
    of those who crossed a border are added to ``crossed``; returns how many it has then.
    """
    free, staying, gone = count[FREE], count[STAYING], count[GONE]
    for j in range(outcome.size):
        if outcome[j] > LOST:
            continue
        i = begin + j
        row, when, event, head = np.uint64(rows[i]), hour[i], base[i], ends[np.uint64(leg[i])]
        records[row]["node"] = head["node"]
        crossed[crossing] = i
        crossing += head["crosses"]
        line = head["line"]
        if line == FREE:
            at_rows[FREE, free], at_hour[FREE, free], at_base[FREE, free] = row, when, event
            free += 1
        elif line == STAYING:
            at_rows[STAYING, staying], at_hour[STAYING, staying] = row, when
            at_base[STAYING, staying], mean[staying] = event, head["dwell"]
            staying += 1
        else:
            at_rows[GONE, gone], at_hour[GONE, gone], at_base[GONE, gone] = row, when, event
            gone += 1
    count[FREE], count[STAYING], count[GONE] = free, staying, gone
    return crossing
