"""The search of sectors: effort over a stay, who is seen when, and how each encounter ends.

``ground`` are the sectors (``race.SECTOR``), ``hours`` their search effort
(``search_effort.HOUR``), shape (sectors, columns), the first column being ``first_hour``. Of n
stays ``effort`` is that before and after it, float64, shape (n, 2), and ``logs`` the logarithms of
1 - a uniform for three draws, shape (n, 3), in the order of their columns below.
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
Records = NDArray[Any]

#: Draws of an encounter: positions of its salts.
DETECT: Final = 0
SIGHT: Final = 1
NEAREST: Final = 2
COVER: Final = 3
AWAY: Final = 4
DRAWS: Final = ("detect", "sight", "nearest", "cover", "outside")
#: Columns of logarithms: of when it is detected, the nearest unit's distance, time until cover.
_DETECTED, _NEAR, _HIDDEN = range(3)
#: Rows of those seen: position, sector, and units out then.
_WHO, _WHERE, _OUT = range(3)
#: And of the moment: the hour, hours that a unit would be busy, what ``until_cover`` says of near.
_WHEN, _BUSY, _NEAREST = range(3)

#: No rate at all: a sector that nobody searches is never divided by.
_NO_RATE = 1e-300


@compiled
def effort_at(at: Any, sector: Any, hours: Records) -> Any:
    """Return the effort of one sector from the first column to ``at`` hours after it begins."""
    column = np.intp(at)
    hour = hours[sector, column]
    return (at - column) * hour["rate"] + hour["running"]


@compiled
def weigh(i: int, sector: Any, end: Any, stay: Any, hours: Records, effort: F64) -> bool:
    """Write the effort before and after stay ``i``, which ends so many hours after the first one.

    Returns False, with nothing written, where the stay leaves the columns.
    """
    start = end - stay
    if not (start >= 0.0 and end <= hours.shape[1] - 1):
        return False
    effort[i, 0] = effort_at(start, sector, hours)
    effort[i, 1] = effort_at(end, sector, hours)
    return True


@compiled
def efforts(
    sector: Index, end: F64, stay: F64, hours: Records, first_hour: int, effort: F64
) -> bool:
    """Write the effort before and after each stay.

    Returns False, with the rest unwritten, where a stay leaves the columns.
    """
    for i in range(sector.size):
        if not weigh(i, sector[i], end[i] - first_hour, stay[i], hours, effort):
            return False
    return True


@compiled
def draw(i: int, base: Any, place: Any, logs: F64) -> None:
    """Write minus the three uniforms of encounter ``i``; ``place`` is its sector's record."""
    logs[i, _DETECTED] = -unit(drawn(base, place["salts"][DETECT]))
    logs[i, _NEAR] = -unit(drawn(base, place["salts"][NEAREST]))
    logs[i, _HIDDEN] = -unit(drawn(base, place["salts"][COVER]))


@compiled
def search(
    sector: Index,
    end: F64,
    stay: F64,
    base: U64,
    ground: Records,
    hours: Records,
    first_hour: int,
    effort: F64,
    logs: F64,
) -> bool:
    """Write the effort before and after each stay, as ``efforts`` does, and three draws."""
    for i in range(sector.size):
        draw(i, base[i], ground[sector[i]], logs)
    return efforts(sector, end, stay, hours, first_hour, effort)


@compiled
def cross(
    leg: Index,
    due: NDArray[np.int32],
    base: U64,
    salt: Any,
    sector_of: Index,
    stay_of: F64,
    barrier_of: F64,
    ground: Records,
    hours: Records,
    first_hour: int,
    sector: Index,
    end: F64,
    stay: F64,
    effort: F64,
    logs: F64,
) -> bool:
    """Write where and when those stayed whose leg has ended, and what ``search`` writes of it.

    The leg has ended at a moment drawn from the hour before ``due``. ``sector_of``, ``stay_of``
    and ``barrier_of`` are by leg.
    """
    for i in range(leg.size):
        by = leg[i]
        at = sector[i] = sector_of[by]
        end[i] = due[i] - unit(drawn(base[i], salt))
        stay[i] = stay_of[by] + barrier_of[by]
        draw(i, base[i], ground[at], logs)
        if not weigh(i, at, end[i] - first_hour, stay[i], hours, effort):
            return False
    return True


