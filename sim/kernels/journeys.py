"""Journeys at the end of a run: crossings put in order by party, read, and spelt.

Crossings of a party stand in order of time from ``begin[row]`` to ``begin[row + 1]``, with their
leg, hour and whether they are the first of their border.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
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
def count(rows: I32, begin: I64) -> None:
    """Count crossings by party, one place on: ``begin`` has shape (parties + 1,)."""
    for i in range(rows.size):
        begin[rows[i] + 1] += 1


@compiled
def put(
    rows: I32,
    leg: I16,
    hour: I32,
    first: Mask,
    free: I64,
    leg_out: I16,
    hour_out: I32,
    first_out: Mask,
) -> None:
    """Put crossings where the next of their party is ``free``."""
    for i in range(rows.size):
        at = free[rows[i]]
        leg_out[at] = leg[i]
        hour_out[at] = hour[i]
        first_out[at] = first[i]
        free[rows[i]] = at + 1


@compiled
def most_with_parents(begin: I64, parent: I32) -> int:
    """Return how many crossings there are at most with those that parts have from parents."""
    most = np.empty(parent.size, np.int64)
    total = 0
    for row in range(parent.size):
        most[row] = begin[row + 1] - begin[row]
        if parent[row] >= 0:
            most[row] += most[parent[row]]
        total += most[row]
    return total


@compiled
def put_with_parents(
    begin: I64,
    leg: I16,
    hour: I32,
    first: Mask,
    parent: I32,
    until: I32,
    begin_out: I64,
    leg_out: I16,
    hour_out: I32,
    first_out: Mask,
) -> None:
    """Put before a part's crossings those of its parent up to an hour.

    ``parent`` is that of each party, -1 for none, and always an earlier row; ``until`` the hour.
    """
    size = 0
    for row in range(parent.size):
        begin_out[row] = size
        if parent[row] >= 0:
            for k in range(begin_out[parent[row]], begin_out[parent[row] + 1]):
                if hour_out[k] <= until[row]:
                    leg_out[size] = leg_out[k]
                    hour_out[size] = hour_out[k]
                    first_out[size] = first_out[k]
                    size += 1
        for k in range(begin[row], begin[row + 1]):
            leg_out[size] = leg[k]
            hour_out[size] = hour[k]
            first_out[size] = first[k]
            size += 1
        begin_out[row + 1] = size


@compiled
def read(begin: I64, leg: I16, first: Mask, means: U8, rows: I32, reading: U8) -> int:
    """List parties that crossed a border for the first time, and their reading; return how many.

    ``means`` are the bits of each leg; readings are numbered in the order they are tried.
    """
    found = 0
    for row in range(begin.size - 1):
        met = np.int64(0)
        any_first = coast = middle = False
        for k in range(begin[row], begin[row + 1]):
            bits = np.int64(means[leg[k]])
            met |= bits
            any_first |= first[k]
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
    begin: I64,
    leg: I16,
    hour: I32,
    first: Mask,
    border_of_leg: NDArray[np.intp],
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
            if not first[k]:
                continue
            for letter in names[border_of_leg[leg[k]]]:
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
