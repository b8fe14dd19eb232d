"""What is due in a window, laid out by what ends; who is released or enters."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import AWAY, PASSED
from sim.kernels.compiling import compiled
from sim.kernels.hashing import event_base
from sim.kernels.standing import FREE, STAYING, lead

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
    heads: NDArray[Any],
    state: U8,
    group_of: U8,
    run: Any,
    begin: Index,
    order: Index,
    code: U8,
    leg: Index,
    hour: I32,
    base: U64,
    hours: F64,
    offer: NDArray[np.int16],
    size: U8,
) -> None:
    """Lay due parties out group by group, in the order they come.

    ``records``, ``heads`` and ``state`` are the crowd's; ``group_of`` is by state and by leg, the
    first of which stands for none; ``run`` are the run's own bits. Written: where each group
    begins, shape (groups + 1,), and in order the rows and their states, (n,); of those with a leg
    or on one, also (n,), leg, hour due, event base, hours since their leg or wait began, offer,
    and persons.
    """
    # What lies about in the crowd is fetched in loops of their own, no row waiting for another.
    of_state, of_leg = np.empty(rows.size, np.uint8), np.empty(rows.size, np.int16)
    for i in range(rows.size):
        of_leg[i] = records[np.uint64(rows[i])]["leg"]
    for i in range(rows.size):
        of_state[i] = state[np.uint64(rows[i])]
    group = np.empty(rows.size, np.uint8)
    begin[:] = 0
    for i in range(rows.size):
        group[i] = group_of[of_state[i], of_leg[i] + 1]
        begin[group[i] + 1] += 1
    for g in range(GROUPS):
        begin[g + 1] += begin[g]
    at = begin.copy()
    for i in range(rows.size):
        to = at[group[i]]
        at[group[i]] = to + 1
        order[to], code[to] = rows[i], of_state[i]
    for i in range(begin[ENTERING]):
        row = np.uint64(order[i])
        party, head = records[row], heads[row]
        leg[i], offer[i] = party["leg"], party["offer"]
        hour[i], size[i] = head["due"], head["persons"]
        hours[i] = head["due"] - party["begun"]
        base[i] = event_base(run, party["key"], party["moves"])


@compiled
def enter(
    rows: Index,
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
    standing: Index,
) -> tuple[int, int]:
    """Let rows enter where arrivals are ``open_``, by place, or never; see who stands there then.

    ``dwell`` is the mean stay by place, hours. Those who enter are moved to the front of the rows.

    Returns:
        How many enter; one more than the last row of the first ``planned`` whose hour has come.
    """
    entered = latest = 0
    for j in range(rows.size):
        row = rows[j]
        party = records[row]
        here = party["node"]
        if row < planned:
            latest = max(latest, row + 1)
        if not open_[here]:
            due[row] = never
            continue
        rows[entered] = row
        entered += 1
        line = STAYING if dwell[here] > 0.0 else FREE
        to = standing[line]
        standing[line] = to + 1
        at_rows[line, to], at_hour[line, to] = row, due[row]
        at_base[line, to] = event_base(run, party["key"], party["moves"])
        if line == STAYING:
            mean[to] = dwell[here]
    return entered, latest


@compiled
def arrive(
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    released: Mask,
    ends: NDArray[Any],
    entering: Index,
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
    standing: Index,
    crossed: Index,
    crossing: int,
) -> tuple[int, int, int]:
    """Let those of the last parties that are ``released`` stand at the head of their leg.

    See ``sim.kernels.standing.lead``; then the rows ``entering`` enter, see ``enter``.

    Returns:
        How many crossed a border so far, and what ``enter`` returns.
    """
    outcome = np.empty(released.size, np.uint8)
    for j in range(released.size):
        outcome[j] = PASSED if released[j] else AWAY
    crossing = lead(
        outcome, rows.size - released.size, rows, leg, hour, base, ends, records, at_rows,
        at_hour, at_base, mean, standing, crossed, crossing,
    )  # fmt: skip
    entered, latest = enter(
        entering, dwell, open_, records, due, never, run, planned, at_rows, at_hour, at_base, mean,
        standing,
    )  # fmt: skip
    return crossing, entered, latest
