"""Where free parties turn: they set out, are turned away by a network, or stay in some way.

Columns of the parties are shaped (n,), or have more room where they are kept; ``records``,
``persons``, ``state`` and ``due`` are the crowd's, ``noted`` and ``day`` the calendar's.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.calendar import put
from sim.kernels.changes import end_of, turn
from sim.kernels.codes import ALONE, MOVING, STAY
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]

#: Ways to turn.
TURNED_AWAY: Final = 0
GOES_HOME: Final = 1
TO_ASYLUM: Final = 2
STAYS: Final = 3
GOES: Final = 4
WAYS: Final = 5

#: Parties that set out together: what lies about in the crowd is fetched for all of them first.
_BLOCK = 64


@compiled
def part(
    base: U64,
    leg: I16,
    node: I16,
    salt_stay: Any,
    settle: F64,
    ends: F64,
    who: I32,
    won: NDArray[np.bool_],
    way: U8,
    lists: I32,
    count: Index,
) -> None:
    """List the positions of parties by the way each turns.

    ``settle`` and ``ends`` are shares by place of those that stay: in asylum, and there or at
    home. The first of ``who`` asked a network each and ``won`` or not. Written are ``lists``,
    shape (WAYS, room), and how many each has, ``count``; ``way`` is room for one a party.
    """
    size = base.size
    for i in range(size):
        way[i] = STAYS if leg[i] == STAY else GOES
    for j in range(won.size):
        if not won[j]:
            way[who[j]] = TURNED_AWAY
    going = other = 0
    for i in range(size):
        lists[GOES, going] = lists[STAYS, other] = i
        going += way[i] == GOES
        other += way[i] != GOES
    count[:] = 0
    for j in range(other):
        i = lists[STAYS, j]
        turns = way[i]
        if turns == STAYS:
            u = unit(drawn(base[i], salt_stay))
            if u < settle[node[i]]:
                turns = np.uint8(TO_ASYLUM)
            elif u < ends[node[i]]:
                turns = np.uint8(GOES_HOME)
        lists[turns, count[turns]] = i
        count[turns] += 1
    count[GOES] = going


@compiled
def set_out(
    going: I32,
    number: int,
    rows: Index,
    hour: I32,
    base: U64,
    leg: I16,
    offer: I16,
    funds: F32,
    duration: F64,
    barrier: F64,
    stay: F64,
    money: F64,
    sector: Index,
    quality: F64,
    scouts: F64,
    salt_scouts: Any,
    persons: U8,
    records: NDArray[Any],
    state: U8,
    due: I32,
    noted: I32,
    day: I64,
    began: I64,
    to_rows: Index,
    to_hour: I32,
    to_sector: Index,
    to_hours: F64,
) -> int:
    """Let the first ``number`` of the positions ``going`` set out; return how many see ahead.

    Columns of the legs (hours, EUR per person, sector) and of the offers (shares); ``funds`` are
    what the parties have. A network is paid on arrival. Written besides: persons and parties
    that began each leg, shape (2, legs); and of those whose scouts see the gaps ahead, which are
    not in the calendar yet, row, hour, sector, and in ``to_hours``, shape (3, room), hours of the
    leg, the hour it would enter the sector and the hours it would stay.
    """
    seeing = 0
    size = np.empty(_BLOCK, np.uint8)
    for begin in range(0, number, _BLOCK):
        end = min(begin + _BLOCK, number)
        for j in range(begin, end):
            row = np.uint64(rows[going[j]])
            size[j - begin] = persons[row]
            state[row] = MOVING
        for j in range(begin, end):
            i = np.uint64(going[j])
            row, taken, sold = np.uint64(rows[i]), np.uint64(leg[i]), offer[i]
            began[0, taken] += size[j - begin]
            began[1, taken] += 1
            takes, fare = duration[taken], money[taken]
            if sold != ALONE:
                takes *= 1.0 - quality[sold]
                fare = 0.0
            takes += barrier[taken]
            had = funds[i]
            paid = np.float32(min(fare, np.float64(had)))
            party = records[row]
            party["funds"] = had - paid
            party["spent"] += paid
            turn(party, hour[i], taken, sold)
            watched = sold != ALONE and sector[taken] >= 0
            if watched and unit(drawn(base[i], salt_scouts)) < scouts[sold]:
                stays = stay[taken] + barrier[taken]
                to_rows[seeing], to_hour[seeing] = row, hour[i]
                to_sector[seeing] = sector[taken]
                to_hours[0, seeing] = takes
                to_hours[1, seeing] = hour[i] + takes - stays
                to_hours[2, seeing] = stays
                seeing += 1
            else:
                put(row, end_of(hour[i], takes), due, noted, day)
    return seeing
