"""What is asked after stops and finds: who is asked about, by a draw each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.alerts import vehicle
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@compiled
def ask(
    request: Any,
    what: Any,
    by: Any,
    country: Any,
    event: Any,
    hour: Any,
    until: Any,
    tail: Index,
    head: Index,
    at_border: Index,
    at_station: Index,
    kind: U8,
    asking: I16,
    answering: I16,
    border: I16,
    station: I16,
    key: U64,
    asked: F64,
    deadline: F64,
) -> None:
    """Write one request of a kind to the country across the line from one; columns as below."""
    kind[request] = what
    asking[request] = country
    answering[request] = head[by] if tail[by] == country else tail[by]
    border[request] = at_border[by]
    station[request] = at_station[by]
    key[request] = event
    asked[request] = hour
    deadline[request] = until


@compiled
def after_stops(
    rows: Index,
    leg: Index,
    hour: NDArray[np.int32],
    event: U64,
    country: Index,
    held: F64,
    of_identity: int,
    of_network: int,
    nobody_asked: int,
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
    identity: NDArray[np.int32],
) -> int:
    """Ask who those stopped are, then of those guided what is known of their network.

    Arguments as in ``after_finds``, and:

    Args:
        rows: Rows of those stopped, shape (n,).
        leg: Leg of each.
        hour: Hour of each.
        event: Base of its draws.
        country: Country that stopped it.
        held: Hours for which it is held.
        of_identity: Kind of request.
        of_network: Kind of request.
        nobody_asked: What stands for no request.
        salts: By kind.
        share: Share asked, by kind.
        tail: As in ``after_finds``; so all up to the last.
        head: See above.
        at_border: See above.
        at_station: See above.
        records: See above.
        network: See above.
        first: See above.
        crews: See above.
        vehicle_salts: See above.
        request: See above.
        kind: See above.
        asking: See above.
        answering: See above.
        border: See above.
        station: See above.
        key: See above.
        asked: See above.
        deadline: See above.
        about: See above.
        of_thing: See above.
        identity: Written, by row: the request that asks who a party is.

    Returns:
        The number behind the last request.
    """
    for i in range(rows.size):
        identity[rows[i]] = nobody_asked
        if unit(drawn(event[i], salts[of_identity])) < share[of_identity]:
            ask(
                request, of_identity, leg[i], country[i], event[i], hour[i], hour[i] + held[i],
                tail, head, at_border, at_station, kind, asking, answering, border, station, key,
                asked, deadline,
            )  # fmt: skip
            identity[rows[i]] = request
            request += 1
    for i in range(rows.size):
        offer = records[rows[i]]["offer"]
        if offer >= 0 and unit(drawn(event[i], salts[of_network])) < share[of_network]:
            ask(
                request, of_network, leg[i], country[i], event[i], hour[i], np.nan, tail, head,
                at_border, at_station, kind, asking, answering, border, station, key, asked,
                deadline,
            )  # fmt: skip
            carries = vehicle(event[i], offer, network, first, crews, vehicle_salts)
            about[request] = np.uint64(carries)
            of_thing[request] = True
            request += 1
    return request


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
        if not unit(drawn(event[i], salts[what])) < share[what]:
            continue
        row = rows[i]
        ask(
            request, what, leg[i], country[i], event[i], hour[i], np.nan, tail, head, at_border,
            at_station, kind, asking, answering, border, station, key, asked, deadline,
        )  # fmt: skip
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
