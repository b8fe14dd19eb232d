"""Exposure on legs, and who may be struck there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]


@compiled
def expose(
    leg: Index,
    hours: F64,
    persons: NDArray[np.uint8],
    base: U64,
    salt: Any,
    rate: F64,
    exposure: F64,
    which: Index,
    struck: F64,
) -> int:
    """Add person-hours to ``exposure``, by leg; list whose uniform is below the events expected.

    ``rate`` is of events per person-hour, by leg. Written, room for n and (2, n): position, and
    uniform and minus the events expected; returns how many. 1 - exp(-x) <= x: this finds every
    party struck, and few besides.
    """
    for i in range(leg.size):
        struck[0, i] = unit(drawn(base[i], salt))
    found = 0
    for i in range(leg.size):
        by, lasted, size = np.uint64(leg[i]), hours[i], persons[i]
        exposure[by] += lasted * size
        uniform, expected = struck[0, i], rate[by] * lasted * size
        if uniform < expected:
            which[found] = i
            struck[0, found], struck[1, found] = uniform, -expected
            found += 1
    return found


@compiled
def events(uniform: Any, mean: Any, none: Any, some: Any, most: Any) -> Any:
    """Return a Poisson count by inversion: n or more where the uniform is below P(N >= n).

    ``none`` is P(N = 0), ``some`` P(N >= 1); at most ``most`` count. Small uniforms strike, so that
    a lower rate never adds an event to the same party.
    """
    number, term, at_least = 0, none, some
    while number < most and uniform < at_least:
        number += 1
        term = term * mean / number
        at_least -= term
    return number


@compiled
def strike(
    found: int,
    struck: F64,
    none: F64,
    some: F64,
    leg: Index,
    persons: NDArray[np.uint8],
    base: U64,
    kinds: U64,
    death_share: F64,
    which: Index,
    counts: I64,
) -> int:
    """Keep those struck of the ``found`` that may be, and write deaths and injuries (2, n).

    ``struck`` and ``which`` as ``expose`` writes them, ``none`` is exp and ``some`` expm1 of the
    second line of ``struck``. Each event is a death with its leg's ``death_share``, drawn by
    ``kinds``, the salt of each in turn; nobody is struck twice. Returns how many parties were
    struck.
    """
    kept = 0
    for j in range(found):
        i = which[j]
        most = min(np.int64(persons[i]), kinds.size)
        number = events(struck[0, j], -struck[1, j], none[j], -some[j], most)
        if number == 0:
            continue
        died = 0
        for k in range(number):
            if unit(drawn(base[i], kinds[k])) < death_share[leg[i]]:
                died += 1
        which[kept] = i
        counts[0, kept] = died
        counts[1, kept] = number - died
        kept += 1
    return kept


@compiled
def enter(
    which: Index,
    deaths: I64,
    injuries: I64,
    leg: Index,
    country: Index,
    ledger: F64,
    items: Index,
    month: int,
) -> int:
    """Enter deaths and injuries in the ledger, shape (items, months, countries).

    Of parties struck, (n,): their positions, and persons that die and are injured. Those with a
    death are moved to the front, with how many; returns their number. ``country`` is that of the
    tail of each leg; ``items`` are where deaths and injuries stand.
    """
    fatal = 0
    for j in range(which.size):
        died, at = deaths[j], country[leg[which[j]]]
        ledger[items[0], month, at] += died
        ledger[items[1], month, at] += injuries[j]
        which[fatal], deaths[fatal] = which[j], died
        fatal += died > 0
    return fatal
