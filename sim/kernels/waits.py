"""Waits: the draws of their lengths, and how they end.

``records`` and ``persons`` are the crowd's; what is given of parties is shaped (n,), of places
(places,).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ASYLUM, RECEPTION, WAITING
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, event_base, unit
from sim.kernels.standing import FREE, STAYING, place

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Rows = NDArray[np.intp]

#: Lines of those who neither choose nor wait: they remain in asylum, or give up.
_REMAIN, _STOP = 0, 1


@compiled
def draw(
    records: Any,
    persons: U8,
    rows: Rows,
    base: U64,
    waiting: int,
    length: Any,
    order: Any,
    asylum_stay: F64,
    mean: F64,
    rest: F64,
    node: Index,
    asking: U8,
    priority: U64,
) -> None:
    """Draw stays: minus a uniform into ``rest``, by the salt ``length``.

    The first so many rows wait: written are their places, persons and the priority for a bed, by
    the salt ``order``. The others enter asylum for their country's ``mean`` stay, which is written.
    """
    for i in range(waiting):
        node[i] = records[rows[i]]["node"]
        asking[i] = persons[rows[i]]
    for i in range(waiting):
        priority[i] = drawn(base[i], order)
    for i in range(waiting, rows.size):
        mean[i] = asylum_stay[records[rows[i]]["node"]]
    for i in range(rows.size):
        rest[i] = -unit(drawn(base[i], length))


@compiled
def end(
    records: Any,
    state: U8,
    persons: U8,
    due: I32,
    rows: Rows,
    run: Any,
    seasonal: NDArray[np.bool_],
    onward: F64,
    review: F64,
    season: Any,
    terms: F64,
    salts: U64,
    at_rows: Index,
    at_hour: I32,
    at_base: U64,
    mean: F64,
    count: Index,
    beds: Index,
    apart: Rows,
    when: I32,
) -> tuple[int, int, int]:
    """End waits, receptions and asylum stays; living costs are paid, and who is free is placed.

    Args:
        records: See above.
        state: Column of the crowd; so the next two.
        persons: See above.
        due: See above.
        rows: Rows due.
        run: The run's own bits.
        seasonal: Whether the season delays departures, by place.
        onward: Share that moves on from asylum, by place.
        review: Mean hours until the next decision, by place.
        season: Share of departures that the season lets through.
        terms: EUR a person and hour to live on; share that gives up without money; EUR a person
            that others are sent; mean hours of waiting for it.
        salts: Of the draws for moving on, the season, and giving up.
        at_rows: Columns of those standing, see ``sim.kernels.standing``: the free, and those put
            off by the season, behind them those who wait for money.
        at_hour: See above.
        at_base: See above.
        mean: See above.
        count: See above.
        beds: Written, (2, n): places of those who leave a bed, and their persons.
        apart: Written, (2, n): rows of those who remain in asylum, and of those who give up.
        when: Written: their hours.

    Returns:
        How many leave a bed, remain, and give up.
    """
    living, gives_up, sent, remittance = terms[0], terms[1], np.float32(terms[2]), terms[3]
    free, staying = count[FREE], count[STAYING]
    poor = np.empty(rows.size, np.intp)
    leaving = remaining = stopping = waiting = 0
    for i in range(rows.size):
        row = rows[i]
        party = records[row]
        code, hour, here = state[row], due[row], party["node"]
        base = event_base(run, party["key"], party["moves"])
        # A fee can leave a debt; it is not living cost and is kept.
        left = np.float64(party["funds"])
        lives_on = living if code == WAITING else 0.0
        cost = min((np.int64(hour) - party["begun"]) * lives_on, max(left, 0.0))
        left -= cost
        party["funds"] = np.float32(left)
        party["spent"] = np.float32(cost + np.float64(party["spent"]))
        beds[0, leaving] = here
        beds[1, leaving] = persons[row]
        leaving += code == RECEPTION
        if code == ASYLUM and unit(drawn(base, salts[0])) >= onward[here]:
            apart[_REMAIN, remaining] = row
            when[_REMAIN, remaining] = hour
            remaining += 1
            continue
        late = seasonal[here] & (unit(drawn(base, salts[1])) >= season)
        if left > 0.0 or late:
            free, staying = place(
                row, hour, base, review[here], 1 - late, np.int64(late),
                at_rows, at_hour, at_base, mean, free, staying,
            )  # fmt: skip
        elif unit(drawn(base, salts[2])) < gives_up:
            apart[_STOP, stopping] = row
            when[_STOP, stopping] = hour
            stopping += 1
        else:
            # The money pays for the wait itself, too.
            party["funds"] = np.float32(party["funds"] + sent)
            poor[waiting] = row
            waiting += 1
    for j in range(waiting):
        party = records[poor[j]]
        free, staying = place(
            poor[j], due[poor[j]], event_base(run, party["key"], party["moves"]), remittance, 0, 1,
            at_rows, at_hour, at_base, mean, free, staying,
        )  # fmt: skip
    count[FREE], count[STAYING] = free, staying
    return leaving, remaining, stopping
