"""Legs through sectors: who turns back in the zone."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, OUTSIDE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Rows of positions and parties that ``turn_back`` writes.
QUITS: Final = 0
AGAIN: Final = 1
BY: Final = 2
#: What the ledger counts of those returned outside procedure: persons in all, children, persons
#: in families, persons who wish to claim asylum.
_ALL, _CHILDREN, _FAMILIES, _WISH = range(4)


@compiled
def turn_back(
    outcome: NDArray[np.uint8],
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    salt: Any,
    gave_up: F64,
    retry: F64,
    tail: Index,
    country: Index,
    records: NDArray[Any],
    persons: NDArray[np.uint8],
    minors: NDArray[np.uint8],
    ledger: F64,
    items: Index,
    month: int,
    where: Index,
    when: I32,
    to_base: U64,
    mean: F64,
) -> tuple[int, int]:
    """Take the turned back to the tail of their leg; list who gives up and who tries again.

    Those returned outside procedure are counted in the ledger. Columns by leg: the share that
    gives up, the mean hours until another try, the tail, and the ``country`` that returns.

    Args:
        outcome: How the crossing of each party ended, shape (n,).
        rows: Row of each.
        leg: Leg of each.
        hour: Hour of each.
        base: Base of its draws.
        salt: Of the draw of who gives up.
        gave_up: See above.
        retry: See above.
        tail: See above.
        country: See above.
        records: The crowd's.
        persons: Persons by row of the crowd.
        minors: Children among them.
        ledger: Added to, (items, months, countries).
        items: Where the four items of returns stand in it.
        month: Month now.
        where: Written, (3, n): rows of those who give up; rows, and legs, of those who try again.
        when: Written, (2, n): the hour of the first two.
        to_base: Written, (n,): base of those who try again.
        mean: Written, (n,): their mean hours.

    Returns:
        How many give up, and try again.
    """
    quits = again = 0
    for i in range(outcome.size):
        if outcome[i] != ABORTED and outcome[i] != OUTSIDE:
            continue
        row, by = rows[i], leg[i]
        party = records[row]
        party["node"] = tail[by]
        if unit(drawn(base[i], salt)) < gave_up[by]:
            where[QUITS, quits], when[QUITS, quits] = row, hour[i]
            quits += 1
        else:
            where[AGAIN, again], where[BY, again], when[AGAIN, again] = row, by, hour[i]
            to_base[again], mean[again] = base[i], retry[by]
            again += 1
        if outcome[i] == OUTSIDE:
            size, at = np.float64(persons[row]), country[by]
            ledger[items[_ALL], month, at] += size
            ledger[items[_CHILDREN], month, at] += minors[row]
            ledger[items[_FAMILIES], month, at] += size * party["family"]
            ledger[items[_WISH], month, at] += size * party["wish"]
    return quits, again
