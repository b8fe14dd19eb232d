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
from sim.kernels.codes import ALONE, MOVING, STAY, WAITING
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

#: Ways to stay, in the order in which parties are listed.
GOES_HOME: Final = 0
TO_ASYLUM: Final = 1
STAYS: Final = 2
WAYS: Final = 3

#: Written as the leg of a party that a network turned away.
_TURNED_AWAY = -2


@compiled
def part(
    number: int,
    base: U64,
    node: I16,
    salt_stay: Any,
    settle: F64,
    ends: F64,
    lists: I32,
    count: Index,
) -> None:
    """List the positions of parties that stay by the way each turns.

    ``settle`` and ``ends`` are shares by place: in asylum, and there or at home. ``lists``, shape
    (WAYS, room), has the first ``number`` positions in line ``STAYS``; written is ``count``, how
    many each line has then.
    """
    count[:] = 0
    for j in range(number):
        i = lists[STAYS, j]
        way = STAYS
        u = unit(drawn(base[i], salt_stay))
        if u < settle[node[i]]:
            way = TO_ASYLUM
        elif u < ends[node[i]]:
            way = GOES_HOME
        lists[way, count[way]] = i
        count[way] += 1


@compiled
def turn_away(
    who: I32,
    won: NDArray[np.bool_],
    wait: float,
    rows: Index,
    hour: I32,
    leg: I16,
    noted: int,
    to_rows: Index,
    to_code: U8,
    to_hour: I32,
    to_hours: F64,
) -> int:
    """Note that those of ``who`` that have not ``won`` wait; return how many changes are noted.

    See ``sim.movement.changes``. They are not to set out: their ``leg`` says so.
    """
    for j in range(won.size):
        i = who[j]
        to_rows[noted], to_code[noted], to_hour[noted] = rows[i], WAITING, hour[i]
        to_hours[noted] = wait
        if not won[j]:
            leg[i] = _TURNED_AWAY
            noted += 1
    return noted


@compiled
def set_out(
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
    staying: I32,
    to_rows: Index,
    to_hour: I32,
    to_sector: Index,
    to_hours: F64,
    start: F64,
    length: F64,
) -> tuple[int, int]:
    """Let parties set out that have a leg; return how many stay, and how many see ahead.

    Columns of the legs (hours, EUR per person, sector) and of the offers (shares); ``funds`` are
    what the parties have. A network is paid on arrival. Written besides: persons and parties
    that began each leg, shape (2, legs); ``staying``, the positions of those who choose to stay;
    and of those whose scouts see the gaps ahead, which are not in the calendar yet, row, hour,
    sector, hours of the leg, the hour it would enter the sector and the hours it would stay.
    """
    seeing = stays = 0
    for i in range(rows.size):
        if leg[i] < 0:
            staying[stays] = i
            stays += leg[i] == STAY
            continue
        row, taken, sold = np.uint64(rows[i]), np.uint64(leg[i]), offer[i]
        began[0, taken] += persons[row]
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
        state[row] = MOVING
        turn(party, hour[i], taken, sold)
        watched = sold != ALONE and sector[taken] >= 0
        if watched and unit(drawn(base[i], salt_scouts)) < scouts[sold]:
            within = stay[taken] + barrier[taken]
            to_rows[seeing], to_hour[seeing] = row, hour[i]
            to_sector[seeing], to_hours[seeing] = sector[taken], takes
            start[seeing], length[seeing] = hour[i] + takes - within, within
            seeing += 1
        else:
            put(row, end_of(hour[i], takes), due, noted, day)
    return stays, seeing
