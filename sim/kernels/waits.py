"""Waits: who stays where parties arrive, the draws of their lengths, and how they end.

``records`` and ``persons`` are the crowd's; what is given of parties is shaped (n,), of places
(places,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ASYLUM, RECEPTION, WAITING
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Rows = NDArray[np.intp]

#: How a wait ends: free to choose, in asylum for good, put off by the season, given up for want
#: of money, waiting for more of it.
_FREE, _REMAINS, _LATE, _STOPS, _POOR = 0, 1, 2, 3, 4
_FATES = 5


@compiled
def arrive(records: Any, rows: Rows, dwell: F64, mean: F64, at: Index) -> int:
    """Write into ``at`` the positions of those that stay where they are, then of all others.

    Those stay whose place has a mean ``dwell``, written into ``mean``; returns how many.
    """
    node = records["node"]
    staying = 0
    for i in range(rows.size):
        hours = dwell[node[rows[i]]]
        if hours > 0.0:
            mean[staying] = hours
            at[staying] = i
            staying += 1
    other = staying
    if staying < rows.size:
        for i in range(rows.size):
            if not dwell[node[rows[i]]] > 0.0:
                at[other] = i
                other += 1
    return staying


@compiled
def draw(
    records: Any,
    persons: U8,
    rows: Rows,
    base: U64,
    length: Any,
    order: Any,
    rest: F64,
    node: Index,
    asking: U8,
    priority: U64,
) -> None:
    """Draw waits: minus a uniform into ``rest``, by the salt ``length``.

    Of the first rows, as many as ``node`` has, also place, persons and the priority for a bed,
    by the salt ``order``.
    """
    place = records["node"]
    for i in range(rows.size):
        rest[i] = -unit(drawn(base[i], length))
    for i in range(node.size):
        node[i] = place[rows[i]]
        asking[i] = persons[rows[i]]
        priority[i] = drawn(base[i], order)


@compiled
def end(
    records: Any,
    persons: U8,
    rows: Rows,
    state: U8,
    hour: I32,
    base: U64,
    seasonal: NDArray[np.bool_],
    onward: F64,
    season: Any,
    terms: F64,
    salts: U64,
    at: Index,
    node: Index,
    leaving: I64,
) -> tuple[int, int, int, int, int]:
    """End waits, receptions and asylum stays; living costs are paid, and how each fared is told.

    Args:
        records: See above.
        persons: See above.
        rows: Rows due.
        state: Their states.
        hour: Their due hours.
        base: Their event bases.
        seasonal: Whether the season delays departures, by place.
        onward: Share that moves on from asylum, by place.
        season: Share of departures that the season lets through.
        terms: EUR a person and hour to live on; share that gives up without money; EUR a person
            that others are sent.
        salts: Of the draws for moving on, the season, and giving up.
        at: Written: positions of the free, of those who remain in asylum, are late, give up, wait
            for money.
        node: Written: places of those who leave a bed.
        leaving: Written: their persons.

    Returns:
        Where the second to the fifth group begin in ``at``; how many parties leave a bed.
    """
    place, begun = records["node"], records["begun"]
    funds, spent = records["funds"], records["spent"]
    living, gives_up, sent = terms[0], terms[1], np.float32(terms[2])
    fate = np.empty(rows.size, np.uint8)
    ends = np.zeros(_FATES + 1, np.intp)
    beds = 0
    for i in range(rows.size):
        row = rows[i]
        here = place[row]
        left = np.float64(funds[row])
        if state[i] == WAITING:
            # A fee can leave a debt; it is not living cost and is kept.
            cost = min((np.int64(hour[i]) - begun[row]) * living, max(left, 0.0))
            left -= cost
            funds[row] = np.float32(left)
            spent[row] = np.float32(cost + np.float64(spent[row]))
        elif state[i] == RECEPTION:
            node[beds] = here
            leaving[beds] = persons[row]
            beds += 1
        if state[i] == ASYLUM and unit(drawn(base[i], salts[0])) >= onward[here]:
            fate[i] = _REMAINS
        elif season < 1.0 and seasonal[here] and unit(drawn(base[i], salts[1])) >= season:
            fate[i] = _LATE
        elif left > 0.0:
            fate[i] = _FREE
        elif unit(drawn(base[i], salts[2])) < gives_up:
            fate[i] = _STOPS
        else:
            fate[i] = _POOR
            # The money pays for the wait itself, too.
            funds[row] = np.float32(funds[row] + sent)
        ends[fate[i] + 1] += 1
    for group in range(_FATES):
        ends[group + 1] += ends[group]
    begins = ends[1:5].copy()
    for i in range(rows.size):
        at[ends[fate[i]]] = i
        ends[fate[i]] += 1
    return begins[0], begins[1], begins[2], begins[3], beds
