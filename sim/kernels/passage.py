"""What is due in a window: laid out by what ends, and who stands at the head of a leg then."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import LOST
from sim.kernels.compiling import compiled
from sim.kernels.hashing import event_base

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@compiled
def lay_out(
    rows: Index,
    records: NDArray[Any],
    states: U8,
    persons: U8,
    due: I32,
    group_of: U8,
    run: Any,
    begin: Index,
    place: Index,
    hour: I32,
    base: U64,
    hours: F64,
    seen: U8,
) -> None:
    """Lay due parties out group by group, in the order they come.

    Columns of the crowd, its records first; ``group_of`` is by state and leg, the last leg stands
    for none; ``run`` are the run's own bits. Written: where each group begins, shape
    (groups + 1,), and by party row and leg (2, n), the hour due, the event base, the hours since
    its leg or wait began, and state and persons (2, n).
    """
    key, moves = records["key"], records["moves"]
    legs, begun = records["leg"], records["begun"]
    size, none = rows.size, group_of.shape[1] - 1
    # What lies about in the crowd is fetched in one go, and put in order after that.
    of_state, of_persons = np.empty(size, np.uint8), np.empty(size, np.uint8)
    of_leg, of_due = np.empty(size, np.int16), np.empty(size, np.int32)
    of_begun, of_moves = np.empty(size, np.int32), np.empty(size, np.uint32)
    of_key = np.empty(size, np.uint64)
    for i in range(size):
        row = rows[i]
        of_state[i], of_persons[i] = states[row], persons[row]
        of_leg[i], of_due[i], of_begun[i] = legs[row], due[row], begun[row]
        of_key[i], of_moves[i] = key[row], moves[row]
    group = np.empty(size, np.uint8)
    begin[:] = 0
    for i in range(size):
        leg = of_leg[i]
        group[i] = group_of[of_state[i], leg if leg >= 0 else none]
        begin[group[i] + 1] += 1
    for code in range(begin.size - 1):
        begin[code + 1] += begin[code]
    at = begin.copy()
    for i in range(size):
        to = at[group[i]]
        at[group[i]] = to + 1
        place[0, to], place[1, to] = rows[i], of_leg[i]
        hour[to], base[to] = of_due[i], event_base(run, of_key[i], of_moves[i])
        hours[to] = of_due[i] - of_begun[i]
        seen[0, to], seen[1, to] = of_state[i], of_persons[i]


@compiled
def arrive(
    rows: Index,
    hour: I32,
    leg: Index,
    base: U64,
    outcome: U8,
    ended: int,
    moved: int,
    ends: NDArray[Any],
    records: NDArray[Any],
    persons: U8,
    due: I32,
    never: Any,
    open_: Mask,
    planned: int,
    passed: I64,
    which: Index,
    place: Index,
    to_hour: I32,
    to_base: U64,
) -> tuple[int, int, int, int, int]:
    """Let parties stand at the head of their leg, or where they enter; list who does what.

    The first ``ended`` passed their leg if their outcome is no worse than ``LOST``, those up to
    ``moved`` were released at its head; all others, as many as have an outcome, enter where
    arrivals are ``open_``, by place, or never. ``ends`` are records by leg: its head, whether
    that is an exit, whether the leg crosses a border, whether it is controlled. Persons of those
    who passed are added to ``passed``, by leg.

    Written into ``which``, positions: who crossed a border, and who left by an exit. Who stays,
    those that enter last, is laid out: row and leg (2, n), hour and event base. Returns the number
    of each, how many enter, and one more than the last row of the first ``planned`` whose hour has
    come.
    """
    node, failures = records["node"], records["failures"]
    head, leaves = ends["head"], ends["leaves"]
    crosses, controlled = ends["crosses"], ends["controlled"]
    crossed = gone = free = latest = 0
    for i in range(moved):
        if outcome[i] > LOST:
            continue
        row, by = rows[i], leg[i]
        node[row] = head[by]
        if crosses[by]:
            which[0, crossed] = i
            crossed += 1
        if i < ended:
            passed[by] += persons[row]
            if controlled[by]:
                failures[row] = 0
        if leaves[by]:
            which[1, gone] = i
            gone += 1
        else:
            place[0, free], place[1, free] = row, by
            to_hour[free], to_base[free] = hour[i], base[i]
            free += 1
    stand = free
    for i in range(moved, outcome.size):
        row = rows[i]
        if row < planned:
            latest = max(latest, row + 1)
        if open_[node[row]]:
            place[0, free], place[1, free] = row, leg[i]
            to_hour[free], to_base[free] = hour[i], base[i]
            free += 1
        else:
            due[row] = never
    return crossed, gone, free, free - stand, latest
