"""Parties that stand at a place in a window, laid side by side by what follows.

Lines of the columns ``at_rows``, ``at_hour`` and ``at_base``, shape (3, room), are those free to
choose, those whose stay begins, its ``mean`` hours, (room,), and those who have left by an exit;
``count``, (3,), is how many stand in each.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]

#: Lines of the columns.
FREE: Final = 0
STAYING: Final = 1
GONE: Final = 2
LINES: Final = 3


@compiled
def put(
    line: int,
    which: Index,
    number: int,
    rows: Index,
    hour: I32,
    base: U64,
    at_rows: Index,
    at_hour: I32,
    at_base: U64,
    count: Index,
) -> None:
    """Put the first ``number`` of the positions ``which`` behind those in a line."""
    begin = count[line]
    for j in range(number):
        i = which[j]
        at_rows[line, begin + j] = rows[i]
        at_hour[line, begin + j] = hour[i]
        at_base[line, begin + j] = base[i]
    count[line] = begin + number


@compiled
def lead(
    which: Index,
    number: int,
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
    """Let parties stand at the head of their leg: the first ``number`` positions ``which``.

    ``ends`` are records by leg: its head, the mean stay there in hours, whether one who comes
    ``chooses`` there, ``stays`` or ``leaves`` by an exit, and whether the leg crosses a border.
    Positions of those who crossed one are added to ``crossed``; returns how many it has then.
    """
    lists = np.empty((LINES, number), np.intp)
    free = staying = gone = 0
    begin = count[STAYING]
    for j in range(number):
        i = which[j]
        head = ends[leg[i]]
        records[rows[i]]["node"] = head["node"]
        crossed[crossing] = i
        crossing += head["crosses"]
        lists[FREE, free] = lists[STAYING, staying] = lists[GONE, gone] = i
        mean[begin + staying] = head["dwell"]
        free += head["chooses"]
        staying += head["stays"]
        gone += head["leaves"]
    put(FREE, lists[FREE], free, rows, hour, base, at_rows, at_hour, at_base, count)
    put(STAYING, lists[STAYING], staying, rows, hour, base, at_rows, at_hour, at_base, count)
    put(GONE, lists[GONE], gone, rows, hour, base, at_rows, at_hour, at_base, count)
    return crossing
