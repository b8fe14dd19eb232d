"""What is asked after stops and finds: who is asked about, by a draw each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.alerts import vehicle
from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]
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
    rows: Index,
    leg: Index,
    hour: NDArray[np.int32],
    event: U64,
    country: Index,
    outcome: NDArray[np.int8],
    refused: int,
    of_document: int,
    of_vehicle: int,
    salts: U64,
    share: F64,
    tail: Index,
    head: Index,
    at_border: Index,
    at_station: Index,
    records: NDArray[Any],
    network: Index,
    first: Index,
    crews: Index,
    vehicle_salts: U64,
    request: int,
    kind: U8,
    asking: I16,
    answering: I16,
    border: I16,
    station: I16,
    key: U64,
    asked: F64,
    deadline: F64,
    about: U64,
    of_thing: Mask,
) -> int:
    """Ask after finds, and return the number behind the last request.

    Args:
        rows: Rows of those found, shape (n,).
        leg: Leg of each.
        hour: Hour of each.
        event: Base of its draws.
        country: Country that found it.
        outcome: ``refused`` for a forged document, else somebody was hidden in a vehicle.
        refused: See above.
        of_document: Kind of request.
        of_vehicle: Kind of request.
        salts: By kind.
        share: Share asked, by kind.
        tail: Country of a leg's tail, by leg.
        head: Country of its head, by leg.
        at_border: Border, by leg.
        at_station: Post or sector, by leg.
        records: Records of the crowd.
        network: Network of each offer.
        first: First vehicle of each network.
        crews: Vehicles of each network.
        vehicle_salts: By network.
        request: Number of the first request to be written.
        kind: Column of the book of requests; so are the next seven.
        asking: See above.
        answering: See above.
        border: See above.
        station: See above.
        key: See above.
        asked: See above.
        deadline: See above.
        about: Written, by request: a vehicle, or the key of a document.
        of_thing: Written, by request: whether it is about either.
    """
    for i in range(rows.size):
        forged = outcome[i] == refused
        what = of_document if forged else of_vehicle
        if not unit(mixed(event[i] ^ salts[what])) < share[what]:
            continue
        by, row = leg[i], rows[i]
        kind[request] = what
        asking[request] = country[i]
        answering[request] = head[by] if tail[by] == country[i] else tail[by]
        border[request] = at_border[by]
        station[request] = at_station[by]
        key[request] = event[i]
        asked[request] = hour[i]
        deadline[request] = np.nan
        offer = records[row]["offer"]
        of_thing[request] = forged or offer >= 0
        if forged:
            about[request] = records[row]["key"]
        elif offer >= 0:
            carries = vehicle(event[i], offer, network, first, crews, vehicle_salts)
            about[request] = np.uint64(carries)
        request += 1
    return request


@compiled
def told(ids: Index, in_time: Mask, hit: Mask, of_thing: Mask, which: Index) -> int:
    """Write which answers, columns (n,), name a thing that goes on a list; return how many.

    A request is ``of_thing`` until it is answered.
    """
    count = 0
    for i in range(ids.size):
        if of_thing[ids[i]]:
            of_thing[ids[i]] = False
            if in_time[i] and hit[i]:
                which[count] = i
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
