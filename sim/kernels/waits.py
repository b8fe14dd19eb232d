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
from sim.kernels.standing import FREE, STAYING, put

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Rows = NDArray[np.intp]

#: Lines of those who neither choose nor wait: they remain in asylum, or give up.
_REMAIN, _STOP = 0, 1
#: Lists besides those of lines to stand in: who waits for money, and who leaves a bed.
_POOR, _LEAVING = 2, 3


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
def spend(
    code: U8,
    hour: I32,
    begun: I32,
    living: Any,
    funds: NDArray[np.float32],
    spent: NDArray[np.float32],
    solvent: NDArray[np.bool_],
) -> None:
    """Take what parties that waited lived on, EUR a person and hour, from funds; who has any left.

    Columns by party, (n,). A fee can leave a debt; it is not living cost and is kept.
    """
    for i in range(hour.size):
        had = np.float64(funds[i])
        rate = living if code[i] == WAITING else 0.0
        cost = min((np.int64(hour[i]) - begun[i]) * rate, max(had, 0.0))
        solvent[i] = had - cost > 0.0
        funds[i] = np.float32(had - cost)
        spent[i] = np.float32(cost + np.float64(spent[i]))


@compiled
def _held_up(base: U64, season: Any, salt: Any, late: NDArray[np.bool_]) -> None:
    """Draw whom the season holds up, where it lets through less than all."""
    late[:] = False
    if season < 1.0:
        for i in range(base.size):
            late[i] = unit(drawn(base[i], salt)) >= season


@compiled
def end(
    records: Any,
    persons: U8,
    due: I32,
    rows: Rows,
    code: U8,
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
    standing: Index,
    beds: Index,
    apart: Rows,
    when: I32,
) -> tuple[int, int, int]:
    """End waits, receptions and asylum stays; living costs are paid; see who stands there then.

    Args:
        records: See above.
        persons: See above.
        due: Column of the crowd.
        rows: Rows due.
        code: Their states.
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
        standing: How many stand in each line.
        beds: Written, (2, n): places of those who leave a bed, and their persons.
        apart: Written, (2, n): rows of those who remain in asylum, and of those who give up.
        when: Written: their hours.

    Returns:
        How many leave a bed, remain, and give up.
    """
    living, gives_up, sent, remittance = terms[0], terms[1], np.float32(terms[2]), terms[3]
    size = rows.size
    # What lies about in the crowd is fetched first; what is drawn, and money, in loops without
    # a branch.
    begun, here = np.empty(size, np.int32), np.empty(size, np.int16)
    funds, spent = np.empty(size, np.float32), np.empty(size, np.float32)
    base, moves = np.empty(size, np.uint64), np.empty(size, np.uint32)
    hour = np.empty(size, np.int32)
    for i in range(size):
        party = records[rows[i]]
        base[i], moves[i], begun[i] = party["key"], party["moves"], party["begun"]
        here[i], funds[i], spent[i] = party["node"], party["funds"], party["spent"]
    for i in range(size):
        hour[i] = due[rows[i]]
    late, solvent = np.empty(size, np.bool_), np.empty(size, np.bool_)
    for i in range(size):
        base[i] = event_base(run, base[i], moves[i])
    _held_up(base, season, salts[1], late)
    spend(code, hour, begun, living, funds, spent, solvent)
    lists = np.empty((4, size), np.intp)
    free = staying = poor = leaving = remaining = stopping = 0
    for i in range(size):
        put_off = late[i] & seasonal[here[i]]
        goes_on = True
        if code[i] == ASYLUM and unit(drawn(base[i], salts[0])) >= onward[here[i]]:
            goes_on = False
            apart[_REMAIN, remaining], when[_REMAIN, remaining] = rows[i], hour[i]
            remaining += 1
        elif not (put_off or solvent[i]):
            if unit(drawn(base[i], salts[2])) < gives_up:
                apart[_STOP, stopping], when[_STOP, stopping] = rows[i], hour[i]
                stopping += 1
            else:
                # The money pays for the wait itself, too.
                funds[i] += sent
                lists[_POOR, poor] = i
                poor += 1
        lists[FREE, free] = lists[STAYING, staying] = lists[_LEAVING, leaving] = i
        free += goes_on & solvent[i] & (not put_off)
        staying += goes_on & put_off
        leaving += code[i] == RECEPTION
    for i in range(size):
        party = records[rows[i]]
        party["funds"], party["spent"] = funds[i], spent[i]
    begin = standing[STAYING]
    for j in range(staying):
        mean[begin + j] = review[here[lists[STAYING, j]]]
    mean[begin + staying : begin + staying + poor] = remittance
    put(FREE, lists[FREE], free, rows, hour, base, at_rows, at_hour, at_base, standing)
    put(STAYING, lists[STAYING], staying, rows, hour, base, at_rows, at_hour, at_base, standing)
    put(STAYING, lists[_POOR], poor, rows, hour, base, at_rows, at_hour, at_base, standing)
    for j in range(leaving):
        i = lists[_LEAVING, j]
        beds[0, j], beds[1, j] = here[i], persons[rows[i]]
    return leaving, remaining, stopping
