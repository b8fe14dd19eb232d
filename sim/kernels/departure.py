"""Where free parties turn: they set out, are turned away by a network, or stay in some way."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.calendar import put
from sim.kernels.changes import end_of, turn
from sim.kernels.codes import ALONE, MOVING, STAY
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
    at: Index,
    begin: Index,
    to_rows: Index,
    to_hour: I32,
    to_under_way: Index,
    to_base: U64,
) -> None:
    """Write which way each party turns; lay those that do not set out side by side, way by way.

    ``settle`` and ``ends`` are shares by place of those that stay: in asylum, and there or at
    home. ``who`` asked a network and ``won`` or not. ``at``, shape (2, n), are the positions of
    those that go, and of those that do not. ``begin`` is where each way begins among those laid
    out, shape (WAYS + 1,); the number of parties that go stands at its end.
    """
    for i in range(leg.size):
        way[i] = STAYS if leg[i] == STAY else GOES
    for j in range(who.size):
        if not won[j]:
            way[who[j]] = TURNED_AWAY
    going = other = 0
    for i in range(leg.size):
        at[0, going] = at[1, other] = i
        going += way[i] == GOES
        other += way[i] != GOES
    begin[:] = 0
    for j in range(other):
        i = at[1, j]
        if way[i] == STAYS:
            u = unit(drawn(base[i], salt_stay))
            if u < settle[node[i]]:
                way[i] = TO_ASYLUM
            elif u < ends[node[i]]:
                way[i] = GOES_HOME
        begin[way[i] + 1] += 1
    for code in range(GOES):
        begin[code + 1] += begin[code]
    next_ = begin.copy()
    for j in range(other):
        i = at[1, j]
        to = next_[way[i]]
        next_[way[i]] = to + 1
        to_rows[to] = rows[i]
        to_hour[to] = hour[i]
        to_under_way[to] = under_way[i]
        to_base[to] = base[i]
    begin[GOES + 1] = going


@compiled
def set_out(
    going: Index,
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
    state: NDArray[np.uint8],
    due: I32,
    noted: I32,
    day: I64,
    began: I64,
    to_rows: Index,
    to_hour: I32,
    hours: F64,
    where: Index,
    start: F64,
    length: F64,
) -> int:
    """Let parties at the positions ``going`` set out; return how many know of gaps ahead.

    Columns of the legs (hours, EUR per person, sector), of the offers (shares) and of the crowd;
    ``noted`` and ``day`` are the calendar's. A network is paid on arrival. Written besides:
    persons and parties that began each leg, shape (2, legs); and of those whose scouts see the
    gaps ahead, which are not in the calendar yet, row, hour, hours of the leg, sector, the hour
    it would enter there and the hours it would stay.
    """
    seeing = 0
    for j in range(going.size):
        i = np.uint64(going[j])
        row, taken, sold = np.uint64(rows[i]), np.uint64(leg[i]), offer[i]
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
        state[row] = MOVING
        turn(party, hour[i], taken, sold)
        watched = sold != ALONE and sector[taken] >= 0
        if watched and unit(drawn(base[i], salt_scouts)) < scouts[sold]:
            stays = stay[taken] + barrier[taken]
            to_rows[seeing], to_hour[seeing] = row, hour[i]
            hours[seeing] = takes
            where[seeing] = sector[taken]
            start[seeing] = hour[i] + takes - stays
            length[seeing] = stays
            seeing += 1
        else:
            put(row, end_of(hour[i], takes), due, noted, day)
    return seeing
