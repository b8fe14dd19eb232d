"""Journeys at the end of a run: crossings put in order by party, read, and spelt.

Crossings of a party stand in order of time from ``begin[row]`` to ``begin[row + 1]``, with their
hour and what they are: twice the leg, and one more if they are the first of their border.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: What a leg means to the readings, a bit each.
CROSSES_OVER: Final = 1
TURNS_NORTH: Final = 2
TOUCHES_WEST: Final = 4
ENTERS_COAST: Final = 8
LEAVES_MIDDLE: Final = 16
TOUCHES_EAST: Final = 32
ENTERS_MIDDLE: Final = 64

_NEWLINE, _SPACE, _ZERO = ord("\n"), ord(" "), ord("0")
_TEN = 10


@compiled
def count(rows: I32, begin: I32) -> None:
    """Count crossings by party, one place on: ``begin`` has shape (parties + 1,)."""
    for i in range(rows.size):
        begin[rows[i] + 1] += 1


@compiled
def put(rows: I32, what: U16, hour: I32, free: I32, what_out: U16, hour_out: I32) -> None:
    """Put crossings where the next of their party is ``free``."""
    for i in range(rows.size):
        at = free[rows[i]]
        what_out[at] = what[i]
        hour_out[at] = hour[i]
        free[rows[i]] = at + 1


@compiled
def most_from_parents(begin: I32, part: Any, parent: I32) -> int:
    """Return how many crossings, at most, parts have from the parties they were split from.

    ``parent`` is that of each party from row ``part`` on, -1 for none, and always an earlier row.
    """
    most = np.empty(parent.size, np.int64)
    total = 0
    for i in range(parent.size):
        row, of = part + i, parent[i]
        most[i] = begin[row + 1] - begin[row]
        if of >= 0:
            theirs = most[of - part] if of >= part else begin[of + 1] - begin[of]
            most[i] += theirs
            total += theirs
    return total


@compiled
def put_with_parents(
    part: Any,
    parent: I32,
    until: I32,
    own_begin: I32,
    own_what: U16,
    own_hour: I32,
    begin: I32,
    what: U16,
    hour: I32,
) -> None:
    """Put the crossings of parties from row ``part`` on anew, behind those of earlier rows.

    Before a part's own come those of its ``parent`` up to the hour ``until``; both are by party
    from that row on, as are the crossings themselves, of which ``own`` ones are a copy.
    """
    size = begin[part]
    for i in range(parent.size):
        row, of = part + i, parent[i]
        begin[row] = size
        if of >= 0:
            for k in range(begin[of], begin[of + 1]):
                if hour[k] <= until[i]:
                    what[size] = what[k]
                    hour[size] = hour[k]
                    size += 1
        for k in range(own_begin[i] - own_begin[0], own_begin[i + 1] - own_begin[0]):
            what[size] = own_what[k]
            hour[size] = own_hour[k]
            size += 1
        begin[row + 1] = size


@compiled
def read(begin: I32, what: U16, means: U8, rows: I32, reading: U8) -> int:
    """List parties that crossed a border for the first time, and their reading; return how many.

    ``means`` are the bits of each leg; readings are numbered in the order they are tried.
    """
    found = 0
    for row in range(begin.size - 1):
        met = np.int64(0)
        any_first = coast = middle = False
        for k in range(begin[row], begin[row + 1]):
            bits = np.int64(means[what[k] >> 1])
            met |= bits
            any_first |= what[k] & 1 != 0
            coast |= bits & ENTERS_COAST != 0 and met & TOUCHES_WEST != 0
            middle |= bits & ENTERS_MIDDLE != 0 and met & TOUCHES_EAST != 0
        if not any_first:
            continue
        rows[found] = row
        if met & CROSSES_OVER:
            reading[found] = 0
        elif met & TURNS_NORTH or coast:
            reading[found] = 1
        elif met & LEAVES_MIDDLE or middle:
            reading[found] = 2
        else:
            reading[found] = 3
        found += 1
    return found


@compiled
def spell(
    rows: I32,
    begin: I32,
    what: U16,
    hour: I32,
    border_of_leg: Index,
    names: U8,
    out: U8,
) -> Any:
    """Write each party's first crossings as ``NAME`` and hour, a line a party; return the length.

    ``names`` has shape (borders, width); ``out`` has room for the width and 12 a crossing.
    """
    size = 0
    digits = np.empty(_TEN, np.uint8)
    for i in range(rows.size):
        for k in range(begin[rows[i]], begin[rows[i] + 1]):
            if what[k] & 1 == 0:
                continue
            for letter in names[border_of_leg[what[k] >> 1]]:
                out[size] = letter
                size += 1
            left = hour[k]
            n = 0
            while n == 0 or left > 0:
                digits[n] = _ZERO + left % _TEN
                left //= _TEN
                n += 1
            for d in range(n):
                out[size] = digits[n - 1 - d]
                size += 1
            out[size] = _SPACE
            size += 1
        out[size - 1] = _NEWLINE
    return size


@compiled
def add_up(
    reading: Index,
    stock: Mask,
    persons: F64,
    entered: I64,
    attempts: F64,
    spent: F64,
    exit_: Index,
    ended: F64,
    month: Any,
    read_: F64,
    by_exit: F64,
    people: F64,
    tried: F64,
    paid: F64,
    lasted: F64,
) -> None:
    """Add journeys, shape (n,), to the sums that outcomes are made of.

    ``ended`` is NaN for those that did not end at an ``exit_``; ``month`` is that of each hour.
    Persons that were not there at the start are counted by reading and month of entering; all that
    ended by exit and month of it; of these again, not there at the start, persons, their attempts
    and what they spent by reading and month, and persons by the hours it took them besides.
    """
    last = month.size - 1
    for i in range(reading.size):
        way = reading[i]
        if not stock[i]:
            when = month[min(max(np.int64(entered[i]), 0), last)]
            read_[way, when] += persons[i]
        if np.isnan(ended[i]):
            continue
        hour = np.int64(ended[i])
        when = month[min(max(hour, 0), last)]
        by_exit[exit_[i], when] += persons[i]
        if not stock[i]:
            people[way, when] += persons[i]
            tried[way, when] += persons[i] * attempts[i]
            paid[way, when] += persons[i] * spent[i]
            took = min(max(hour - entered[i], 0), lasted.shape[2] - 1)
            lasted[way, when, took] += persons[i]
