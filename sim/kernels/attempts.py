"""Tries at legs that have ended: counted, told to others, paid for, and where they lead.

Reports are persons, shape (2, profiles, legs, 2): stopped and passed first, last alone and guided.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, AWAY, CLAIMED, LOST
from sim.kernels.compiling import compiled
from sim.kernels.standing import FREE, GONE, STAYING, place

F64 = NDArray[np.float64]
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
def end(
    rows: Index,
    leg: Index,
    hour: NDArray[np.int32],
    base: NDArray[np.uint64],
    persons: U8,
    outcome: U8,
    plain: int,
    ends: NDArray[Any],
    records: NDArray[Any],
    price: F64,
    reports: F64,
    passed: NDArray[np.int64],
    at_rows: Index,
    at_hour: NDArray[np.int32],
    at_base: NDArray[np.uint64],
    mean: F64,
    count: Index,
    crossed: Index,
    led: Index,
    size: U8,
    seized: Mask,
) -> tuple[int, int]:
    """Count tries, let those who passed with a network pay, and let them stand at the head.

    Args:
        rows: Rows of parties whose leg has ended, distinct, shape (n,).
        leg: Leg of each.
        hour: Hour at which it ended.
        base: Event base of each.
        persons: Persons in it.
        outcome: How each ended, codes of an encounter; away where none has.
        plain: How many, the first ones, were on legs that nobody controls: neither counted nor
            reported.
        ends: Records by leg: its head, the mean stay there in hours, whether a party passing
            ``chooses`` there, ``stays`` or ``leaves`` by an exit, and whether it crosses a border.
        records: The crowd's.
        price: EUR per person, by offer.
        reports: Added to.
        passed: Added to: persons, by leg.
        at_rows: Columns of those standing, see ``sim.kernels.standing``.
        at_hour: See above.
        at_base: See above.
        mean: See above.
        count: See above.
        crossed: Written, room for n: positions of those who crossed a border.
        led: Written, room for n: offer of those led who did not turn back on their own.
        size: Written: persons of these.
        seized: Written: whether they were stopped.

    Returns:
        How many crossed, and how many were led.
    """
    crossing = paid = 0
    free, staying, gone = count[FREE], count[STAYING], count[GONE]
    for i in range(rows.size):
        code = outcome[i]
        if code == AWAY:
            continue
        row, by, number = rows[i], leg[i], np.int64(persons[i])
        party = records[row]
        offer = party["offer"]
        passes = code <= LOST
        stopped = not passes and code != CLAIMED
        if i >= plain:
            party["attempts"] += 1
            side = 0 if stopped else 1
            way = 1 if offer >= 0 else 0
            reports[side, party["profile"], by, way] += number
            if passes:
                party["failures"] = 0
            elif stopped and party["failures"] < _MOST_FAILURES:
                party["failures"] += 1
        if offer >= 0 and code != ABORTED:
            led[paid] = offer
            size[paid] = number
            seized[paid] = stopped
            paid += 1
            if not stopped:
                fee = np.float32(price[offer])
                party["funds"] -= fee
                party["spent"] += fee
        if passes:
            head = ends[by]
            party["node"] = head["node"]
            passed[by] += number
            crossed[crossing] = i
            crossing += head["crosses"]
            at_rows[GONE, gone] = row
            at_hour[GONE, gone] = hour[i]
            gone += head["leaves"]
            free, staying = place(
                row, hour[i], base[i], head["dwell"], head["chooses"], head["stays"],
                at_rows, at_hour, at_base, mean, free, staying,
            )  # fmt: skip
    count[FREE], count[STAYING], count[GONE] = free, staying, gone
    return crossing, paid
