"""What is asked after stops and finds: who is asked about, by a draw each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]


@compiled
def after_stops(
    rows: Index,
    base: U64,
    offer: NDArray[np.int16],
    of_identity: int,
    of_network: int,
    salts: U64,
    asked: F64,
    which: Index,
    kind: U8,
) -> tuple[int, int]:
    """Write whose identity is asked, then whose network.

    Args:
        rows: Rows of the parties stopped, shape (n,).
        base: Base of their draws.
        offer: Column of the crowd; who goes alone is not asked of a network.
        of_identity: Kind of request.
        of_network: Kind of request.
        salts: By kind.
        asked: Share asked, by kind.
        which: Written, room for 2 n: positions of the parties.
        kind: Written, room for 2 n.

    Returns:
        How many identities are asked, and how many questions there are.
    """
    count = 0
    for i in range(rows.size):
        if unit(mixed(base[i] ^ salts[of_identity])) < asked[of_identity]:
            which[count] = i
            kind[count] = of_identity
            count += 1
    identities = count
    for i in range(rows.size):
        if offer[rows[i]] >= 0 and unit(mixed(base[i] ^ salts[of_network])) < asked[of_network]:
            which[count] = i
            kind[count] = of_network
            count += 1
    return identities, count


@compiled
def after_finds(
    base: U64,
    outcome: NDArray[np.int8],
    refused: int,
    of_document: int,
    of_vehicle: int,
    salts: U64,
    asked: F64,
    which: Index,
    kind: U8,
) -> int:
    """Write what finds are asked after, and return how many.

    Args:
        base: Base of the draws of those found, shape (n,).
        outcome: ``refused`` for a forged document, else somebody was hidden in a vehicle.
        refused: See above.
        of_document: Kind of request.
        of_vehicle: Kind of request.
        salts: By kind.
        asked: Share asked, by kind.
        which: Written, room for n: positions.
        kind: Written, room for n.
    """
    count = 0
    for i in range(base.size):
        about = of_document if outcome[i] == refused else of_vehicle
        if unit(mixed(base[i] ^ salts[about])) < asked[about]:
            which[count] = i
            kind[count] = about
            count += 1
    return count


@compiled
def concern(
    leg: Index,
    country: Index,
    tail: Index,
    head: Index,
    border: Index,
    station: Index,
    other: Index,
    at_border: Index,
    at_station: Index,
) -> None:
    """Write the country across the line, the border and the station of each question.

    Leg and asking country, (n,); countries of the tail and head, border and station by leg; then
    what is written, (n,).
    """
    for i in range(leg.size):
        by = leg[i]
        other[i] = head[by] if tail[by] == country[i] else tail[by]
        at_border[i] = border[by]
        at_station[i] = station[by]
