"""What parties that are free choose by: their decision class, and races between alternatives.

An alternative's clock is ``log(1 - u) / rate``, below 0; the nearest to 0 rings first. Draws of
one race lie side by side; the caller takes their logarithms between two kernels.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE, STAY
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: A clock just below 0: a draw of exactly 0 stands for the smallest one above it.
_SOONEST = -(2.0**-54)
#: A rate that stands for none, and the time at which such a clock rings, or later.
NO_RATE: Final = 1e-300
_LATEST = -1e280


@compiled
def decisions(
    rows: Index,
    records: NDArray[Any],
    low: Any,
    high: Any,
    failure_bands: int,
    class_: Index,
    place: Index,
    purse: NDArray[np.float32],
) -> None:
    """Write decision class, place and funds of rows of the crowd.

    The crowd's records, then the least funds (EUR per person) of the second and third of three
    bands and the number of bands of failures; last what is written, shape (n,).
    """
    for i in range(rows.size):
        party = records[rows[i]]
        has = party["funds"]
        code = 3 * np.intp(party["profile"])
        if has >= low:
            code += 1
        if has >= high:
            code += 1
        class_[i] = code * failure_bands + min(party["failures"], failure_bands - 1)
        place[i] = party["node"]
        purse[i] = has


@compiled
def leg_draws(base: U64, node: Index, salts: U64, rest: F64) -> None:
    """Write minus the uniform of every alternative at a party's place.

    ``salts`` has shape (places, most); ``rest`` has room for ``most`` draws a party.
    """
    most = salts.shape[1]
    for i in range(base.size):
        own, at = base[i], node[i]
        for k in range(most):
            rest[i * most + k] = -unit(drawn(own, salts[at, k]))


@compiled
def first_legs(
    class_: Index, node: Index, legs: Index, rates: F64, logs: F64, chosen: Index
) -> None:
    """Write the leg, or to stay, whose clock rings first, the first of equals.

    ``legs`` has shape (places, most), ``rates`` (classes x places, most), none of them 0;
    ``logs`` are in the order of ``leg_draws``.
    """
    places, most = legs.shape
    for i in range(class_.size):
        cell = class_[i] * places + node[i]
        best, first = -np.inf, 0
        for k in range(most):
            clock = min(logs[i * most + k], _SOONEST) / rates[cell, k]
            sooner = clock > best
            best = clock if sooner else best
            first = k if sooner else first
        chosen[i] = legs[node[i], first]


@compiled
def service_draws(
    base: U64, leg: Index, served: Mask, salts: U64, rest: F64, who: Index, chosen: Index
) -> int:
    """Write minus the uniform of every service on a leg; return how many have offers there.

    ``served`` says which legs have offers; ``salts`` has shape (legs, most). ``who`` names the
    parties drawn for, ``most`` draws each; all go alone until the race is run.
    """
    most, found = salts.shape[1], 0
    for i in range(base.size):
        chosen[i] = ALONE
        taken = leg[i]
        if taken != STAY and served[taken]:
            own = base[i]
            for k in range(most):
                rest[found * most + k] = -unit(drawn(own, salts[taken, k]))
            who[found] = i
            found += 1
    return found


@compiled
def first_services(
    who: Index,
    class_: Index,
    leg: Index,
    funds: NDArray[np.float32],
    price: F64,
    services: Index,
    rates: F64,
    logs: F64,
    chosen: Index,
) -> None:
    """Write the service whose clock rings first, the first of equals, for those drawn for.

    ``services`` has shape (legs, most), offers or going alone; ``rates`` (classes x legs, most),
    none of them 0. What a party cannot pay for rings as if its rate were none.
    """
    legs, most = services.shape
    for j in range(who.size):
        i = who[j]
        taken, purse = leg[i], np.float64(funds[i])
        cell = class_[i] * legs + taken
        best, first = -np.inf, 0
        for k in range(most):
            offer, rate = services[taken, k], rates[cell, k]
            if offer != ALONE and price[offer] > purse:
                rate = NO_RATE
            clock = max(min(logs[j * most + k], _SOONEST) / rate, _LATEST)
            sooner = clock > best
            best = clock if sooner else best
            first = k if sooner else first
        chosen[i] = services[taken, first]
