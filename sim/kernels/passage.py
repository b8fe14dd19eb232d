"""What is due in a window, laid out by what ends; who is released or enters."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import event_base
from sim.kernels.standing import FREE, GONE, STAYING, place

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Groups of due parties, in the order they are handled: those under way on legs that nobody
#: controls, through sectors, to posts; in a post's queue; held; in a case; entering; resting.
PLAIN: Final = 0
WATCHED: Final = 1
AT_POST: Final = 2
IN_QUEUE: Final = 3
IN_HOLDING: Final = 4
IN_CASE: Final = 5
ENTERING: Final = 6
RESTING: Final = 7
GROUPS: Final = 8


@compiled
def lay_out(
    rows: Index,
    records: NDArray[Any],
    state: U8,
    persons: U8,
    due: I32,
    group_of: U8,
    run: Any,
    begin: Index,
    order: Index,
    leg: Index,
    hour: I32,
    base: U64,
    hours: F64,
    size: U8,
) -> None:
    """Lay due parties out group by group, in the order they come.

    Columns of the crowd, its records first; ``group_of`` is by state and by leg, the first of
    which stands for none; ``run`` are the run's own bits. Written: where each group begins, shape
    (groups + 1,), and the rows in order, (n,); of those with a leg or on one, also (n,), leg, hour
    due, event base, hours since their leg or wait began, and persons.
    """
    # What lies about in the crowd is fetched in a loop of its own, none waiting for another.
    group, of_leg = np.empty(rows.size, np.uint8), np.empty(rows.size, np.int16)
    for i in range(rows.size):
        of_leg[i] = records[rows[i]]["leg"]
        group[i] = state[rows[i]]
    begin[:] = 0
    for i in range(rows.size):
        group[i] = group_of[group[i], of_leg[i] + 1]
        begin[group[i] + 1] += 1
    for code in range(GROUPS):
        begin[code + 1] += begin[code]
    at = begin.copy()
    for i in range(rows.size):
        to = at[group[i]]
        at[group[i]] = to + 1
        order[to] = rows[i]
    for i in range(begin[ENTERING]):
        row = order[i]
        party = records[row]
        leg[i], hour[i], size[i] = party["leg"], due[row], persons[row]
        hours[i] = due[row] - party["begun"]
        base[i] = event_base(run, party["key"], party["moves"])


@compiled
def arrive(
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    released: Mask,
    entering: Index,
    ends: NDArray[Any],
    dwell: F64,
    open_: Mask,
    records: NDArray[Any],
    due: I32,
    never: Any,
    run: Any,
    planned: int,
    at_rows: Index,
    at_hour: I32,
    at_base: U64,
    mean: F64,
    count: Index,
    crossed: Index,
    crossing: int,
) -> tuple[int, int, int]:
    """Let the last of those laid out stand at the head of their leg, others where they enter.

    The last parties, as many as ``released`` has, are there where it says so; see ``attempts.end``
    for ``ends`` and for what is written. Rows ``entering`` do so where arrivals are ``open_``, by
    place, or never; those that do are moved to the front. ``dwell`` is the mean stay by place.

    Returns:
        How many have crossed a border, ``crossing`` and those added to ``crossed``; how many
        entered; one more than the last row of the first ``planned`` whose hour has come.
    """
    free, staying, gone = count[FREE], count[STAYING], count[GONE]
    first = rows.size - released.size
    for j in range(released.size):
        if not released[j]:
            continue
        i = first + j
        head = ends[leg[i]]
        records[rows[i]]["node"] = head["node"]
        crossed[crossing] = i
        crossing += head["crosses"]
        at_rows[GONE, gone] = rows[i]
        at_hour[GONE, gone] = hour[i]
        gone += head["leaves"]
        free, staying = place(
            rows[i], hour[i], base[i], head["dwell"], head["chooses"], head["stays"],
            at_rows, at_hour, at_base, mean, free, staying,
        )  # fmt: skip
    entered = latest = 0
    for j in range(entering.size):
        row = entering[j]
        party = records[row]
        if row < planned:
            latest = max(latest, row + 1)
        if not open_[party["node"]]:
            due[row] = never
            continue
        entering[entered] = row
        entered += 1
        stays = 1 if dwell[party["node"]] > 0.0 else 0
        free, staying = place(
            row, due[row], event_base(run, party["key"], party["moves"]), dwell[party["node"]],
            1 - stays, stays, at_rows, at_hour, at_base, mean, free, staying,
        )  # fmt: skip
    count[FREE], count[STAYING], count[GONE] = free, staying, gone
    return crossing, entered, latest
