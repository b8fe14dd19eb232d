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
from sim.kernels.standing import CLAIMING, FREE, STAYING

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Rows = NDArray[np.intp]

#: Parties whose waits are ended together.
_BLOCK = 128


@compiled
def draw(
    records: Any,
    persons: U8,
    at_rows: Rows,
    at_hour: I32,
    at_base: U64,
    standing: Index,
    salts: U64,
    asylum_stay: F64,
    mean: F64,
    rest: F64,
    node: Index,
    asking: U8,
    priority: U64,
) -> tuple[int, int]:
    """Draw stays: minus a uniform into ``rest``, by the first salt; then nobody stays any more.

    Columns of those standing are those of ``sim.kernels.standing``. Of those who stay are written
    their places, persons and the priority for a bed, by the second salt. Those who claim asylum
    are put behind them, for their country's ``mean`` stay. Returned is how many stay, and both.
    """
    length, order = salts[0], salts[1]
    rows, base, waiting = at_rows[STAYING], at_base[STAYING], standing[STAYING]
    number = waiting + standing[CLAIMING]
    for j in range(standing[CLAIMING]):
        i = waiting + j
        rows[i], base[i], at_hour[STAYING, i] = (
            at_rows[CLAIMING, j], at_base[CLAIMING, j], at_hour[CLAIMING, j],
        )  # fmt: skip
        mean[i] = asylum_stay[records[rows[i]]["node"]]
    standing[STAYING] = standing[CLAIMING] = 0
    for i in range(waiting):
        node[i] = records[rows[i]]["node"]
        asking[i] = persons[rows[i]]
    for i in range(waiting):
        priority[i] = drawn(base[i], order)
    for i in range(number):
        rest[i] = -unit(drawn(base[i], length))
    return waiting, number


@compiled
def _fetch(
    records: Any,
    due: I32,
    rows: Rows,
    number: int,
    run: Any,
    begun: I32,
    node: NDArray[np.int16],
    funds: F32,
    spent: F32,
    hour: I32,
    base: U64,
) -> None:
    """Fetch what lies about in the crowd of the first ``number`` rows, and hash event bases."""
    moves = np.empty(_BLOCK, np.uint32)
    for i in range(number):
        party = records[np.uint64(rows[i])]
        base[i], moves[i], begun[i] = party["key"], party["moves"], party["begun"]
        node[i], funds[i], spent[i] = party["node"], party["funds"], party["spent"]
    for i in range(number):
        hour[i] = due[np.uint64(rows[i])]
    for i in range(number):
        base[i] = event_base(run, base[i], moves[i])


@compiled
def spend(
    number: int,
    code: U8,
    hour: I32,
    begun: I32,
    living: Any,
    funds: F32,
    spent: F32,
    solvent: NDArray[np.bool_],
) -> None:
    """Take what parties that waited lived on, EUR a person and hour, from funds; who has any left.

    Of columns by party, the first ``number``. A fee can leave a debt; it is not living cost and
    is kept.
    """
    for i in range(number):
        had = np.float64(funds[i])
        rate = living if code[i] == WAITING else 0.0
        cost = min((np.int64(hour[i]) - begun[i]) * rate, max(had, 0.0))
        solvent[i] = had - cost > 0.0
        funds[i] = np.float32(had - cost)
        spent[i] = np.float32(cost + np.float64(spent[i]))


@compiled
def _held_up(number: int, base: U64, season: Any, salt: Any, late: NDArray[np.bool_]) -> None:
    """Draw whom the season holds up, where it lets through less than all."""
    late[:] = False
    if season < 1.0:
        for i in range(number):
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
    node: Index,
    leaving: Index,
    stopping: Rows,
    when: I32,
    noted: int,
    to_rows: Rows,
    to_code: U8,
    to_hour: I32,
    to_hours: F64,
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
        at_rows: Columns of those standing, see ``sim.kernels.standing``: the free, and those who
            stay: put off by the season, or waiting for money.
        at_hour: See above.
        at_base: See above.
        mean: See above.
        standing: How many stand in each line.
        node: Written: places of those who leave a bed.
        leaving: Written: their persons.
        stopping: Written: rows of those who give up.
        when: Written: their hours.
        noted: How many changes are noted before, see ``sim.movement.changes``.
        to_rows: Their columns, with room for those who remain in asylum.
        to_code: See above.
        to_hour: See above.
        to_hours: See above.

    Returns:
        How many leave a bed, are noted now, and give up.
    """
    living, gives_up, sent, remittance = terms[0], terms[1], np.float32(terms[2]), terms[3]
    # What lies about in the crowd is fetched first; what is drawn, and money, in loops without
    # a branch; some at a time, which stay in the nearest cache.
    begun, here = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int16)
    funds, spent = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    hour, base = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.uint64)
    late, solvent = np.empty(_BLOCK, np.bool_), np.empty(_BLOCK, np.bool_)
    free, staying = standing[FREE], standing[STAYING]
    left = stopped = 0
    for begin in range(0, rows.size, _BLOCK):
        size = min(_BLOCK, rows.size - begin)
        states = code[begin:]
        _fetch(records, due, rows[begin:], size, run, begun, here, funds, spent, hour, base)
        _held_up(size, base, season, salts[1], late)
        spend(size, states, hour, begun, living, funds, spent, solvent)
        for i in range(size):
            row = rows[begin + i]
            put_off = late[i] & seasonal[here[i]]
            at_rows[FREE, free], at_hour[FREE, free], at_base[FREE, free] = row, hour[i], base[i]
            if states[i] == ASYLUM and unit(drawn(base[i], salts[0])) >= onward[here[i]]:
                to_rows[noted], to_code[noted] = row, ASYLUM
                to_hour[noted], to_hours[noted] = hour[i], np.inf
                noted += 1
            elif put_off or not solvent[i]:
                stays = review[here[i]]
                if not put_off:
                    stays = remittance
                    if unit(drawn(base[i], salts[2])) < gives_up:
                        stopping[stopped], when[stopped] = row, hour[i]
                        stopped += 1
                        continue
                    # The money pays for the wait itself, too.
                    funds[i] += sent
                at_rows[STAYING, staying], at_hour[STAYING, staying] = row, hour[i]
                at_base[STAYING, staying], mean[staying] = base[i], stays
                staying += 1
            else:
                free += 1
        for i in range(size):
            row = np.uint64(rows[begin + i])
            party = records[row]
            party["funds"], party["spent"] = funds[i], spent[i]
            if states[i] == RECEPTION:
                node[left], leaving[left] = here[i], persons[row]
                left += 1
    standing[FREE], standing[STAYING] = free, staying
    return left, noted, stopped
