"""The search of sectors: effort over a stay, who is seen when, and how each encounter ends.

Rates are float64, shape (2, sectors, columns): detections per hour of stay, and the patrols'
share of them; ``running`` is their sum before each column, shape (sectors, columns); the first
column begins at ``first_hour``. ``salts`` are uint64, shape (5, sectors), in the order of the
draws below. ``effort`` of n stays is float64, shape (5, n), in the order of its rows below.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ABORTED, INTERCEPTED, LOST, OUTSIDE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.race import needed, serve, until_cover

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

#: Rows of effort: before and after a stay; then for three draws the logarithm of 1 - a uniform.
BEFORE: Final = 0
AFTER: Final = 1
DETECTED: Final = 2
NEAR: Final = 3
HIDDEN: Final = 4
#: Rows of those seen: position, sector, and units out then.
_WHO, _WHERE, _OUT = range(3)
#: And of the moment: the hour, hours that a unit would be busy, and what ``until_cover`` says.
_WHEN, _BUSY, _NEAR, _SHARE = range(4)

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
    """Write the effort before and after each stay.

    Returns False, with the rest unwritten, where a stay leaves the columns.
    """
    last = running.shape[1] - 1
    for i in range(sector.size):
        stop = end[i] - first_hour
        start = stop - stay[i]
        if not (start >= 0.0 and stop <= last):
            return False
        effort[BEFORE, i] = effort_at(start, sector[i], rates, running)
        effort[AFTER, i] = effort_at(stop, sector[i], rates, running)
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
    """Write the effort before and after each stay, as ``efforts`` does, and minus three uniforms.

    They stand in the rows of their logarithms: for when it is detected, the nearest unit's
    distance, and the time until cover.
    """
    for i in range(sector.size):
        at = sector[i]
        effort[DETECTED, i] = -unit(drawn(base[i], salts[DETECT, at]))
        effort[NEAR, i] = -unit(drawn(base[i], salts[NEAREST, at]))
        effort[HIDDEN, i] = -unit(drawn(base[i], salts[COVER, at]))
    return efforts(sector, end, stay, first_hour, rates, running, effort)


@compiled
def detect(
    sector: Index,
    end: F64,
    stay: F64,
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
    cover: F64,
    alert: F64,
    reach: F64,
    outcome: U8,
    seen: Index,
    moment: F64,
) -> int:
    """List who is seen: where the effort of a stay reaches an exponential draw.

    By sector: ``sight`` is the share that see a patrol first and turn back, ``busy`` and
    ``busy_per_person`` the hours that a unit is busy with a party; ``cover``, ``alert`` and
    ``reach`` as in ``race.until_cover``.

    Written: the outcome ``ABORTED`` or ``LOST``; into ``seen`` (3, n) position, sector, and units
    out then; into ``moment`` (4, n) the hour, the hours a unit would be busy, and the two numbers
    of ``race.until_cover``, those of no race for one that turned back. Returns how many were seen.
    """
    found = 0
    for i in range(sector.size):
        seen[_WHO, found] = i
        found += effort[BEFORE, i] - effort[DETECTED, i] < effort[AFTER, i]
    last = running.shape[1] - 1
    for j in range(found):
        i = seen[_WHO, j]
        at = sector[i]
        # Sectors are lifted above one another as if they were searched one after another.
        lifted = at * lift
        target = effort[BEFORE, i] - effort[DETECTED, i] + lifted
        column = np.intp(end[i] - first_hour - stay[i])
        while column < last and running[at, column + 1] + lifted <= target:
            column += 1
        hour = (target - (running[at, column] + lifted)) / max(rates[0, at, column], _NO_RATE)
        hour += first_hour
        hour += column
        seen[_WHERE, j] = at
        seen[_OUT, j] = units[at, column]
        moment[_WHEN, j] = min(hour, end[i])
        moment[_BUSY, j] = busy[at] + busy_per_person[at] * persons[i]
        hidden = effort[HIDDEN, i]
        outcome[i] = LOST
        if unit(drawn(base[i], salts[SIGHT, at])) < sight[at] * rates[1, at, column]:
            outcome[i] = ABORTED
            hidden = 0.0
        moment[_NEAR, j], moment[_SHARE, j] = until_cover(
            effort[NEAR, i], hidden, cover[at], alert[at], reach[at]
        )
    return found


@compiled
def count(sector: Index, outcome: U8, persons: U8, counted: I64, interceptions: I64) -> None:
    """Add persons by outcome and sector, and interceptions by sector."""
    for i in range(sector.size):
        counted[outcome[i], sector[i]] += persons[i]
        interceptions[sector[i]] += outcome[i] == INTERCEPTED


@compiled
def respond(
    found: int,
    seen: Index,
    moment: F64,
    racing: bool,
    goods: bool,
    busy: F64,
    partner: Index,
    opened: int,
    units: Index,
    first_hour: int,
    length: F64,
    sector: Index,
    persons: U8,
    base: U64,
    salts: U64,
    outside: F64,
    outcome: U8,
    counted: I64,
    interceptions: I64,
) -> None:
    """Run the races of those seen, the first ``found``, and write and count how all end.

    ``seen`` and ``moment`` as ``detect`` writes them, the share by its logarithm; without
    ``racing`` whoever did not turn back is reached. ``busy`` to ``length`` as in ``race.serve``,
    ``units`` being those out; ``outside`` is the share returned outside procedure, by sector.
    ``goods`` are neither returned nor counted; see ``count`` for the last two.
    """
    who, where = seen[_WHO, :found], seen[_WHERE, :found]
    reached = np.empty(found, np.bool_)
    if racing:
        enough = np.empty(found, np.intp)
        for j in range(found):
            enough[j] = needed(moment[_NEAR, j], moment[_SHARE, j])
        serve(
            where, moment[_WHEN, :found], seen[_OUT, :found], enough, moment[_BUSY, :found], busy,
            partner, opened, units, first_hour, length, reached,
        )  # fmt: skip
    else:
        for j in range(found):
            reached[j] = outcome[who[j]] != ABORTED
    for j in range(found):
        if reached[j]:
            i, at = who[j], where[j]
            away = not goods and unit(drawn(base[i], salts[AWAY, at])) < outside[at]
            outcome[i] = OUTSIDE if away else INTERCEPTED
    if not goods:
        count(sector, outcome, persons, counted, interceptions)
