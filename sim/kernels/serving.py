"""Serving in the order of a keyed priority, up to the room of each place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: How many times the room, and how many persons more, are likely to be enough to fill it; how
#: many priorities there are, and nearly all of them.
_TIMES, _MORE = 1.5, 10.0
_NUMBERS = 2.0**64
_ALMOST = 1.0 - 2.0**-53


@compiled
def _sink(heap: Index, begin: Any, end: Any, at: Any, priority: U64) -> None:
    """Let the party at a position of ``heap[begin:end]`` sink below all that come before it."""
    party = heap[at]
    while True:
        below = begin + 2 * (at - begin) + 1
        if below >= end:
            break
        if below + 1 < end and _before(heap[below + 1], heap[below], priority):
            below += 1
        if not _before(heap[below], party, priority):
            break
        heap[at] = heap[below]
        at = below
    heap[at] = party


@compiled
def _before(one: Any, other: Any, priority: U64) -> Any:
    """Return whether one party comes before another: by priority, then by position."""
    if priority[one] == priority[other]:
        return one < other
    return priority[one] < priority[other]


@compiled
def serve(where: Index, size: NDArray[Any], room: F64, priority: U64, served: Mask) -> None:
    """Write which parties are served, each whole or not at all; see ``sim.serving.serve``.

    Where there is too little room for all, those come first whose numbers are so low that some
    more persons than have room are likely to have them, then all others who could still fit.
    """
    asked = np.zeros(room.size)
    for i in range(where.size):
        asked[np.uint64(where[i])] += size[i]
    # Room where it is short, and the number from which on parties come second there.
    left, late, short = np.full(room.size, -np.inf), np.zeros(room.size, np.uint64), 0
    for place in range(room.size):
        free = max(room[place], 0.0)
        if asked[place] > free:
            left[place] = free
            late[place] = np.uint64(min((_TIMES * free + _MORE) / asked[place], _ALMOST) * _NUMBERS)
            short += 1
    if not short:
        served[:] = True
        return
    # Those who could fit where it is short, by when they come.
    first, second = np.empty(where.size, np.intp), np.empty(where.size, np.intp)
    earlier = later = 0
    for i in range(where.size):
        at = np.uint64(where[i])
        served[i] = left[at] < 0
        fits, comes_first = size[i] <= left[at], priority[i] < late[at]
        first[earlier] = second[later] = i
        earlier += fits & comes_first
        later += fits & (not comes_first)
    if earlier:
        _serve_in_turn(first[:earlier], where, size, left, priority, served)
    fitting = 0
    for j in range(later):
        i = second[j]
        second[fitting] = i
        fitting += size[i] <= left[where[i]]
    if fitting:
        _serve_in_turn(second[:fitting], where, size, left, priority, served)


@compiled
def _serve_place(
    heap: Index, begin: Any, end: Any, size: NDArray[Any], left: Any, priority: U64, served: Mask
) -> Any:
    """Serve the parties of one place, ``heap[begin:end]``, while any can fit; return the room."""
    least = size[heap[begin]]
    for at in range(begin, end):
        least = min(least, size[heap[at]])
    for at in range(begin + (end - begin) // 2 - 1, begin - 1, -1):
        _sink(heap, begin, end, at, priority)
    while begin < end and least <= left:
        party = heap[begin]
        if size[party] <= left:
            served[party] = True
            left -= size[party]
        end -= 1
        heap[begin] = heap[end]
        _sink(heap, begin, end, begin, priority)
    return left


@compiled
def admit(
    node: Index, wanted: NDArray[Any], priority: U64, capacity: I64, occupied: I64, admitted: Mask
) -> None:
    """Write which parties get beds, and take those beds; ``capacity`` and ``occupied`` by node."""
    free = np.empty(capacity.size)
    for place in range(capacity.size):
        free[place] = capacity[place] - occupied[place]
    serve(node, wanted, free, priority, admitted)
    for i in range(node.size):
        occupied[np.uint64(node[i])] += np.int64(wanted[i]) * admitted[i]


@compiled
def house(records: Any, persons: U8, rows: Index, occupied: I64, node: Index) -> None:
    """Take parties in where they stand, whatever the room; write ``node`` of each."""
    for i in range(rows.size):
        at = np.intp(records[rows[i]]["node"])
        occupied[at] += persons[rows[i]]
        node[i] = at


@compiled
def _serve_in_turn(
    parties: Index, where: Index, size: NDArray[Any], left: F64, priority: U64, served: Mask
) -> None:
    """Serve parties, named by position, from what is ``left`` at each place.

    They are laid in a heap a place, out of which they come as long as any of them could fit.
    """
    ends = np.zeros(left.size + 1, np.intp)
    for j in range(parties.size):
        ends[where[parties[j]] + 1] += 1
    for place in range(left.size):
        ends[place + 1] += ends[place]
    heap = np.empty(parties.size, np.intp)
    for j in range(parties.size - 1, -1, -1):
        place = where[parties[j]]
        ends[place + 1] -= 1
        heap[ends[place + 1]] = parties[j]
    # Each place begins where its end was, now that all of its parties are laid in.
    for place in range(left.size):
        begin = ends[place + 1]
        end = heap.size if place + 1 == left.size else ends[place + 2]
        if begin < end:
            left[place] = _serve_place(heap, begin, end, size, left[place], priority, served)


@compiled
def leave(node: Index, persons: I64, occupied: I64) -> int:
    """Give back the beds of persons who leave; return a place that never had so many, or -1."""
    wrong = -1
    for i in range(node.size):
        occupied[node[i]] -= persons[i]
        if occupied[node[i]] < 0:
            wrong = node[i]
    return wrong
