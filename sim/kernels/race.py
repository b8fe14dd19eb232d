"""Races of free units: how many must be free to win one, and which are won in time order."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

Records = NDArray[Any]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: A sector: salts of an encounter's draws (``sectors.DRAWS``); of those seen by a patrol the share
#: that see it first and turn back, and of those reached the share returned outside procedure;
#: hours a unit is busy, and more a person; mean hours until cover, hours until a unit moves;
#: 2 v / L per hour with the unit's speed v and the length L, and L itself, km.
SECTOR = np.dtype([
    ("salts", np.uint64, 5), ("sight", np.float64), ("outside", np.float64), ("busy", np.float64),
    ("busy_per_person", np.float64), ("cover", np.float64), ("alert", np.float64),
    ("reach", np.float64), ("length", np.float64),
])  # fmt: skip
#: Units needed where the race cannot be won: more than any sector has.
NEVER: Final = 1 << 30
_BELOW_ONE = 1.0 - 2.0**-53
#: Shares of the half length below this would need more units than ``NEVER``.
_NOT_MOVED = 1e-12


@compiled
def until_cover(near: Any, hidden: Any, cover: Any, alert: Any, reach: Any) -> tuple[Any, Any]:
    """Return what ``needed`` takes of a race, but the logarithm of 1 + the second number.

    With n units spread at random over a length L the nearest is farther than x with probability
    (1 - 2x/L)^n, so d = L/2 (1 - u^(1/n)) falls with n for a fixed draw u; the ends of the sector
    are ignored. T_cover is exponential.

    Args:
        near: Logarithm of u, the draw of the nearest unit's distance.
        hidden: Logarithm of the draw of T_cover, uniform in (0, 1].
        cover: Mean of T_cover, hours.
        alert: T_unit, hours from the sighting until a unit moves.
        reach: 2 v / L, per hour: v the units' speed, L the sector's length.

    Returns:
        ``near``, -inf where no number of units would do; and minus the share of the half length
        that a unit covers.
    """
    reached = (hidden * cover + alert) * -reach
    if reached < _NOT_MOVED:
        return -np.inf, -0.5
    return near, -min(reached, _BELOW_ONE)


@compiled
def needed(near: Any, left: Any) -> Any:
    """Return how many free units win a race: the least n with alert + d/v < T_cover.

    ``NEVER`` where no number would do. ``near`` and ``left`` are logarithms: of the draw of the
    nearest unit's distance, and of the share of the half length left uncovered (``until_cover``).
    """
    return np.intp(min(near / left, NEVER - 1.0)) + 1


@compiled
def run(busy: F64, sector: Any, spare: Any, at: Any, until: Any) -> bool:
    """Return whether a race is won, at most ``spare`` units being busy; one is then, ``until``.

    ``busy`` (sectors, units): the hour at which each is free again, ascending along a row.
    """
    last = busy.shape[1] - 1
    # At most `spare` units busy <=> the (spare + 1)-th latest is free again by now.
    if busy[sector, last - spare] > at:
        return False
    unit = 0
    while unit < last and busy[sector, unit + 1] < until:
        busy[sector, unit] = busy[sector, unit + 1]
        unit += 1
    busy[sector, unit] = until
    return True


@compiled
def free_units(busy: F64, sector: Any, out: Any, at: Any) -> Any:
    """Return how many of the units out are free, at least 0."""
    free = np.int64(out)
    for unit in range(busy.shape[1]):
        if busy[sector, unit] > at:
            free -= 1
    return max(free, 0)


@compiled
def lent_units(ground: Records, hours: Records, column: Any, here: Any, there: Any) -> Any:
    """Return the units of a sector across that stand opposite: in proportion to length."""
    column = min(column, hours.shape[1] - 2)
    share = min(1.0, ground[here]["length"] / ground[there]["length"])
    return np.int64(hours[there, column]["units"] * share + 1e-9)


@compiled
def by_sector(sector: Index, at: F64, begin: Index, order: Index) -> None:
    """Write positions sector by sector, by time in each; of equal ones the first comes first.

    Also where each sector begins in ``order``; shape (sectors + 1,).
    """
    begin[:] = 0
    for i in range(sector.size):
        begin[sector[i] + 1] += 1
    for here in range(begin.size - 1):
        begin[here + 1] += begin[here]
    place = begin.copy()
    for i in range(sector.size):
        order[place[sector[i]]] = i
        place[sector[i]] += 1
    other = np.empty(sector.size, np.intp)
    for here in range(begin.size - 1):
        if begin[here + 1] > begin[here] + 1:
            merge(at, begin[here], begin[here + 1], order, other)


@compiled
def merge(at: F64, begin: int, end: int, order: Index, other: Index) -> None:
    """Put a stretch of positions in order of time, by merging ever longer runs."""
    width = 1
    while width < end - begin:
        for low in range(begin, end, 2 * width):
            middle, high = min(low + width, end), min(low + 2 * width, end)
            i, j = low, middle
            for k in range(low, high):
                if i < middle and (j == high or at[order[i]] <= at[order[j]]):
                    other[k] = order[i]
                    i += 1
                else:
                    other[k] = order[j]
                    j += 1
        for k in range(begin, end):
            order[k] = other[k]
        width *= 2


@compiled
def serve(
    sector: Index,
    at: F64,
    on_duty: Index,
    units: Index,
    hours: F64,
    busy: F64,
    partner: Index,
    opened: int,
    ground: Records,
    duty: Records,
    first_hour: int,
    won: Mask,
) -> None:
    """Run races sector by sector in order of time, where sectors may help one another.

    Sectors that help or are helped in this call run the first race of each, then the second of
    each, and so on, own units before those across.

    Args:
        sector: Sector of each detection, shape (n,).
        at: Hour of each.
        on_duty: Units out in that sector and hour.
        units: Free units that would win (``needed``).
        hours: Hours the winning unit is busy from ``at`` on, transport included.
        busy: As in ``run``.
        partner: The sector across or -1, (partners, sectors, hours from ``opened``).
        opened: See above.
        ground: The sectors (``SECTOR``).
        duty: Units out (``search_effort.HOUR``), (sectors, hours from ``first_hour``).
        first_hour: See above.
        won: Written, (n,): which are won.
    """
    sectors, partners = busy.shape[0], partner.shape[0]
    count = sector.size
    order, begin = np.empty(count, np.intp), np.empty(sectors + 1, np.intp)
    by_sector(sector, at, begin, order)
    across = np.empty((partners, count), np.intp)
    lent = np.zeros((partners, count), np.int64)
    linked = np.zeros(sectors, np.bool_)
    for k in range(partners):
        for i in range(count):
            there = partner[k, sector[i], math.floor(at[i] - opened)]
            across[k, i] = there
            if there >= 0:
                linked[sector[i]] = linked[there] = True
                column = math.floor(at[i] - first_hour)
                lent[k, i] = lent_units(ground, duty, column, sector[i], there)
    queue = np.empty(count, np.intp)
    waiting = np.zeros(sectors, np.intp)
    for here in range(sectors):
        for j in range(begin[here], begin[here + 1]):
            i = order[j]
            most = on_duty[i]
            if not linked[here]:
                spare = most - units[i]
                won[i] = spare >= 0 and run(busy, here, spare, at[i], at[i] + hours[i])
                continue
            for k in range(partners):
                most += lent[k, i]
            won[i] = False
            if units[i] < NEVER and units[i] <= most:
                queue[begin[here] + waiting[here]] = i
                waiting[here] += 1
    turn = np.empty(sectors, np.intp)
    place = 0
    while True:
        size = 0
        for here in range(sectors):
            if place < waiting[here]:
                turn[size] = queue[begin[here] + place]
                size += 1
        if size == 0:
            break
        run_turn(turn[:size], sector, at, on_duty, units, hours, busy, across, lent, won)
        place += 1


@compiled
def run_turn(
    turn: Index,
    sector: Index,
    at: F64,
    on_duty: Index,
    units: Index,
    hours: F64,
    busy: F64,
    across: Index,
    lent: NDArray[np.int64],
    won: Mask,
) -> None:
    """Run one race a sector: by own units, then by those of each sector ``across`` in turn.

    ``across`` and ``lent`` (partners, n): the sector, and its units that may run.
    """
    for m in range(turn.size):
        i = turn[m]
        spare = on_duty[i] - units[i]
        won[i] = spare >= 0 and run(busy, sector[i], spare, at[i], at[i] + hours[i])
    free = np.empty(turn.size, np.int64)
    for m in range(turn.size):
        i = turn[m]
        free[m] = free_units(busy, sector[i], on_duty[i], at[i])
    asked, spares = np.empty(turn.size, np.intp), np.empty(turn.size, np.int64)
    for k in range(across.shape[0]):
        asking = 0
        for m in range(turn.size):
            i = turn[m]
            there = across[k, i]
            if won[i] or there < 0:
                continue
            # Free own units and free partners' together; one of the partners' must be free.
            spare = lent[k, i] - max(units[i] - free[m], 1)
            if spare < 0:
                continue
            # Two sectors may ask the same partner: one after the other, by time.
            j = asking
            while j > 0 and (
                across[k, asked[j - 1]] > there
                or (across[k, asked[j - 1]] == there and at[asked[j - 1]] > at[i])
            ):
                asked[j], spares[j] = asked[j - 1], spares[j - 1]
                j -= 1
            asked[j], spares[j] = i, spare
            asking += 1
        for j in range(asking):
            i = asked[j]
            won[i] = run(busy, across[k, i], spares[j], at[i], at[i] + hours[i])
        for m in range(turn.size):
            i = turn[m]
            if across[k, i] >= 0:
                free[m] += free_units(busy, across[k, i], lent[k, i], at[i])
