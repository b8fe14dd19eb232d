"""Observation rules: which events they register, and on what day.

Rules are numbers by rule: country, border (-1 any), bit of the party column (0 where a party is
registered again and again), probability, salts of the draws of what is seen and how late.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, event_base, unit

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@compiled
def pick(
    rows: NDArray[Any],
    hour: I32,
    at: NDArray[np.int16],
    housed: Mask,
    watched: Mask,
    inside: Any,
    size: Any,
    picked_rows: Index,
    picked_hour: I32,
    picked_at: Index,
) -> Any:
    """Put stays ``at`` places that are ``watched`` behind ``size`` others; return how many stand.

    With ``inside``, only those ``housed`` in a reception place. There is room for one stay more.
    """
    for i in range(rows.size):
        picked_rows[size] = rows[i]
        picked_hour[size] = hour[i]
        picked_at[size] = at[i]
        size += watched[at[i]] & (housed[i] | (not inside))
    return size


@compiled
def watched(
    at: Index, country: Index, border: Index, begin: Index, hour: I32, event: Index, order: Index
) -> int:
    """List events in whose country a rule looks, by hour and border; return how many.

    ``country`` and ``border`` are those of what an event is ``at``. The rules of country c stand
    from ``begin[c]`` to ``begin[c + 1]``. ``order`` is the list, ``event`` room beside it; both
    have room for one event more.
    """
    looks = np.empty(country.size, np.int64)
    for place in range(country.size):
        looks[place] = begin[country[place]] < begin[country[place] + 1]
    count = 0
    for i in range(at.size):
        event[count] = i
        count += looks[at[i]]
    if count == 0:
        return 0
    first = last = np.int64(hour[event[0]])
    least = most = np.int64(border[at[event[0]]])
    for k in range(count):
        when, line = np.int64(hour[event[k]]), np.int64(border[at[event[k]]])
        first, last = min(first, when), max(last, when)
        least, most = min(least, line), max(most, line)
    width = most - least + 1
    cell = np.empty(count, np.int64)
    free = np.zeros((last - first + 1) * width + 1, np.int64)
    for k in range(count):
        cell[k] = (hour[event[k]] - first) * width + border[at[event[k]]] - least
        free[cell[k] + 1] += 1
    for c in range(1, free.size):
        free[c] += free[c - 1]
    for k in range(count):
        order[free[cell[k]]] = event[k]
        free[cell[k]] += 1
    return count


@compiled
def see(
    order: Index,
    count: int,
    rows: Index,
    at: Index,
    country: Index,
    border: Index,
    hour: I32,
    registered: U32,
    key: U64,
    run: Any,
    by_entry: Any,
    begin: Index,
    rule_border: Index,
    rule_bit: U32,
    rule_probability: F64,
    rule_salts: U64,
    base: U64,
    bits: U32,
    by_rule: Index,
    event: Index,
    of: U64,
    late: F64,
) -> int:
    """List what rules register of the first ``count`` events of ``order``; return how many.

    ``country`` and ``border`` are those of what an event is ``at``.
    By an entry (``by_entry``), a rule with a bit looks at a party's first event and no other;
    elsewhere it registers the first one seen. ``bits``, zeroed, becomes what each event set of
    column ``registered``; ``key`` is that of the parties. ``rule_salts`` has shape (2, rules): of
    what is seen, and how late. Listed are rule, event, and minus the draw of how late it is
    registered. ``base`` is room for the events, ``of`` for one more than are listed, as are those.
    """
    found = 0
    # Keys are fetched first, and the bits with them: they lie in one record of the crowd.
    for k in range(count):
        base[k] = key[rows[order[k]]]
    for k in range(count):
        base[k] = event_base(run, base[k], hour[order[k]])
    for k in range(count):
        i = order[k]
        row, where = rows[i], at[i]
        for r in range(begin[country[where]], begin[country[where] + 1]):
            bit, had = np.int64(rule_bit[r]), np.int64(registered[row])
            looks = had & bit == 0
            registers = (
                looks
                & ((rule_border[r] < 0) | (border[where] == rule_border[r]))
                & (unit(drawn(base[k], rule_salts[0, r])) < rule_probability[r])
            )
            given = bit * (looks & by_entry | registers)
            registered[row] = np.uint32(had | given)
            bits[i] = np.uint32(np.int64(bits[i]) | given)
            by_rule[found], event[found], of[found] = r, i, base[k]
            found += registers
    for k in range(found):
        late[k] = -unit(drawn(of[k], rule_salts[1, by_rule[k]]))
    return found


@compiled
def register(
    by_rule: Index,
    event: Index,
    logs: F64,
    rows: Index,
    hour: I32,
    persons: U8,
    delay: F64,
    series: Index,
    day: Index,
    registered: I64,
    dropped: I64,
) -> None:
    """Add persons to the day when each event is registered, or to those past the end.

    That is an exponential time later, with the rule's mean ``delay`` in hours; ``logs`` are
    log(1 - u) of the draws u. Shapes: ``registered`` (series, days), ``dropped`` (series,),
    ``day`` (hours,).
    """
    for k in range(logs.size):
        i = event[k]
        at = np.int64(np.floor(np.float64(hour[i]) + logs[k] * -delay[by_rule[k]]))
        if at < day.size:
            registered[series[by_rule[k]], day[at]] += persons[rows[i]]
        else:
            dropped[series[by_rule[k]]] += persons[rows[i]]
