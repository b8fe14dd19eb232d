"""Tries at legs that have ended: counted, told to others, and paid for.

Reports are persons, shape (2, profiles, legs, 2): stopped and passed first, last alone and guided.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, AWAY, LOST
from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_MOST_FAILURES = 255


@compiled
def report(
    profile: NDArray[Any],
    leg: NDArray[Any],
    guided: Mask,
    persons: NDArray[Any],
    stopped: Mask,
    reports: F64,
) -> None:
    """Add what happened to parties, columns (n,), to the reports."""
    for i in range(leg.size):
        end = 0 if stopped[i] else 1
        way = 1 if guided[i] else 0
        reports[end, profile[i], leg[i], way] += persons[i]


@compiled
def tell(
    rows: Index,
    leg: Index,
    persons: U8,
    outcome: U8,
    plain: int,
    profile: U8,
    offer: NDArray[np.int16],
    attempts: NDArray[np.uint16],
    failures: U8,
    funds: F32,
    spent: F32,
    price: F64,
    reports: F64,
    led: Index,
    size: U8,
    seized: Mask,
) -> int:
    """Count tries in the crowd and in the reports, let those who passed with a network pay.

    Args:
        rows: Rows of parties whose leg has ended, distinct, shape (n,).
        leg: Leg of each.
        persons: Persons in it.
        outcome: How each ended, codes of an encounter; away where none has.
        plain: How many, the first ones, were on legs that nobody controls: neither counted nor
            reported.
        profile: Column of the crowd; so the next five.
        offer: See above.
        attempts: See above.
        failures: See above.
        funds: See above.
        spent: See above.
        price: EUR per person, by offer.
        reports: Added to.
        led: Written, room for n: offer of those led who did not turn back on their own.
        size: Written: persons of these.
        seized: Written: whether they were stopped.

    Returns:
        How many are written.
    """
    count = 0
    for i in range(rows.size):
        if outcome[i] == AWAY:
            continue
        row = rows[i]
        stopped = outcome[i] > LOST
        guided = offer[row] >= 0
        if i >= plain:
            attempts[row] += 1
            end = 0 if stopped else 1
            way = 1 if guided else 0
            reports[end, profile[row], leg[i], way] += persons[i]
            if stopped and failures[row] < _MOST_FAILURES:
                failures[row] += 1
        if guided and outcome[i] != ABORTED:
            led[count] = offer[row]
            size[count] = persons[i]
            seized[count] = stopped
            count += 1
            if not stopped:
                fee = np.float32(price[offer[row]])
                funds[row] -= fee
                spent[row] += fee
    return count
