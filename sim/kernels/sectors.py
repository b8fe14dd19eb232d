"""The search of sectors: effort over a stay, who is seen when, and how each encounter ends.

Rates are float64, shape (2, sectors, columns): detections per hour of stay, and the patrols'
share of them; ``running`` is their sum before each column, shape (sectors, columns); the first
column begins at ``first_hour``. ``salts`` are uint64, shape (5, sectors), in the order of the
draws below.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, INTERCEPTED, LOST, OUTSIDE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]

#: Draws of an encounter: rows of its salts.
DETECT: Final = 0
SIGHT: Final = 1
NEAREST: Final = 2
COVER: Final = 3
AWAY: Final = 4
DRAWS: Final = ("detect", "sight", "nearest", "cover", "outside")

#: No rate at all: a sector that nobody searches is never divided by.
_NO_RATE = 1e-300


@compiled
def effort_at(at: Any, sector: Any, rates: F64, running: F64) -> Any:
    """Return the effort of one sector from the first column to ``at`` hours after it begins."""
    column = np.intp(at)
    return (at - column) * rates[0, sector, column] + running[sector, column]


@compiled
def efforts(
    sector: Index,
    end: F64,
    stay: F64,
    first_hour: int,
    rates: F64,
    running: F64,
    effort: F64,
) -> bool:
    """Write the effort before and after each stay, rows of ``effort``.

    Returns False, with the rest unwritten, where a stay leaves the columns.
    """
    last = running.shape[1] - 1
    for i in range(sector.size):
        stop = end[i] - first_hour
        start = stop - stay[i]
        if not (start >= 0.0 and stop <= last):
            return False
        effort[0, i] = effort_at(start, sector[i], rates, running)
        effort[1, i] = effort_at(stop, sector[i], rates, running)
    return True


@compiled
def search(
    sector: Index,
    end: F64,
    stay: F64,
    base: U64,
    salts: U64,
    first_hour: int,
    rates: F64,
    running: F64,
    effort: F64,
) -> bool:
    """Write the effort before and after each stay, and minus a uniform; as ``efforts`` does."""
    for i in range(sector.size):
        effort[2, i] = -unit(drawn(base[i], salts[DETECT, sector[i]]))
    return efforts(sector, end, stay, first_hour, rates, running, effort)


@compiled
def detect(
    sector: Index,
    end: F64,
    persons: U8,
    base: U64,
    salts: U64,
    effort: F64,
    first_hour: int,
    rates: F64,
    running: F64,
    lift: float,
    units: Index,
    sight: F64,
    busy: F64,
    busy_per_person: F64,
    outcome: U8,
    seen: Index,
    moment: F64,
) -> int:
    """List who is seen: where the effort of a stay reaches an exponential draw.

    ``effort`` (3, n) is that before and after a stay, and the logarithm of 1 - a uniform.
    ``sight`` is the share that see a patrol first and turn back, ``busy`` and
    ``busy_per_person`` the hours that a unit is busy with a party, by sector.

    Written: the outcome ``ABORTED`` or ``LOST``; into ``seen`` position, sector, and units out
    then; into ``moment`` the hour, the hours a unit would be busy, and minus uniforms for the
    nearest unit's distance and the time until cover, which is 0 for one that turned back.
    Returns how many were seen.
    """
    found = 0
    for i in range(sector.size):
        patience = effort[0, i] - effort[2, i]
        if not patience < effort[1, i]:
            continue
        at = sector[i]
        # Sectors are lifted above one another as if they were searched one after another.
        lifted = at * lift
        target = patience + lifted
        column, beyond = np.intp(0), np.intp(running.shape[1])
        while beyond - column > 1:
            middle = (column + beyond) // 2
            if running[at, middle] + lifted <= target:
                column = middle
            else:
                beyond = middle
        rate = rates[0, at, column]
        hour = (target - (running[at, column] + lifted)) / max(rate, _NO_RATE)
        hour += first_hour
        hour += column
        seen[0, found] = i
        seen[1, found] = at
        seen[2, found] = units[at, column]
        moment[0, found] = min(hour, end[i])
        moment[1, found] = busy[at] + busy_per_person[at] * persons[i]
        moment[2, found] = -unit(drawn(base[i], salts[NEAREST, at]))
        if unit(drawn(base[i], salts[SIGHT, at])) < sight[at] * rates[1, at, column]:
            outcome[i] = ABORTED
            moment[3, found] = 0.0
        else:
            outcome[i] = LOST
            moment[3, found] = -unit(drawn(base[i], salts[COVER, at]))
        found += 1
    return found


@compiled
def settle(
    seen: Index, reached: NDArray[np.bool_], base: U64, salts: U64, outside: F64, outcome: U8
) -> None:
    """Write how those who were reached end; ``outside`` is by sector.

    ``seen`` has two rows or more: position and sector of each.
    """
    for j in range(reached.size):
        if reached[j]:
            i, at = seen[0, j], seen[1, j]
            away = unit(drawn(base[i], salts[AWAY, at])) < outside[at]
            outcome[i] = OUTSIDE if away else INTERCEPTED


@compiled
def count(sector: Index, outcome: U8, persons: U8, counted: I64, interceptions: I64) -> None:
    """Add persons by outcome and sector, and interceptions by sector."""
    for i in range(sector.size):
        counted[outcome[i], sector[i]] += persons[i]
        if outcome[i] == INTERCEPTED:
            interceptions[sector[i]] += 1
