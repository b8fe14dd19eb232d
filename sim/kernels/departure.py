"""Where free parties turn: they set out, are turned away by a network, or stay in some way."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE, STAY
from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]

#: Ways to turn, in the order in which parties are laid out.
GOES: Final = 0
TURNED_AWAY: Final = 1
GOES_HOME: Final = 2
TO_ASYLUM: Final = 3
STAYS: Final = 4
WAYS: Final = 5


@compiled
def asking(
    rows: Index,
    offer: Index,
    base: U64,
    persons: NDArray[np.uint8],
    who: Index,
    asked: Index,
    size: I64,
    key: U64,
) -> int:
    """List who asks for an offer: position, offer, persons, event base; return how many."""
    found = 0
    for i in range(rows.size):
        if offer[i] != ALONE:
            who[found] = i
            asked[found] = offer[i]
            size[found] = persons[rows[i]]
            key[found] = base[i]
            found += 1
    return found


@compiled
def part(
    leg: Index,
    node: Index,
    base: U64,
    salt_stay: Any,
    settle: F64,
    ends: F64,
    who: Index,
    won: NDArray[np.bool_],
    way: NDArray[np.uint8],
    begin: Index,
) -> None:
    """Write which way each party turns, and where each way begins when they are laid out.

    ``settle`` and ``ends`` are shares by place of those that stay: in asylum, and there or at
    home. ``who`` asked a network and ``won`` or not; ``begin`` has shape (WAYS + 1,).
    """
    begin[:] = 0
    for i in range(leg.size):
        code = GOES
        if leg[i] == STAY:
            u = unit(mixed(base[i] ^ salt_stay))
            code = STAYS
            if u < settle[node[i]]:
                code = TO_ASYLUM
            elif u < ends[node[i]]:
                code = GOES_HOME
        way[i] = code
    for j in range(who.size):
        if not won[j]:
            way[who[j]] = TURNED_AWAY
    for i in range(leg.size):
        begin[way[i] + 1] += 1
    for code in range(WAYS):
        begin[code + 1] += begin[code]


@compiled
def lay_out(
    way: NDArray[np.uint8],
    begin: Index,
    rows: Index,
    hour: I32,
    under_way: Index,
    base: U64,
    leg: Index,
    offer: Index,
    to_rows: Index,
    to_hour: I32,
    to_under_way: Index,
    to_base: U64,
    to_leg: Index,
    to_offer: Index,
) -> None:
    """Lay parties out way by way, in the order they come; arrays of shape (n,).

    Leg and offer are written of those that go.
    """
    at = begin.copy()
    for i in range(rows.size):
        code = way[i]
        to = at[code]
        at[code] = to + 1
        to_rows[to] = rows[i]
        to_hour[to] = hour[i]
        to_under_way[to] = under_way[i]
        to_base[to] = base[i]
        if code == GOES:
            to_leg[to] = leg[i]
            to_offer[to] = offer[i]


@compiled
def set_out(
    rows: Index,
    hour: I32,
    base: U64,
    leg: Index,
    offer: Index,
    duration: F64,
    barrier: F64,
    stay: F64,
    money: F64,
    sector: Index,
    quality: F64,
    scouts: F64,
    salt_scouts: Any,
    persons: NDArray[np.uint8],
    funds: F32,
    spent: F32,
    began: I64,
    hours: F64,
    who: Index,
    where: Index,
    start: F64,
    length: F64,
) -> int:
    """Let parties pay and set out; return how many have scouts that see the gaps ahead.

    Columns of the legs (hours, EUR per person, sector), of the offers (shares) and of the crowd.
    A network is paid on arrival. Written: funds and spent, persons and parties that began each
    leg, shape (2, legs), the hours of each party's leg; of who has scouts the position, the
    sector, the hour it would enter there and the hours it would stay.
    """
    seeing = 0
    for i in range(rows.size):
        row, way, sold = rows[i], leg[i], offer[i]
        began[0, way] += persons[row]
        began[1, way] += 1
        takes, fare = duration[way], money[way]
        if sold != ALONE:
            takes *= 1.0 - quality[sold]
            fare = 0.0
        takes += barrier[way]
        hours[i] = takes
        had = funds[row]
        paid = np.float32(min(fare, np.float64(had)))
        funds[row] = had - paid
        spent[row] += paid
        if sold == ALONE or sector[way] < 0:
            continue
        if unit(mixed(base[i] ^ salt_scouts)) < scouts[sold]:
            stays = stay[way] + barrier[way]
            who[seeing] = i
            where[seeing] = sector[way]
            start[seeing] = hour[i] + takes - stays
            length[seeing] = stays
            seeing += 1
    return seeing
