"""What parties that are free choose by: their decision class, and races between alternatives.

An alternative's clock is ``log(1 - u) / rate``, below 0; the nearest to 0 rings first. Draws of
one race lie side by side; the caller takes their logarithms between two kernels. Columns of
parties have shape (n,), or more room: ``class_`` decision class, ``node`` place, ``funds`` EUR
per person. ``rest`` has room for as many draws as a race has at most, of each party; ``bits``, of
``BLOCK`` parties, who are drawn for together.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed, unit

U64 = NDArray[np.uint64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

#: Parties whose draws are hashed together: their bits stay in the nearest cache.
BLOCK: Final = 128
#: A clock just below 0: a draw of exactly 0 stands for the smallest one above it.
_SOONEST = -(2.0**-54)
#: A rate that stands for none, and the time at which such a clock rings, or later.
NO_RATE: Final = 1e-300
_LATEST = -1e280


@compiled
def draw_legs(
    rows: Index,
    records: NDArray[Any],
    base: U64,
    low: Any,
    high: Any,
    failure_bands: int,
    salts: U64,
    count: U64,
    class_: I16,
    node: I16,
    funds: F32,
    bits: U64,
    rest: F64,
) -> Any:
    """Write what rows of the crowd decide by, and minus the uniform of every alternative.

    ``low`` and ``high`` are the least funds of the second and third of three bands. ``salts`` has
    shape (places, most), of which the first ``count``, shape (places,), are alternatives. A
    party's draws follow those of the one before; returned is how many there are.
    """
    most, draws = np.uint64(salts.shape[1]), np.uint64(0)
    for begin in range(0, rows.size, BLOCK):
        end = min(begin + BLOCK, rows.size)
        for i in range(begin, end):
            party = records[np.uint64(rows[i])]
            has = party["funds"]
            code = 3 * np.intp(party["profile"]) + (has >= low) + (has >= high)
            class_[i] = code * failure_bands + min(party["failures"], failure_bands - 1)
            node[i] = party["node"]
            funds[i] = has
        own = np.uint64(0)
        for i in range(begin, end):
            at = np.uint64(node[i])
            # What is beyond the alternatives is written over by the next party.
            for k in range(most):
                bits[own + k] = base[i] ^ salts[at, k]
            own += count[at]
        for j in range(own):
            rest[draws + j] = -unit(mixed(bits[j]))
        draws += own
    return draws


@compiled
def take_legs(
    base: U64,
    class_: I16,
    node: I16,
    legs: Index,
    count: U64,
    rates: F64,
    sold_at: I16,
    salts: U64,
    leg: I16,
    offer: I16,
    who: I32,
    bits: U64,
    rest: F64,
) -> int:
    """Run the race between legs, then draw for that between services; return for how many.

    ``rest`` has the logarithms of ``draw_legs``, then the draws of ``service_draws``; ``leg`` is
    written, and ``offer`` as if all went alone. ``sold_at`` says of each leg which it is of those
    on which somebody sells, or less than 0; its last entry is that of staying.
    """
    first_legs(base.size, class_, node, legs, count, rates, rest, leg)
    found = 0
    for i in range(base.size):
        offer[i] = ALONE
        who[found] = i
        found += sold_at[leg[i]] >= 0
    service_draws(base, leg, sold_at, salts, who, found, bits, rest)
    return found


@compiled
def first_legs(
    size: int, class_: I16, node: I16, legs: Index, count: U64, rates: F64, logs: F64, leg: I16
) -> None:
    """Write the leg, or to stay, whose clock rings first, the first of equals.

    ``legs`` has shape (places, most), ``rates`` (classes x places, most), none of them 0;
    ``count`` and the order of ``logs`` are those of ``draw_legs``. What is beyond a place's
    alternatives has no rate: whatever log is read for it, one of them rings sooner.
    """
    places, most = np.uint64(count.size), np.uint64(rates.shape[1])
    begin = np.uint64(0)
    for i in range(size):
        at = np.uint64(node[i])
        cell = np.uint64(class_[i]) * places + at
        best: float = -np.inf
        first: Any = np.uint64(0)
        for k in range(most):
            clock = min(logs[begin + k], _SOONEST) / rates[cell, k]
            sooner = clock > best
            best = clock if sooner else best
            first = k if sooner else first
        leg[i] = legs[at, first]
        begin += count[at]


@compiled
def service_draws(
    base: U64, leg: I16, sold_at: I16, salts: U64, who: I32, number: int, bits: U64, rest: F64
) -> None:
    """Write minus the uniform of every service on the legs of the first positions ``who``.

    ``salts`` has shape (legs on which somebody sells, most): each party has ``most`` draws.
    """
    most, draws = np.uint64(salts.shape[1]), np.uint64(0)
    for begin in range(0, number, BLOCK):
        own = np.uint64(0)
        for j in range(begin, min(begin + BLOCK, number)):
            i = np.uint64(who[j])
            taken = np.uint64(sold_at[leg[i]])
            for k in range(most):
                bits[own + k] = base[i] ^ salts[taken, k]
            own += most
        for j in range(own):
            rest[draws + j] = -unit(mixed(bits[j]))
        draws += own


@compiled
def take_services(
    who: I32,
    number: int,
    rows: Index,
    persons: U8,
    base: U64,
    class_: I16,
    leg: I16,
    funds: F32,
    price: F64,
    sold_at: I16,
    services: Index,
    rates: F64,
    logs: F64,
    offer: I16,
    asked: Index,
    size: I64,
    key: U64,
) -> int:
    """Run the race between services for those drawn for; return how many ask for an offer.

    The first so many positions ``who`` are drawn for. Those that ask are left at its beginning;
    their offers, ``persons`` (the crowd's column) and event bases are written side by side.
    """
    first_services(who, number, class_, leg, funds, price, sold_at, services, rates, logs, offer)
    asking = 0
    for j in range(number):
        i = np.uint64(who[j])
        who[asking], asked[asking], key[asking] = who[j], offer[i], base[i]
        size[asking] = persons[np.uint64(rows[i])]
        asking += offer[i] != ALONE
    return asking


@compiled
def first_services(
    who: I32,
    number: int,
    class_: I16,
    leg: I16,
    funds: F32,
    price: F64,
    sold_at: I16,
    services: Index,
    rates: F64,
    logs: F64,
    offer: I16,
) -> None:
    """Write the service whose clock rings first, the first of equals, for those drawn for.

    ``services`` has shape (legs on which somebody sells, most), offers or going alone; ``rates``
    (classes x these legs, most), none of them 0. What a party cannot pay for rings as if its rate
    were none.
    """
    legs, most = np.uint64(services.shape[0]), np.uint64(services.shape[1])
    begin = np.uint64(0)
    for j in range(number):
        i = np.uint64(who[j])
        taken, purse = np.uint64(sold_at[leg[i]]), np.float64(funds[i])
        cell = np.uint64(class_[i]) * legs + taken
        best: float = -np.inf
        first: Any = np.uint64(0)
        for k in range(most):
            sold, rate = services[taken, k], rates[cell, k]
            # Of going alone, the last price is looked at and not asked.
            dear = (sold != ALONE) & (price[sold] > purse)
            rate = NO_RATE if dear else rate
            clock = max(min(logs[begin + k], _SOONEST) / rate, _LATEST)
            sooner = clock > best
            best = clock if sooner else best
            first = k if sooner else first
        offer[i] = services[taken, first]
        begin += most
