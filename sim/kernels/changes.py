"""Changes of state: written into the crowd's columns and the calendar, row by row.

``records`` are the crowd's, ``state`` and ``due`` its columns; ``noted`` and ``day`` are the
calendar's, see ``sim.kernels.calendar``. Rows are distinct; what is given of them is shaped (n,),
hours int32 where they are of the clock and float64 where they are lengths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.calendar import put
from sim.kernels.codes import (
    ALONE,
    ARRIVED,
    ASYLUM,
    CASE,
    HELD,
    NO_LEG,
    QUEUED,
    RECEPTION,
    WAITING,
)
from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Rows = NDArray[np.intp]

#: Due hour of a party that waits for nothing.
NEVER = 2**31 - 1
_ONE = np.uint32(1)


@compiled
def end_of(hour: Any, hours: Any) -> Any:
    """Return the hour at which what lasts ``hours`` from an hour on ends: whole, one at least."""
    due = np.ceil(hours)
    if due < 1.0:
        due = 1.0
    due += hour
    # An endless wait whose draw is exactly 0 is no number: endless, too.
    return np.int64(due) if due <= NEVER else NEVER


@compiled
def turn(party: Any, hour: Any, leg: Any, offer: Any) -> None:
    """Let a party, a record, begin something at an hour, on a leg with an offer or on none."""
    party["begun"] = hour
    party["moves"] += _ONE
    party["leg"] = leg
    party["offer"] = offer


@compiled
def note(
    rows: Rows,
    code: int,
    hour: I32,
    hours: F64,
    noted: int,
    to_rows: Rows,
    to_code: U8,
    to_hour: I32,
    to_hours: F64,
) -> int:
    """Note that rows enter a state for ``hours``; return how many changes are noted then.

    ``hours`` may have more room. The columns of changes have ``noted`` rows before, and room.
    """
    for i in range(rows.size):
        to_rows[noted + i], to_code[noted + i] = rows[i], code
        to_hour[noted + i], to_hours[noted + i] = hour[i], hours[i]
    return noted + rows.size


@compiled
def begin(
    records: Any,
    state: U8,
    due: I32,
    ended: I32,
    noted: I32,
    day: I64,
    number: int,
    rows: Rows,
    code: U8,
    hour: I32,
    hours: F64,
) -> None:
    """Let the first ``number`` of ``rows`` enter states for ``hours``.

    Who is held, in a queue or a case keeps its leg, all others are on none any more. ``ended`` is
    the crowd's column of the hour of entering a final state.
    """
    for i in range(number):
        row, enters = np.uint64(rows[i]), code[i]
        party = records[row]
        state[row] = enters
        if (enters == QUEUED) | (enters == HELD) | (enters == CASE):
            turn(party, hour[i], party["leg"], party["offer"])
        else:
            turn(party, hour[i], NO_LEG, ALONE)
        if enters >= ARRIVED:
            ended[row] = hour[i]
        put(row, end_of(hour[i], hours[i]), due, noted, day)


@compiled
def begin_drawn(
    records: Any,
    state: U8,
    due: I32,
    noted: I32,
    day: I64,
    rows: Rows,
    hour: I32,
    mean: F64,
    log_of_rest: F64,
    node: NDArray[np.intp],
    housed: NDArray[np.bool_],
    begin: int,
    to_rows: I32,
    to_hour: I32,
    to_node: NDArray[np.int16],
    to_housed: NDArray[np.bool_],
) -> None:
    """Let rows wait, with a bed where ``housed``; those beyond its length enter asylum.

    Each stays for its mean times minus ``log_of_rest``, whose length is how many they are. Who
    waits, when, at which ``node`` and whether with a bed is written from ``begin`` on.
    """
    for i in range(log_of_rest.size):
        row = np.uint64(rows[i])
        if i < housed.size:
            state[row] = RECEPTION if housed[i] else WAITING
            at = begin + i
            to_rows[at], to_hour[at], to_node[at], to_housed[at] = row, hour[i], node[i], housed[i]
        else:
            state[row] = ASYLUM
        turn(records[row], hour[i], NO_LEG, ALONE)
        put(row, end_of(hour[i], -(log_of_rest[i] * mean[i])), due, noted, day)


@compiled
def set_back(
    due: I32, noted: I32, day: I64, rows: Rows, hour: I32, hours: F64, wait: NDArray[np.intp]
) -> None:
    """Set when rows are due that have set out on legs of so many hours, and wait first."""
    for i in range(rows.size):
        put(rows[i], end_of(hour[i], hours[i] + wait[i]), due, noted, day)
