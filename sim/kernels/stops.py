"""What follows a stop: who is met, where those screened go, how holding ends."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.requests import BY_NOBODY, NOBODY_ASKED, settled
from sim.kernels.screening import count

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: What becomes of a party that was intercepted and registered (uint8).
BACK: Final = 0  #: back at the tail of the leg
RELEASED: Final = 1  #: released at its head
GAVE_UP: Final = 2
ASYLUM: Final = 3


@compiled
def take_note(
    rows: Index,
    base: U64,
    country: Index,
    records: Any,
    investigated: Index,
    case_network: Index,
    weights: F64,
    talk: F64,
    salt: Any,
    inflow: F64,
) -> None:
    """Add evidence of guided parties intercepted: of each, and of those who tell of the network.

    ``investigated`` is the network of an offer, negative where it has no case. Columns of cases
    have shape (cases,); ``weights``, of a party intercepted and of one that tells, (2, cases);
    ``inflow`` (cases, countries).
    """
    led, by = np.empty(rows.size, np.intp), np.empty(rows.size, np.intp)
    found = 0
    for i in range(rows.size):
        offer = records[rows[i]]["offer"]
        if offer != ALONE and investigated[offer] >= 0:
            led[found], by[found] = i, investigated[offer]
            found += 1
    # All interceptions come before all talks, as sums are added in that order.
    for case in range(case_network.size):
        for j in range(found):
            if by[j] == case_network[case]:
                inflow[case, country[led[j]]] += weights[0, case]
    for case in range(case_network.size):
        for j in range(found):
            if by[j] != case_network[case]:
                continue
            if unit(drawn(base[led[j]], salt)) < talk[case]:
                inflow[case, country[led[j]]] += weights[1, case]


@compiled
def meet(
    rows: Index,
    leg: Index,
    base: U64,
    records: Any,
    persons: U8,
    minors: U8,
    unaccompanied: U8,
    countries: Index,
    borders: Index,
    held_by_leg: F64,
    investigated: Index,
    case_network: Index,
    weights: F64,
    talk: F64,
    salt: Any,
    inflow: F64,
    country: Index,
    border: Index,
    held: F64,
    met: Any,
) -> None:
    """Register those stopped: what screening must know, and what investigations gain by it.

    The former are ``met``, records of ``screening.STOP``; the latter is ``take_note``'s.

    ``countries``, ``borders`` and hours that they are held are by leg; by party they are written
    into ``country``, ``border`` and ``held``.
    """
    for i in range(rows.size):
        row, at = rows[i], leg[i]
        party, stop = records[row], met[i]
        country[i], border[i], held[i] = countries[at], borders[at], held_by_leg[at]
        stop["country"], stop["held"] = countries[at], held_by_leg[at]
        stop["persons"], stop["minors"] = persons[row], minors[row]
        stop["unaccompanied"], stop["family"] = unaccompanied[row], party["family"]
        stop["vulnerable"], stop["wish"] = party["vulnerable"], party["wish"]
    if case_network.size:
        take_note(
            rows, base, country, records, investigated, case_network, weights, talk, salt, inflow
        )


@compiled
def sort_out(
    rows: Index,
    leg: Index,
    screened: Any,
    records: Any,
    side: Index,
    over: Mask,
    counts: Any,
    month: Any,
    lists: Any,
) -> tuple[int, int, int, int, int, int]:
    """List where those screened go, and take who is not left to the side that stopped it.

    They are counted in the ledger's ``counts``, shape (items, months, countries). By leg, ``side``
    is the place on the side of its officers, and ``over`` whether it is the one it leads to.
    ``lists``, shape (6, room), are positions of those left to be held; those who go into care as a
    whole; those whose victim does, without them; those in the asylum procedure; and of the second,
    then of the fourth, those taken over the line. The last is room. One found is no longer hidden.

    Returns:
        The lengths of the first four; of the fifth, how many go into care, and all.
    """
    left, whole, parts, claims, cared_over, claims_over = 0, 0, 0, 0, 0, 0
    for i in range(rows.size):
        stop = screened[i]
        count(counts, month, stop)
        persons = stop["persons"]
        cared = stop["referred"] > 0 and stop["referred"] >= persons
        if stop["identified"]:
            cared = cared or persons == 1 or stop["family"]
            if not cared:
                lists[2, parts] = i
                parts += 1
        if not cared and not stop["claim_registered"]:
            lists[0, left] = i
            left += 1
            continue
        party, crosses = records[rows[i]], over[leg[i]]
        party["node"] = side[leg[i]]
        if cared:
            party["vulnerable"] = False
            lists[1, whole], lists[4, cared_over] = i, i
            whole += 1
            cared_over += crosses
        else:
            lists[3, claims], lists[5, claims_over] = i, i
            claims += 1
            claims_over += crosses
    for j in range(claims_over):
        lists[4, cared_over + j] = lists[5, j]
    return left, whole, parts, claims, cared_over, cared_over + claims_over


@compiled
def take_over(rows: Index, leg: Index, records: Any, side: Index, over: Mask, across: Index) -> int:
    """Take victims and children to the side of the line that stopped them; none is hidden now.

    ``side`` and ``over`` are as in ``sort_out``; ``across`` are positions of those taken over it.

    Returns:
        How many these are.
    """
    crossing = 0
    for i in range(rows.size):
        party = records[rows[i]]
        party["node"], party["vulnerable"] = side[leg[i]], False
        across[crossing] = i
        crossing += over[leg[i]]
    return crossing


@compiled
def dispose(leg: Index, base: U64, salts: U64, edges: Any, fate: U8) -> None:
    """Write what becomes of those whose holding ends; ``salts`` and ``edges``, (3, legs), by leg.

    The fate is the number of edges that a draw is not below.
    """
    for i in range(leg.size):
        at = leg[i]
        u = unit(drawn(base[i], salts[at]))
        above = 0
        for k in range(3):
            above += u >= edges[k, at]
        fate[i] = above


@compiled
def take_evidence(
    answers: Any,
    requests: Any,
    first_vehicle: Index,
    case_network: Index,
    weights: F64,
    inflow: F64,
) -> None:
    """Add evidence of answers in time that hold what was asked of a network, each once.

    ``answers`` are ``requests.ANSWER``, ``requests`` the book's records; ``first_vehicle`` is by
    network. ``weights`` of an answer have shape (cases,), ``inflow`` (cases, countries).
    """
    for i in range(answers.size):
        request = requests[answers[i]["request"]]
        if not (answers[i]["in_time"] and answers[i]["hit"]) or request["in_evidence"]:
            continue
        request["in_evidence"] = True
        vehicle = np.int64(request["about"])
        network = 0
        while network + 1 < first_vehicle.size and first_vehicle[network + 1] <= vehicle:
            network += 1
        for case in range(case_network.size):
            if case_network[case] == network:
                inflow[case, request["answering"]] += weights[case]


@compiled
def unsettled(party: Any, requests: Any, hour: Any) -> Any:
    """Return whether it was asked who a party is, and no answer by an hour has settled it.

    The request that asked for it is done with.
    """
    number = party["request"]
    if number == NOBODY_ASKED or requests[number]["route"] == BY_NOBODY:
        return False
    party["request"] = NOBODY_ASKED
    return not settled(requests[number], np.float64(hour))


@compiled
def end_holding(
    rows: Index,
    leg: Index,
    hour: I32,
    fate: U8,
    retries: bool,
    records: Any,
    persons: U8,
    requests: Any,
    head: Index,
    tail: Index,
    place_country: Index,
    counts: Any,
    item: Any,
    month: Any,
    released: Mask,
    lists: Any,
) -> tuple[int, int, int, int]:
    """Put those whose holding ends where they stand; write who is released.

    Released are those too who would be sent back, and whose identity was asked of the book of
    ``requests`` and is not settled.
    ``lists``, shape (3, room) or more, are positions of those back at the tail who try again, of
    those who give up there, and of those in the asylum procedure at the head, who are counted in
    the ledger's ``counts``, shape (items, months, countries). Without ``retries`` nobody tries
    again.

    Returns:
        The lengths of the three, and how many are released for want of an answer.
    """
    again, quits, claims, waived = 0, 0, 0, 0
    for i in range(rows.size):
        row, at = rows[i], leg[i]
        what: Any = fate[i]
        if unsettled(records[row], requests, hour[i]) and what == BACK:
            what = RELEASED
            waived += 1
        released[i] = what == RELEASED
        if what == BACK and retries:
            records[row]["node"] = tail[at]
            lists[0, again] = i
            again += 1
        elif what in (BACK, GAVE_UP):
            records[row]["node"] = tail[at]
            lists[1, quits] = i
            quits += 1
        elif what == ASYLUM:
            records[row]["node"] = head[at]
            counts[item, month, place_country[head[at]]] += persons[row]
            lists[2, claims] = i
            claims += 1
    return again, quits, claims, waived
