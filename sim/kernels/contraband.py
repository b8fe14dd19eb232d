"""Consignments at posts: whether an officer has the time to search one, and finds it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.requests import put

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
_MINUTES = 60.0
#: Vehicles an hour below which there is time for all.
_HARDLY_ANY = 1e-9

#: A consignment that an officer at a post may search: its position among all; whether it was sent
#: to the second line, and whether its vehicle was used before, which may be on a list; draws of
#: whether there is time and of the search; vehicles an hour sent to the second line then.
MET = np.dtype([
    ("position", np.intp), ("time", np.float64), ("search", np.float64), ("wanted", np.float64),
    ("referred", np.bool_), ("again", np.bool_),
], align=True)  # fmt: skip
#: A flow: post, negative for one carried through a sector; chance that a search finds, and its
#: minutes; hour until which its vehicles are on the list; consignments that came, were found, and
#: what these held. Of requests after finds: kind, share of finds after which it is asked, country
#: that asks, country asked (negative for none), border, and station of the rosters.
FLOW = np.dtype([
    ("post", np.intp), ("hit", np.float64), ("minutes", np.float64), ("watched", np.float64),
    ("tried", np.int64), ("found", np.int64), ("quantity", np.float64), ("kind", np.int64),
    ("asked", np.float64), ("asking", np.int64), ("partner", np.int64), ("border", np.int64),
    ("station", np.int64),
])  # fmt: skip


@compiled
def has_time(
    able: float, duty: float, booth_share: float, lanes: float, minutes: float, wanted: float
) -> float:
    """Return the share of vehicles sent to the second line that can be searched.

    Args:
        able: Officers who may open a load.
        duty: Officers at work.
        booth_share: Share of them in booths.
        lanes: Lanes of all streams.
        minutes: Minutes of a search.
        wanted: Vehicles an hour sent to the second line.
    """
    second = duty
    if booth_share < 1.0:
        second = duty - min(duty * booth_share, lanes)
    officers = able * (second / duty if duty > 0.0 else 0.0)
    return min(1.0, officers * _MINUTES / minutes / max(wanted, _HARDLY_ANY))


@compiled
def meet(
    begin: int, end: int, next_met: int, until: int, flow: Index, when: F64, met: Any, flows: Any,
    planned_from: int, on_duty: I64, openers: I64, booth_share: F64, first: Index, lanes: F64,
    found: Index, carried: Index,
) -> tuple[int, int, int, int, float]:  # fmt: skip
    """Let the consignments of a window come, and search those at posts.

    Args:
        begin: First consignment still to come.
        end: Behind the last one of the day.
        next_met: First of those still to come that may be searched.
        until: Hour behind the last one of the window.
        flow: Flow of each consignment.
        when: Hour of each, ascending from ``begin`` to ``end``.
        met: Those that may be searched at a post, ``MET``, by position, shape (m,).
        flows: The flows, ``FLOW``; how many came is added to.
        planned_from: First hour of the next two.
        on_duty: Officers at work, (posts, hours).
        openers: Those of them who may open a load.
        booth_share: Share of officers in booths, by post.
        first: First stream of each post.
        lanes: Lanes of each stream.
        found: Written, positions of those found, room for all that come.
        carried: Written, positions of those carried through a sector, likewise.

    Returns:
        The new ``begin`` and ``next_met``; how many are found and carried; and the hour of the
        next consignment of the day, infinite for none.
    """
    finds, carries = 0, 0
    while begin < end and when[begin] < until:
        by = flows[flow[begin]]
        by["tried"] += 1
        if by["post"] < 0:
            carried[carries] = begin
            carries += 1
        elif next_met < met.size and met[next_met]["position"] == begin:
            load, where, now = met[next_met], by["post"], np.intp(when[begin]) - planned_from
            next_met += 1
            able = np.float64(openers[where, now])
            if load["search"] < by["hit"] and able > 0.0:
                searched = load["again"] and by["watched"] > when[begin]
                if load["referred"] and not searched:
                    behind = first[where + 1] if where + 1 < first.size else lanes.size
                    every = 0.0
                    for stream in range(first[where], behind):
                        every += lanes[stream]
                    searched = load["time"] < has_time(
                        able, np.float64(on_duty[where, now]), booth_share[where], every,
                        by["minutes"], load["wanted"],
                    )  # fmt: skip
                if searched:
                    found[finds] = begin
                    finds += 1
        begin += 1
    return begin, next_met, finds, carries, when[begin] if begin < end else np.inf


@compiled
def seize(
    which: Index, flow: Index, when: F64, base: U64, size: F64, flows: Any, salt: Any,
    request: Any, requests: Any,
) -> Any:  # fmt: skip
    """Count consignments found, and ask those across the line after some, if there are any.

    Args:
        which: Positions of those found, shape (m,).
        flow: Flow of each consignment.
        when: Hour of each.
        base: Base of its draws.
        size: What it holds.
        flows: The flows, ``FLOW``; added to.
        salt: Of the draw for asking.
        request: Number of the first request.
        requests: Records of the book of requests, with room for m.

    Returns:
        The number behind the last request.
    """
    for at in which:
        by = flows[flow[at]]
        by["found"] += 1
        by["quantity"] += size[at]
        if by["partner"] >= 0 and unit(drawn(base[at], salt)) < by["asked"]:
            put(
                requests[request], by["kind"], by["asking"], by["partner"], by["border"],
                by["station"], base[at], when[at], np.nan,
            )  # fmt: skip
            requests[request]["about"] = flow[at]
            request += 1
    return request
