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
from sim.kernels.codes import ALONE, ASYLUM, MOVING, NO_LEG, RECEPTION, WAITING
from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Rows = NDArray[np.intp]

#: Due hour of a party that waits for nothing.
NEVER = 2**31 - 1
_ONE = np.uint32(1)


@compiled
def _ends(hour: Any, hours: Any) -> Any:
    """Return the hour at which what lasts ``hours`` from an hour on ends: whole, one at least."""
    due = np.ceil(hours)
    if due < 1.0:
        due = 1.0
    due += hour
    # An endless wait whose draw is exactly 0 is no number: endless, too.
    return np.int64(due) if due <= NEVER else NEVER


@compiled
def begin(
    records: Any,
    state: U8,
    due: I32,
    noted: I32,
    day: I64,
    rows: Rows,
    code: Any,
    hour: I32,
    hours: F64,
    keeps_leg: Any,
) -> None:
    """Let rows enter a state for ``hours``, shape (n,), or (1,) for all."""
    begun, moves = records["begun"], records["moves"]
    leg, offer = records["leg"], records["offer"]
    alike = hours.size == 1
    for i in range(rows.size):
        row = rows[i]
        state[row] = code
        begun[row] = hour[i]
        moves[row] += _ONE
        if not keeps_leg:
            leg[row] = NO_LEG
            offer[row] = ALONE
        put(row, _ends(hour[i], hours[0 if alike else i]), due, noted, day)


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
    housed: NDArray[np.bool_],
) -> None:
    """Let rows wait, with a bed where ``housed``; those beyond its length enter asylum.

    Each stays for its mean times minus ``log_of_rest``.
    """
    begun, moves = records["begun"], records["moves"]
    leg, offer = records["leg"], records["offer"]
    for i in range(rows.size):
        row = rows[i]
        if i >= housed.size:
            state[row] = ASYLUM
        elif housed[i]:
            state[row] = RECEPTION
        else:
            state[row] = WAITING
        begun[row] = hour[i]
        moves[row] += _ONE
        leg[row] = NO_LEG
        offer[row] = ALONE
        put(row, _ends(hour[i], -(log_of_rest[i] * mean[i])), due, noted, day)


@compiled
def set_out(
    records: Any,
    state: U8,
    due: I32,
    noted: I32,
    day: I64,
    rows: Rows,
    hour: I32,
    hours: F64,
    taken: Index,
    sold: Index,
) -> None:
    """Let rows set out on the legs ``taken`` with the offers ``sold``."""
    begun, moves = records["begun"], records["moves"]
    leg, offer = records["leg"], records["offer"]
    for i in range(rows.size):
        row = rows[i]
        state[row] = MOVING
        begun[row] = hour[i]
        moves[row] += _ONE
        leg[row] = taken[i]
        offer[row] = sold[i]
        put(row, _ends(hour[i], hours[i]), due, noted, day)


@compiled
def finish(records: Any, state: U8, due: I32, ended: I32, rows: Rows, code: Any, hour: I32) -> None:
    """Let rows enter a final state; ``ended`` is the crowd's column of the hour of it."""
    begun, moves = records["begun"], records["moves"]
    leg, offer = records["leg"], records["offer"]
    for i in range(rows.size):
        row = rows[i]
        state[row] = code
        due[row] = NEVER
        begun[row] = ended[row] = hour[i]
        moves[row] += _ONE
        leg[row] = NO_LEG
        offer[row] = ALONE
