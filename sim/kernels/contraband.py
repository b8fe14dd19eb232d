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
def search(
    position: Index,
    referred: Mask,
    again: Mask,
    time: F64,
    draw: F64,
    wanted: F64,
    flow: Index,
    when: F64,
    hour: int,
    post: Index,
    hit: F64,
    minutes: F64,
    watched: F64,
    on_duty: I64,
    openers: I64,
    booth_share: F64,
    lanes: F64,
    found: Index,
) -> int:
    """Write the positions of the consignments found, and return how many.

    Args:
        position: Positions of those that may be searched, shape (n,).
        referred: Whether each was sent to the second line; else only its vehicle was seen before.
        again: Whether its vehicle was used before.
        time: Draw of whether there is time.
        draw: Draw of the search itself.
        wanted: Vehicles an hour sent to the second line.
        flow: Flow by position.
        when: Hour by position.
        hour: First hour of the window.
        post: Post by flow.
        hit: Chance that a search finds, by flow.
        minutes: Minutes of a search, by flow.
        watched: Hour until which vehicles of a flow are on the list.
        on_duty: Officers at work, (posts, hours of the window).
        openers: Those of them who may open a load.
        booth_share: Share of officers in booths, by post.
        lanes: Lanes of all streams, by post.
        found: Written, room for n.
    """
    count = 0
    for i in range(position.size):
        at = position[i]
        by = flow[at]
        where = post[by]
        now = np.intp(when[at]) - hour
        able = np.float64(openers[where, now])
        if not (draw[i] < hit[by] and able > 0.0):
            continue
        searched = again[i] and watched[by] > when[at]
        if referred[i] and not searched:
            duty = np.float64(on_duty[where, now])
            second = duty
            if booth_share[where] < 1.0:
                second = duty - min(duty * booth_share[where], lanes[where])
            share = second / duty if duty > 0.0 else 0.0
            capacity = able * share * _MINUTES / minutes[by]
            searched = time[i] < min(1.0, capacity / max(wanted[i], _HARDLY_ANY))
        if searched:
            found[count] = at
            count += 1
    return count
