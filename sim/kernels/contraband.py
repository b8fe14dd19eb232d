"""Consignments at posts: whether an officer has the time to search one, and finds it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_MINUTES = 60.0
#: Vehicles an hour below which there is time for all.
_HARDLY_ANY = 1e-9


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
    begin: int,
    end: int,
    next_met: int,
    hour: int,
    until: int,
    flow: Index,
    when: F64,
    position: Index,
    referred: Mask,
    again: Mask,
    time: F64,
    draw: F64,
    wanted: F64,
    post: Index,
    hit: F64,
    minutes: F64,
    watched: F64,
    on_duty: I64,
    openers: I64,
    booth_share: F64,
    lanes: F64,
    tried: I64,
    found: Index,
    carried: Index,
) -> tuple[int, int, int, int]:
    """Let the consignments of a window come, and search those at posts.

    Args:
        begin: First consignment still to come.
        end: Behind the last one of the day.
        next_met: First of those still to come that may be searched.
        hour: First hour of the window.
        until: Hour behind the last one.
        flow: Flow of each consignment.
        when: Hour of each, ascending from ``begin`` to ``end``.
        position: Position of each that may be searched at a post, ascending, shape (m,).
        referred: Whether each was sent to the second line; else only its vehicle was seen before.
        again: Whether its vehicle was used before.
        time: Draw of whether there is time.
        draw: Draw of the search itself.
        wanted: Vehicles an hour sent to the second line.
        post: Post by flow, negative for one carried through a sector.
        hit: Chance that a search finds, by flow.
        minutes: Minutes of a search, by flow.
        watched: Hour until which vehicles of a flow are on the list.
        on_duty: Officers at work, (posts, hours of the window).
        openers: Those of them who may open a load.
        booth_share: Share of officers in booths, by post.
        lanes: Lanes of all streams, by post.
        tried: Added to, consignments by flow.
        found: Written, positions of those found, room for all that come.
        carried: Written, positions of those carried through a sector, likewise.

    Returns:
        The new ``begin`` and ``next_met``, and how many are found and carried.
    """
    finds, carries = 0, 0
    while begin < end and when[begin] < until:
        by = flow[begin]
        tried[by] += 1
        if post[by] < 0:
            carried[carries] = begin
            carries += 1
        elif next_met < position.size and position[next_met] == begin:
            i, where, now = next_met, post[by], np.intp(when[begin]) - hour
            next_met += 1
            able = np.float64(openers[where, now])
            if draw[i] < hit[by] and able > 0.0:
                searched = again[i] and watched[by] > when[begin]
                if referred[i] and not searched:
                    searched = time[i] < has_time(
                        able, np.float64(on_duty[where, now]), booth_share[where], lanes[where],
                        minutes[by], wanted[i],
                    )  # fmt: skip
                if searched:
                    found[finds] = begin
                    finds += 1
        begin += 1
    return begin, next_met, finds, carries
