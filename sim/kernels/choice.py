"""What parties that are free choose by: their decision class, and races between alternatives.

An alternative's clock is ``log(1 - u) / rate``, below 0; the nearest to 0 rings first. Draws of
one race lie side by side; the caller takes their logarithms between two kernels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE, STAY
from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: A clock just below 0: a draw of exactly 0 stands for the smallest one above it.
_SOONEST = -(2.0**-54)
#: A rate that stands for none, and the time at which such a clock rings, or later.
_NO_RATE = 1e-300
_LATEST = -1e280


@compiled
def decisions(
    rows: Index,
    profile: NDArray[np.uint8],
    funds: NDArray[np.float32],
    failures: NDArray[np.uint8],
    node: NDArray[np.int16],
    low: Any,
    high: Any,
    failure_bands: int,
    class_: Index,
    place: Index,
    purse: NDArray[np.float32],
) -> None:
    """Write decision class, place and funds of rows of the crowd.

    Columns of the crowd, then the least funds (EUR per person) of the second and third of three
    bands and the number of bands of failures; last what is written, shape (n,).
    """
    for i in range(rows.size):
        row = rows[i]
        has = funds[row]
        code = 3 * np.intp(profile[row])
        if has >= low:
            code += 1
        if has >= high:
            code += 1
        class_[i] = code * failure_bands + min(failures[row], failure_bands - 1)
        place[i] = node[row]
        purse[i] = has


@compiled
def leg_draws(
    base: U64,
    class_: Index,
    node: Index,
    places: int,
    first: Index,
    salts: U64,
    rest: F64,
) -> int:
    """Write minus the uniform of every leg that parties may take; return how many.

    ``first`` is where the alternatives of a class at a place begin, shape
    (classes x places + 1,); ``salts`` is by alternative.
    """
    drawn = 0
    for i in range(base.size):
        cell = class_[i] * places + node[i]
        own = base[i]
        for k in range(first[cell], first[cell + 1]):
            rest[drawn] = -unit(mixed(own ^ salts[k]))
            drawn += 1
    return drawn


@compiled
def first_legs(
    class_: Index,
    node: Index,
    places: int,
    first: Index,
    legs: Index,
    rates: F64,
    logs: F64,
    chosen: Index,
) -> None:
    """Write the alternative of each party whose clock rings first, the first of equals.

    ``legs`` and ``rates`` are by alternative; ``logs`` in the order of ``leg_draws``.
    """
    drawn = 0
    for i in range(class_.size):
        cell = class_[i] * places + node[i]
        best, winner = -np.inf, first[cell]
        for k in range(first[cell], first[cell + 1]):
            clock = min(logs[drawn], _SOONEST) / rates[k]
            drawn += 1
            if clock > best:
                best, winner = clock, k
        chosen[i] = legs[winner]


@compiled
def service_draws(
    base: U64,
    class_: Index,
    leg: Index,
    funds: NDArray[np.float32],
    price: F64,
    first: Index,
    offers: Index,
    salts: U64,
    rates: F64,
    rest: F64,
    which: Index,
    begin: Index,
    chosen: Index,
) -> int:
    """Write minus the uniform of every service that parties can pay for; return how many.

    ``first`` is where the services of a leg begin, shape (legs + 1,), going alone before offers;
    ``offers`` and ``salts`` are by service, ``rates`` has shape (classes, services). ``which``
    names the service of each draw, ``begin`` is where a party's draws begin, shape (n + 1,). All
    go alone until the race is run.
    """
    drawn = 0
    for i in range(base.size):
        begin[i] = drawn
        chosen[i] = ALONE
        taken = leg[i]
        if taken == STAY or first[taken + 1] - first[taken] < 2:
            continue
        own, purse = base[i], np.float64(funds[i])
        for k in range(first[taken], first[taken + 1]):
            offer = offers[k]
            if offer != ALONE and price[offer] > purse:
                continue
            if rates[class_[i], k] <= _NO_RATE:
                continue
            rest[drawn] = -unit(mixed(own ^ salts[k]))
            which[drawn] = k
            drawn += 1
    begin[base.size] = drawn
    return drawn


@compiled
def first_services(
    class_: Index,
    offers: Index,
    rates: F64,
    logs: F64,
    which: Index,
    begin: Index,
    chosen: Index,
) -> None:
    """Write the service of each party whose clock rings first, the first of equals.

    Where none rings in any time to speak of, a party goes alone.
    """
    for i in range(class_.size):
        best = _LATEST
        for j in range(begin[i], begin[i + 1]):
            k = which[j]
            clock = min(logs[j], _SOONEST) / rates[class_[i], k]
            if clock > best:
                best = clock
                chosen[i] = offers[k]
