"""What is asked after stops and finds: who is asked about, by a draw each.

Of parties ``rows``, ``leg``, ``hour``, ``event`` (base of the draws) and ``country`` (that stopped
or found them) have shape (n,); ``records`` are the crowd's. ``salts`` and ``share`` (asked) are by
kind, ``sides`` by leg. ``network`` is by offer; ``first``, ``crews`` (its vehicles) and
``vehicle_salts`` are by network. ``requests`` are the records of the book of requests, with room
from number ``request`` on for all that may be asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.alerts import vehicle
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.requests import (
    DOCUMENT,
    IDENTITY,
    NOBODY_ASKED,
    SMUGGLING_INTELLIGENCE,
    VEHICLE,
    put,
)

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Index = NDArray[np.intp]

#: What lies on either side of a leg: country of its tail and of its head, its border, and the post
#: or sector that controls it; negative for none.
SIDES = np.dtype([
    ("tail", np.int16), ("head", np.int16), ("border", np.int16), ("station", np.int16),
])  # fmt: skip


@compiled
def ask(
    request: Any, what: Any, sides: Any, country: Any, event: Any, hour: Any, deadline: Any
) -> None:
    """Write a request of a country to the one on the other side of a leg."""
    tail, head = sides["tail"], sides["head"]
    put(
        request, what, country, head if tail == country else tail, sides["border"],
        sides["station"], event, hour, deadline,
    )  # fmt: skip


@compiled
def after_stops(
    which: Index, rows: Index, leg: Index, hour: I32, event: U64, country: Index, held: F64,
    salts: U64, share: F64, sides: Any, records: Any, network: Index, first: Index, crews: Index,
    vehicle_salts: U64, request: Any, requests: Any,
) -> Any:  # fmt: skip
    """Ask who those stopped are, then of those guided what is known of their network.

    It is asked about ``which`` of them, positions. An identity is of use for the hours for which
    a party is ``held``, which keeps the number of the request that asks for it.

    Returns:
        The number behind the last request.
    """
    for i in which:
        records[rows[i]]["request"] = NOBODY_ASKED
        if unit(drawn(event[i], salts[IDENTITY])) < share[IDENTITY]:
            ask(
                requests[request], IDENTITY, sides[leg[i]], country[i], event[i], hour[i],
                hour[i] + held[i],
            )  # fmt: skip
            records[rows[i]]["request"] = request
            request += 1
    for i in which:
        offer = records[rows[i]]["offer"]
        if offer >= 0 and (
            unit(drawn(event[i], salts[SMUGGLING_INTELLIGENCE])) < share[SMUGGLING_INTELLIGENCE]
        ):
            asked = requests[request]
            ask(asked, SMUGGLING_INTELLIGENCE, sides[leg[i]], country[i], event[i], hour[i], np.nan)
            asked["about"] = vehicle(event[i], offer, network, first, crews, vehicle_salts)
            asked["of_thing"] = True
            request += 1
    return request


@compiled
def after_finds(
    rows: Index, leg: Index, hour: I32, event: U64, country: Index, outcome: Any, refused: Any,
    salts: U64, share: F64, sides: Any, records: Any, network: Index, first: Index, crews: Index,
    vehicle_salts: U64, request: Any, requests: Any,
) -> Any:  # fmt: skip
    """Ask after documents and vehicles of those found, by what came of each: ``outcome``.

    After documents where it is the code ``refused``, after the vehicle of all others.

    Returns:
        The number behind the last request.
    """
    for i in range(rows.size):
        forged = outcome[i] == refused
        what = DOCUMENT if forged else VEHICLE
        if not unit(drawn(event[i], salts[what])) < share[what]:
            continue
        asked, party = requests[request], records[rows[i]]
        ask(asked, what, sides[leg[i]], country[i], event[i], hour[i], np.nan)
        offer = party["offer"]
        asked["of_thing"] = forged or offer >= 0
        if forged:
            asked["about"] = party["key"]
        elif offer >= 0:
            asked["about"] = vehicle(event[i], offer, network, first, crews, vehicle_salts)
        request += 1
    return request


@compiled
def told(
    answers: Any, lifetime: Any, requests: Any, ids: Index, hours: F64, about: U64, lists: Index,
    until: F64,
) -> int:  # fmt: skip
    """Write what goes on a list after answers, (n,): twice what each useful one is about.

    Once on the list of the country that asked, once on that of the one asked; ``about``, ``lists``
    and the hours ``until`` which it is listed have shape (2 n,), ``ids`` of the requests and
    ``hours`` of their answers (n,).

    Returns:
        How many answers these are.
    """
    count = 0
    for i in range(answers.size):
        number, hour = answers[i]["request"], answers[i]["hour"]
        request = requests[number]
        if not request["of_thing"]:
            continue
        request["of_thing"] = False
        if answers[i]["in_time"] and answers[i]["hit"]:
            ids[count], hours[count] = number, hour
            lists[2 * count], lists[2 * count + 1] = request["asking"], request["answering"]
            for k in range(2 * count, 2 * count + 2):
                about[k], until[k] = request["about"], hour + lifetime
            count += 1
    return count
