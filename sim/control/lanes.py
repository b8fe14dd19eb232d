"""Who sits where: officers of a post spread over its booths."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def staff_lanes(
    booths: F64, need: F64, lanes: F64, first: NDArray[np.intp], post_of: NDArray[np.intp]
) -> F64:
    """Spread the officers in booths of each post over its streams in proportion to need.

    Every stream with need is served before any gets a second officer; no stream has more than
    its lanes; officers beyond all lanes stay out of the booths. A fraction is an officer's
    share of the hour: one officer alternates between the streams of a small post.

    Args:
        booths: Officers in booths, shape (posts, hours).
        need: Work waiting and arriving, server-hours, shape (rows, hours).
        lanes: Lanes that exist, shape (rows, 1) or (rows, hours).
        first: First row of each post; rows are sorted by post.
        post_of: Post of each row.

    Returns:
        Officers in the booths of each row, shape (rows, hours).
    """
    wanted = (need > 0.0) & (lanes > 0.0)
    room = np.where(wanted, lanes, 0.0)
    streams = np.maximum(np.add.reduceat(wanted.astype(float), first, axis=0), 1.0)
    staffed = np.minimum(room, np.minimum(booths / streams, 1.0)[post_of])
    for claim in (np.where(wanted, need, 0.0), room):
        spare = np.maximum(booths - np.add.reduceat(staffed, first, axis=0), 0.0)
        left = room - staffed
        weight = np.where(left > 0.0, claim, 0.0)
        total = np.maximum(np.add.reduceat(weight, first, axis=0), 1e-300)
        staffed = staffed + np.minimum(left, weight * (spare / total)[post_of])
    return cast(F64, staffed)


def as_servers(officers: F64) -> tuple[NDArray[np.intp], F64]:
    """Return whole servers and the speed of each (0-1) that make up fractional officers."""
    servers = np.ceil(officers - 1e-9)
    np.maximum(servers, 0.0, out=servers)
    speed = np.divide(officers, servers, out=np.zeros_like(servers), where=servers > 0.0)
    return servers.astype(np.intp), speed
