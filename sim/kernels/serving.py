"""Serving in the order of a keyed priority, up to the room of each place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


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
def serve(where: Index, size: I64, room: F64, priority: U64, served: Mask) -> None:
    """Write which parties are served, each whole or not at all; see ``sim.serving.serve``.

    Parties that find too little room among others of their place are laid in a heap a place,
    out of which they come by priority as long as any of them could fit.
    """
    asked = np.zeros(room.size)
    for i in range(where.size):
        asked[where[i]] += size[i]
    ends = np.zeros(room.size + 1, np.intp)
    for i in range(where.size):
        place = where[i]
        served[i] = asked[place] <= room[place]
        if not served[i] and size[i] <= room[place]:
            ends[place + 1] += 1
    for place in range(room.size):
        ends[place + 1] += ends[place]
    if ends[room.size] == 0:
        return
    heap = np.empty(ends[room.size], np.intp)
    for i in range(where.size - 1, -1, -1):
        place = where[i]
        if asked[place] > room[place] and size[i] <= room[place]:
            ends[place + 1] -= 1
            heap[ends[place + 1]] = i
    # Each place begins where its end was, now that all of its parties are laid in.
    for place in range(room.size):
        begin = ends[place + 1]
        end = heap.size if place + 1 == room.size else ends[place + 2]
        if begin < end:
            _serve_place(heap, begin, end, size, room[place], priority, served)


@compiled
def _serve_place(
    heap: Index, begin: Any, end: Any, size: I64, left: Any, priority: U64, served: Mask
) -> None:
    """Serve the parties of one place, ``heap[begin:end]``, by priority while any can fit."""
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


@compiled
def admit(
    node: Index, persons: NDArray[Any], priority: U64, capacity: I64, occupied: I64, admitted: Mask
) -> None:
    """Write which parties get beds, and take those beds; ``capacity`` and ``occupied`` by node."""
    free = np.empty(capacity.size)
    for place in range(capacity.size):
        free[place] = capacity[place] - occupied[place]
    wanted = np.empty(node.size, np.int64)
    for i in range(node.size):
        wanted[i] = persons[i]
    serve(node, wanted, free, priority, admitted)
    for i in range(node.size):
        if admitted[i]:
            occupied[node[i]] += wanted[i]


@compiled
def house(records: Any, persons: U8, rows: Index, occupied: I64, node: Index) -> None:
    """Take parties in where they stand, whatever the room; write ``node`` of each."""
    for i in range(rows.size):
        at = np.intp(records[rows[i]]["node"])
        occupied[at] += persons[rows[i]]
        node[i] = at
