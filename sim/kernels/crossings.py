"""Crossings of a day: noted as parties pass, first ones kept for journeys and at screenlines.

Of events, arrays have shape (n,) and stand in order of time; columns are those of the crowd, by
party row, and are brought up to date.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@compiled
def note(
    which: Index,
    rows: Index,
    leg: Index,
    hour: I32,
    crosses: Mask,
    persons: U8,
    size: Any,
    noted_rows: Index,
    noted_leg: Index,
    noted_hour: I32,
    noted_persons: U8,
) -> Any:
    """Note behind ``size`` those of ``which`` whose leg ``crosses`` a border.

    Returns how many are noted then.
    """
    for i in which:
        if crosses[leg[i]]:
            noted_rows[size] = rows[i]
            noted_leg[size] = leg[i]
            noted_hour[size] = hour[i]
            noted_persons[size] = persons[rows[i]]
            size += 1
    return size


@compiled
def first_of_borders(
    rows: Index,
    leg: Index,
    hour: I32,
    bits_of_leg: U64,
    border_of_leg: U64,
    crossed: U64,
    bits: U64,
    kept_rows: I32,
    kept_what: U16,
    kept_hours: I32,
    kept_counts: I64,
) -> tuple[int, int]:
    """Keep crossings that set a bit of their party; return how many, and in how many stretches.

    ``bits_of_leg`` are a leg's border and direction, ``border_of_leg`` the border alone: whether it
    was set too is the lowest bit of what is kept, above it the leg. Hours stand once a stretch,
    with how many crossings it has. ``bits`` becomes what each event set.
    """
    # Fetched first, all at once; whoever crosses twice is looked at again below.
    for i in range(rows.size):
        bits[i] = crossed[rows[i]]
    kept, stretches = 0, 0
    for i in range(rows.size):
        row, by = rows[i], leg[i]
        had = crossed[row]
        new = bits_of_leg[by] & ~had
        crossed[row] = had | new
        bits[i] = new
        kept_rows[kept] = row
        kept_what[kept] = 2 * by + (new & border_of_leg[by] != np.uint64(0))
        if new == np.uint64(0):
            continue
        kept += 1
        if stretches == 0 or kept_hours[stretches - 1] != hour[i]:
            kept_hours[stretches], kept_counts[stretches] = hour[i], 0
            stretches += 1
        kept_counts[stretches - 1] += 1
    return kept, stretches


@compiled
def count_at_screenlines(
    rows: Index,
    leg: Index,
    hour: I32,
    persons: U8,
    stock: Mask,
    lines: U8,
    label: Index,
    leaves: Mask,
    month: Index,
    begin: Index,
    labels: Index,
    counts: I64,
    leaving: Index,
    bits: U8,
) -> None:
    """Count first crossings outward; ``bits`` becomes what each event set.

    ``label`` has shape (lines, legs), -1 where the leg does not leave the line; ``leaves`` says
    of a leg whether it leaves any. The counts of a line begin at ``begin`` and are laid out by
    month, label (of ``labels``) and whether the party was there at the start. ``leaving`` is room
    for one event more.
    """
    bits[:] = 0
    size = 0
    for i in range(rows.size):
        leaving[size] = i
        size += leaves[leg[i]]
    for k in range(size):
        i = leaving[k]
        row, by = rows[i], leg[i]
        had = np.int64(lines[row])
        new = 0
        for line in range(label.shape[0]):
            if label[line, by] >= 0 and had & (1 << line) == 0:
                new |= 1 << line
                cell = month[hour[i]] * labels[line] + label[line, by]
                counts[begin[line] + 2 * cell + np.int64(stock[row])] += persons[i]
        if new:
            lines[row] = np.uint8(had | new)
            bits[i] = np.uint8(new)
