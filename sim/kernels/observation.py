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
def watched(at: Index, country: Index, border: Index, begin: Index, hour: I32, order: Index) -> int:
    """List events in whose country a rule looks, by hour and border; return how many.

    ``country`` and ``border`` are those of what an event is ``at``. The rules of country c stand
    from ``begin[c]`` to ``begin[c + 1]``; ``order`` has room for one event more.
    """
    count = 0
    for i in range(at.size):
        order[count] = i
        count += begin[country[at[i]]] < begin[country[at[i]] + 1]
    if count == 0:
        return 0
    first = last = np.int64(hour[order[0]])
    least = most = np.int64(border[at[order[0]]])
    for k in range(count):
        when, line = np.int64(hour[order[k]]), np.int64(border[at[order[k]]])
        first, last = min(first, when), max(last, when)
        least, most = min(least, line), max(most, line)
    width = most - least + 1
    cell, event = np.empty(count, np.int64), order[:count].copy()
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
    rule_seen: U64,
    rule_late: U64,
    bits: U32,
    by_rule: Index,
    event: Index,
    late: F64,
) -> int:
    """List what rules register of events taken in ``order``; return how many.

    ``country`` and ``border`` are those of what an event is ``at``.
    By an entry (``by_entry``), a rule with a bit looks at a party's first event and no other;
    elsewhere it registers the first one seen. ``bits`` becomes what each event set of column
    ``registered``; ``key`` is that of the parties. Listed are rule, event and the draw of how
    late it is registered.
    """
    found = 0
    for k in range(order.size):
        i = order[k]
        row, where = rows[i], at[i]
        base = np.uint64(0)
        hashed = False
        for r in range(begin[country[where]], begin[country[where] + 1]):
            bit = np.int64(rule_bit[r])
            had = np.int64(registered[row])
            if had & bit:
                continue
            if bit and by_entry:
                registered[row] = np.uint32(had | bit)
                bits[i] = np.uint32(np.int64(bits[i]) | bit)
            if rule_border[r] >= 0 and border[where] != rule_border[r]:
                continue
            if not hashed:
                base = event_base(run, key[row], hour[i])
                hashed = True
            if unit(drawn(base, rule_seen[r])) >= rule_probability[r]:
                continue
            if bit and not by_entry:
                registered[row] = np.uint32(had | bit)
                bits[i] = np.uint32(np.int64(bits[i]) | bit)
            by_rule[found] = r
            event[found] = i
            late[found] = unit(drawn(base, rule_late[r]))
            found += 1
    return found


@compiled
def register(
    by_rule: Index,
    event: Index,
    delay: F64,
    rows: Index,
    hour: I32,
    persons: U8,
    series: Index,
    day: Index,
    registered: I64,
    dropped: I64,
) -> None:
    """Add persons to the day of each event ``delay`` hours later, or to those past the end.

    Shapes: ``registered`` (series, days), ``dropped`` (series,), ``day`` (hours,).
    """
    for k in range(by_rule.size):
        i = event[k]
        at = np.int64(np.floor(np.float64(hour[i]) + delay[k]))
        if at < day.size:
            registered[series[by_rule[k]], day[at]] += persons[rows[i]]
        else:
            dropped[series[by_rule[k]]] += persons[rows[i]]
