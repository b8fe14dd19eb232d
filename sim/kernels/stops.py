"""What follows a stop: who is met, where those screened go, how holding ends."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import ALONE
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

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
def meet(
    rows: Index,
    leg: Index,
    records: Any,
    persons: U8,
    minors: U8,
    unaccompanied: U8,
    countries: Index,
    borders: Index,
    held: F64,
    country: Index,
    border: Index,
    met: Any,
) -> None:
    """Write what screening must know of those stopped: ``met``, records of ``screening.STOP``.

    ``countries``, ``borders`` and ``held`` hours are by leg; the first two are also written
    by party.
    """
    for i in range(rows.size):
        row, at = rows[i], leg[i]
        party, stop = records[row], met[i]
        country[i], border[i] = countries[at], borders[at]
        stop["country"], stop["held"] = countries[at], held[at]
        stop["persons"], stop["minors"] = persons[row], minors[row]
        stop["unaccompanied"], stop["family"] = unaccompanied[row], party["family"]
        stop["vulnerable"], stop["wish"] = party["vulnerable"], party["wish"]


@compiled
def sort_out(
    rows: Index,
    leg: Index,
    screened: Any,
    records: Any,
    head: Index,
    tail: Index,
    place_country: Index,
    lists: Any,
) -> tuple[int, int, int, int, int, int]:
    """List where those screened go, and take who is not left to the side that stopped it.

    ``lists``, shape (6, room), are positions of those left to be held; those who go into care as a
    whole; those whose victim does, without them; those in the asylum procedure; and of the second,
    then of the fourth, those taken over the line. The last is room. One found is no longer hidden.

    Returns:
        The lengths of the first four; of the fifth, how many go into care, and all.
    """
    left, whole, parts, claims, cared_over, claims_over = 0, 0, 0, 0, 0, 0
    for i in range(rows.size):
        stop = screened[i]
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
        over = place_country[head[leg[i]]] == stop["country"]
        party = records[rows[i]]
        party["node"] = head[leg[i]] if over else tail[leg[i]]
        if cared:
            party["vulnerable"] = False
            lists[1, whole], lists[4, cared_over] = i, i
            whole += 1
            cared_over += over
        else:
            lists[3, claims], lists[5, claims_over] = i, i
            claims += 1
            claims_over += over
    for j in range(claims_over):
        lists[4, cared_over + j] = lists[5, j]
    return left, whole, parts, claims, cared_over, cared_over + claims_over


@compiled
def take_over(
    rows: Index,
    leg: Index,
    country: Index,
    records: Any,
    head: Index,
    tail: Index,
    place_country: Index,
    across: Index,
) -> int:
    """Take victims and children to the side of the line that stopped them; none is hidden now.

    ``across`` are positions of those taken over it.

    Returns:
        How many these are.
    """
    crossing = 0
    for i in range(rows.size):
        over = place_country[head[leg[i]]] == country[i]
        party = records[rows[i]]
        party["node"] = head[leg[i]] if over else tail[leg[i]]
        party["vulnerable"] = False
        across[crossing] = i
        crossing += over
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
def take_note(
    rows: Index,
    base: U64,
    country: Index,
    records: Any,
    networks: Index,
    has_case: Mask,
    case_network: Index,
    weights: F64,
    told_weights: F64,
    talk: F64,
    salt: U64,
    inflow: F64,
) -> None:
    """Add evidence of guided parties intercepted: of each, and of those who tell of the network.

    ``networks`` is by offer, ``has_case`` by network; columns of cases have shape (cases,),
    ``inflow`` (cases, countries).
    """
    led, by = np.empty(rows.size, np.intp), np.empty(rows.size, np.intp)
    found = 0
    for i in range(rows.size):
        offer = records[rows[i]]["offer"]
        if offer != ALONE and has_case[networks[offer]]:
            led[found], by[found] = i, networks[offer]
            found += 1
    # All interceptions come before all talks, as sums are added in that order.
    for case in range(case_network.size):
        for j in range(found):
            if by[j] == case_network[case]:
                inflow[case, country[led[j]]] += weights[case]
    for case in range(case_network.size):
        for j in range(found):
            if by[j] != case_network[case]:
                continue
            if unit(drawn(base[led[j]], salt[0])) < talk[case]:
                inflow[case, country[led[j]]] += told_weights[case]


@compiled
def end_holding(
    rows: Index,
    leg: Index,
    fate: U8,
    retries: bool,
    records: Any,
    persons: U8,
    head: Index,
    tail: Index,
    place_country: Index,
    counts: Any,
    item: Any,
    month: Any,
    released: Mask,
    lists: Any,
) -> tuple[int, int, int]:
    """Put those whose holding ends where they stand; write who is released.

    ``lists``, shape (3, room) or more, are positions of those back at the tail who try again, of
    those who give up there, and of those in the asylum procedure at the head, who are counted in
    the ledger's ``counts``, shape (items, months, countries). Without ``retries`` nobody tries
    again.

    Returns:
        The lengths of the three.
    """
    again, quits, claims = 0, 0, 0
    for i in range(rows.size):
        row, at, what = rows[i], leg[i], fate[i]
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
    return again, quits, claims
