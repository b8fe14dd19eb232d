"""Where free parties turn: they set out, are turned away by a network, or stay in some way."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE, STAY
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]

#: Ways to turn, in the order in which parties are laid out; who goes is not.
TURNED_AWAY: Final = 0
GOES_HOME: Final = 1
TO_ASYLUM: Final = 2
STAYS: Final = 3
GOES: Final = 4
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
    rows: Index,
    hour: I32,
    under_way: Index,
    base: U64,
    leg: Index,
    node: Index,
    salt_stay: Any,
    settle: F64,
    ends: F64,
    who: Index,
    won: NDArray[np.bool_],
    way: NDArray[np.uint8],
    begin: Index,
    to_rows: Index,
    to_hour: I32,
    to_under_way: Index,
    to_base: U64,
) -> None:
    """Write which way each party turns; lay those that do not set out side by side, way by way.

    ``settle`` and ``ends`` are shares by place of those that stay: in asylum, and there or at
    home. ``who`` asked a network and ``won`` or not. ``begin`` is where each way begins among
    those laid out, shape (WAYS + 1,); the number of parties that go stands at its end.
    """
    begin[:] = 0
    for i in range(leg.size):
        code = GOES
        if leg[i] == STAY:
            u = unit(drawn(base[i], salt_stay))
            code = STAYS
            if u < settle[node[i]]:
                code = TO_ASYLUM
            elif u < ends[node[i]]:
                code = GOES_HOME
            begin[code + 1] += 1
        way[i] = code
    for j in range(who.size):
        if not won[j]:
            way[who[j]] = TURNED_AWAY
            begin[TURNED_AWAY + 1] += 1
    for code in range(GOES):
        begin[code + 1] += begin[code]
    at = begin.copy()
    for i in range(leg.size):
        if way[i] != GOES:
            to = at[way[i]]
            at[way[i]] = to + 1
            to_rows[to] = rows[i]
            to_hour[to] = hour[i]
            to_under_way[to] = under_way[i]
            to_base[to] = base[i]
    begin[GOES + 1] = leg.size - begin[GOES]


@compiled
def set_out(
    way: NDArray[np.uint8],
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
    records: NDArray[Any],
    began: I64,
    to_rows: Index,
    to_hour: I32,
    to_leg: Index,
    to_offer: Index,
    hours: F64,
    who: Index,
    where: Index,
    start: F64,
    length: F64,
) -> int:
    """Let parties that go pay and set out; return how many have scouts that see the gaps ahead.

    Columns of the legs (hours, EUR per person, sector), of the offers (shares) and of the
    crowd, persons and records. A network is paid on arrival. Written: funds and spent; persons
    and parties that began each leg, shape (2, legs); who goes, when, on which leg, with which
    offer, for how many hours; of who has scouts the position among those, the sector, the hour
    it would enter there and the hours it would stay.
    """
    going = seeing = 0
    for i in range(rows.size):
        if way[i] != GOES:
            continue
        row, taken, sold = rows[i], leg[i], offer[i]
        began[0, taken] += persons[row]
        began[1, taken] += 1
        takes, fare = duration[taken], money[taken]
        if sold != ALONE:
            takes *= 1.0 - quality[sold]
            fare = 0.0
        takes += barrier[taken]
        party = records[row]
        had = party["funds"]
        paid = np.float32(min(fare, np.float64(had)))
        party["funds"] = had - paid
        party["spent"] += paid
        to_rows[going], to_hour[going] = row, hour[i]
        to_leg[going], to_offer[going] = taken, sold
        hours[going] = takes
        watched = sold != ALONE and sector[taken] >= 0
        if watched and unit(drawn(base[i], salt_scouts)) < scouts[sold]:
            stays = stay[taken] + barrier[taken]
            who[seeing] = going
            where[seeing] = sector[taken]
            start[seeing] = hour[i] + takes - stays
            length[seeing] = stays
            seeing += 1
        going += 1
    return seeing
