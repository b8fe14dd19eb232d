"""Who sits where: officers of a post spread over its booths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def staff_lanes(
    booths: F64, need: F64, lanes: F64, first: NDArray[np.intp], post_of: NDArray[np.intp]
) -> F64:
    """Spread the officers in booths of each post over its streams in proportion to need.

    With an officer or more for each stream, every stream has one before any gets a second; the
    rest go by need, and no stream has more than its lanes. With fewer, officers go to and fro:
    a stream has what the others leave, or its share by need if they leave less; what they leave
    idle is there for each of them, so that such a post's rows may sum to more than its officers.

    Args:
        booths: Officers in booths, shape (posts, hours).
        need: Work that comes and waits, server-hours, above 0, shape (rows, hours).
        lanes: Lanes that exist, shape (rows, 1).
        first: First row of each post; rows are sorted by post.
        post_of: Post of each row.

    Returns:
        Officers in the booths of each row, shape (rows, hours); a fraction is a slower officer.
    """
    wanted = np.where(lanes > 0.0, need, 0.0)
    total = np.maximum(np.add.reduceat(wanted, first, axis=0), 1e-300)
    streams = np.add.reduceat((lanes > 0.0).astype(float), first, axis=0)
    few = booths < streams
    staffed: F64 = np.minimum(lanes, 1.0) * np.ones_like(need)
    for claim in (wanted, lanes):
        left = lanes - staffed
        weight = np.where(left > 0.0, claim, 0.0)
        spare = np.maximum(booths - np.add.reduceat(staffed, first, axis=0), 0.0)
        each = spare / np.maximum(np.add.reduceat(weight, first, axis=0), 1e-300)
        staffed = staffed + np.minimum(left, weight * each[post_of])
    if few.any():
        by_need = wanted * (booths / total)[post_of]
        unused = (booths - total)[post_of] + wanted
        shared = np.minimum(np.maximum(by_need, unused), np.minimum(lanes, 1.0))
        staffed = np.where(few[post_of], np.minimum(shared, booths[post_of]), staffed)
    return staffed


def as_servers(officers: F64) -> tuple[NDArray[np.intp], F64]:
    """Return whole servers and the speed of each (0-1) that make up fractional officers."""
    servers = np.ceil(officers - 1e-9)
    np.maximum(servers, 0.0, out=servers)
    speed = np.divide(officers, servers, out=np.zeros_like(servers), where=servers > 0.0)
    return servers.astype(np.intp), speed
