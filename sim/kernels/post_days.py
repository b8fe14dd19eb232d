"""Days of the posts' queues moved side by side (``sim.control.post_days``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]


@compiled
def number_alike(words: U64, slots: I64, first: I64, number: I64) -> Any:
    """Number rows, equal ones alike, in the order in which they are first met.

    Args:
        words: Bits of the rows, shape (n, width).
        slots: Room to look rows up, a power of two larger than n, -1 everywhere.
        first: To be written: first row of each number; room for n.
        number: To be written, shape (n,).

    Returns:
        How many numbers there are.
    """
    count, width = words.shape
    last, met = slots.size - 1, 0
    for i in range(count):
        bits = np.uint64(0)
        for k in range(width):
            bits = mixed(bits ^ words[i, k])
        at = np.int64(bits >> np.uint64(1)) & last
        while slots[at] >= 0:
            other, same = first[slots[at]], True
            for k in range(width):
                if words[other, k] != words[i, k]:
                    same = False
                    break
            if same:
                break
            at = (at + 1) & last
        if slots[at] < 0:
            slots[at] = met
            first[met] = i
            met += 1
        number[i] = slots[at]
    return met


@compiled
def keep(
    lines: I64, of: I64, source: I64, post: I64, copy: I64, window: I64,
    now_served: F64, now_waited: F64, now_waiting: F64, now_service: F64, now_manned: Mask,
    now_present: F64, now_variance: F64, now_resting: Mask, now_carried: F64,
    served: F64, waited: F64, waiting: F64, service: F64, staffed: Mask,
    present: F64, variance: F64, resting: Mask, carried: F64, otherwise: Mask,
) -> None:  # fmt: skip
    """Write what came of a window that copies moved, for all movers; say whose ends otherwise.

    Args:
        lines: Lines of all movers, shape (m,).
        of: Mover of each line.
        source: Line of the copies that each stands for.
        post: Post of each mover, shape (movers,).
        copy: Copy that moves it.
        window: Window it was moved over.
        now_served: Units served by the copies' lines, shape (hours, copies' lines).
        now_waited: Unit-hours waited, same shape.
        now_waiting: Units that wait at the end, shape (copies' lines,); so are the next five.
        now_service: Units an hour and server.
        now_manned: Whether an officer sits there.
        now_present: Units present.
        now_variance: Variance of the number present.
        now_resting: Whether the line is at rest, its variance being written as 0.
        now_carried: Units on the way to the second line, shape (copies,).
        served: To be written, shape (all lines, windows, hours); so is the next.
        waited: Unit-hours waited.
        waiting: To be written, shape (all lines, windows); so are the next two.
        service: Units an hour and server.
        staffed: Whether an officer sits there.
        present: What stands at each window's start, shape (all lines, windows + 1); written at
            the end of the window, as are the next three.
        variance: Its variance.
        resting: Whether the line is at rest.
        carried: Units on the way to the second line, shape (posts, windows + 1).
        otherwise: To be written: whether a mover ends otherwise than before, shape (movers,).
    """
    for mover in range(post.size):
        end, units = window[mover] + 1, now_carried[copy[mover]]
        otherwise[mover] = carried[post[mover], end] != units
        carried[post[mover], end] = units
    for i in range(lines.size):
        line, at, when = lines[i], source[i], window[of[i]]
        for hour in range(now_served.shape[0]):
            served[line, when, hour] = now_served[hour, at]
            waited[line, when, hour] = now_waited[hour, at]
        waiting[line, when] = now_waiting[at]
        service[line, when] = now_service[at]
        staffed[line, when] = now_manned[at]
        spread = 0.0 if now_resting[at] else now_variance[at]
        if (
            present[line, when + 1] != now_present[at]
            or variance[line, when + 1] != spread
            or resting[line, when + 1] != now_resting[at]
        ):
            otherwise[of[i]] = True
        present[line, when + 1] = now_present[at]
        variance[line, when + 1] = spread
        resting[line, when + 1] = now_resting[at]
