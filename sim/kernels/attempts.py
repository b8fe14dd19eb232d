"""Tries at legs that have ended: counted, told to others, paid for, and where they lead.

Reports are persons, shape (2, profiles, legs, 2): stopped and passed first, last alone and guided.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, AWAY, INTERCEPTED, LOST
from sim.kernels.compiling import compiled
from sim.kernels.standing import lead

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
def count(
    rows: Index,
    leg: Index,
    offer: NDArray[np.int16],
    persons: U8,
    outcome: U8,
    plain: int,
    records: NDArray[Any],
    reports: F64,
    intercepted: Index,
) -> int:
    """Count the tries on legs that somebody controls, all but the first ``plain``; see ``end``.

    Positions of those ``intercepted`` are written; returns how many these are.
    """
    caught = 0
    for i in range(plain, outcome.size):
        code = outcome[i]
        if code == AWAY:
            continue
        party = records[np.uint64(rows[i])]
        stopped = LOST < code < AWAY
        intercepted[caught] = i
        caught += code == INTERCEPTED
        party["attempts"] += 1
        if code <= LOST:
            party["failures"] = 0
        elif stopped and party["failures"] < _MOST_FAILURES:
            party["failures"] += 1
        side = 0 if stopped else 1
        way = 1 if offer[i] >= 0 else 0
        reports[side, party["profile"], np.uint64(leg[i]), way] += persons[i]
    return caught


@compiled
def pay(
    rows: Index,
    offer: NDArray[np.int16],
    persons: U8,
    outcome: U8,
    price: F64,
    records: NDArray[Any],
    led: Index,
    size: U8,
    seized: Mask,
) -> int:
    """Let those led by a network pay it, unless they turned back; see ``end``.

    Returns how many were led.
    """
    paid = 0
    for i in range(outcome.size):
        by, code = offer[i], outcome[i]
        if by < 0 or code in (AWAY, ABORTED):
            continue
        led[paid], size[paid], seized[paid] = by, persons[i], LOST < code < AWAY
        if not seized[paid]:
            fee = np.float32(price[by])
            party = records[np.uint64(rows[i])]
            party["funds"] -= fee
            party["spent"] += fee
        paid += 1
    return paid


@compiled
def end(
    rows: Index,
    leg: Index,
    hour: NDArray[np.int32],
    base: NDArray[np.uint64],
    offer: NDArray[np.int16],
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
    standing: Index,
    lists: Index,
    led: Index,
    size: U8,
    seized: Mask,
) -> tuple[int, int, int]:
    """Count tries, let those led by a network pay, and let those who passed stand at the head.

    Args:
        rows: Rows of parties, distinct: the leg of the first n, which have an outcome, has ended.
        leg: Leg of each.
        hour: Hour at which it ended.
        base: Event base of each.
        offer: Offer of a network in use.
        persons: Persons in it.
        outcome: How each ended, codes of an encounter, shape (n,); away where none has.
        plain: How many, the first ones, were on legs that nobody controls: neither counted nor
            reported.
        ends: Records by leg (``standing.END``).
        records: The crowd's.
        price: EUR per person, by offer.
        reports: Added to.
        passed: Added to: persons, by leg.
        at_rows: Columns of those standing, see ``sim.kernels.standing``.
        at_hour: See above.
        at_base: See above.
        mean: See above.
        standing: How many stand in each line.
        lists: Written, (2, room for n): positions of those who crossed a border, and of those
            intercepted.
        led: Written, room for n: offer of those led who did not turn back on their own.
        size: Written: persons of these.
        seized: Written: whether they were stopped.

    Returns:
        How many crossed, were intercepted, and were led.
    """
    caught = count(rows, leg, offer, persons, outcome, plain, records, reports, lists[1])
    paid = pay(rows, offer, persons, outcome, price, records, led, size, seized)
    for i in range(outcome.size):
        passed[np.uint64(leg[i])] += persons[i] if outcome[i] <= LOST else 0
    crossing = lead(
        outcome, 0, rows, leg, hour, base, ends, records, at_rows, at_hour, at_base, mean,
        standing, lists[0], 0,
    )  # fmt: skip
    return crossing, caught, paid