@compiled
def detect(
    sector: Index,
    end: F64,
    stay: F64,
    persons: U8,
    base: U64,
    ground: Records,
    hours: Records,
    first_hour: int,
    lift: float,
    effort: F64,
    logs: F64,
    outcome: U8,
    seen: Index,
    moment: F64,
    covered: F64,
) -> int:
    """List who is seen: where the effort of a stay reaches an exponential draw.

    Written: the outcome, ``ABORTED`` or ``LOST`` of who is seen; into ``seen`` (3, n) position,
    sector, and units out then; into ``moment`` (3, n) the hour, the hours a unit would be busy, and
    the first number of ``race.until_cover``, and into ``covered`` the second one; those of no race
    for one that turned back. Returns how many were seen.
    """
    found = 0
    for i in range(persons.size):
        seen[_WHO, found] = i
        found += effort[i, 0] - logs[i, _DETECTED] < effort[i, 1]
    last = hours.shape[1] - 1
    for j in range(found):
        i = seen[_WHO, j]
        at = sector[i]
        place = ground[at]
        # Sectors are lifted above one another as if they were searched one after another.
        lifted = at * lift
        target = effort[i, 0] - logs[i, _DETECTED] + lifted
        column = np.intp(end[i] - first_hour - stay[i])
        while column < last and hours[at, column + 1]["running"] + lifted <= target:
            column += 1
        then = hours[at, column]
        hour = (target - (then["running"] + lifted)) / max(then["rate"], _NO_RATE)
        hour += first_hour
        hour += column
        seen[_WHERE, j] = at
        seen[_OUT, j] = then["units"]
        moment[_WHEN, j] = min(hour, end[i])
        moment[_BUSY, j] = place["busy"] + place["busy_per_person"] * persons[i]
        hidden = logs[i, _HIDDEN]
        outcome[i] = LOST
        if unit(drawn(base[i], place["salts"][SIGHT])) < place["sight"] * then["patrols"]:
            outcome[i] = ABORTED
            hidden = 0.0
        moment[_NEAREST, j], covered[j] = until_cover(
            logs[i, _NEAR], hidden, place["cover"], place["alert"], place["reach"]
        )
    return found


@compiled
def count(sector: Index, outcome: U8, persons: U8, counted: I64, interceptions: I64) -> None:
    """Add persons by outcome and sector, and interceptions by sector."""
    for i in range(persons.size):
        counted[outcome[i], sector[i]] += persons[i]
        interceptions[sector[i]] += outcome[i] == INTERCEPTED


@compiled
def respond(
    found: int,
    seen: Index,
    moment: F64,
    covered: F64,
    racing: bool,
    goods: bool,
    busy: F64,
    partner: Index,
    opened: int,
    ground: Records,
    hours: Records,
    first_hour: int,
    sector: Index,
    persons: U8,
    base: U64,
    outcome: U8,
    counted: I64,
    interceptions: I64,
) -> None:
    """Run the races of those seen, the first ``found``, and write and count how all end.

    ``seen`` and ``moment`` as ``detect`` writes them, ``covered`` by its logarithm; without
    ``racing`` whoever did not turn back is reached. ``busy``, ``partner`` and ``opened`` as in
    ``race.serve``. ``goods`` are neither returned nor counted; see ``count`` for the last two.
    """
    who, where = seen[_WHO, :found], seen[_WHERE, :found]
    reached = np.empty(found, np.bool_)
    if racing:
        enough = np.empty(found, np.intp)
        for j in range(found):
            enough[j] = needed(moment[_NEAREST, j], covered[j])
        serve(
            where, moment[_WHEN, :found], seen[_OUT, :found], enough, moment[_BUSY, :found], busy,
            partner, opened, ground, hours, first_hour, reached,
        )  # fmt: skip
    else:
        for j in range(found):
            reached[j] = outcome[who[j]] != ABORTED
    for j in range(found):
        if reached[j]:
            i, place = who[j], ground[where[j]]
            away = not goods and unit(drawn(base[i], place["salts"][AWAY])) < place["outside"]
            outcome[i] = OUTSIDE if away else INTERCEPTED
    if not goods:
        count(sector, outcome, persons, counted, interceptions)
