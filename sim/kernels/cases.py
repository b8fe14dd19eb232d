"""Cases of readmission along the track, and off it: events, ends, and what is put on file.

``cases`` are records of the open ones and ``files`` of all, see ``sim.cooperation.cases.CaseBook``;
tables of tracks are those of ``sim.kernels.tracks``. Hours are since start, with minutes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.case_codes import (
    ACCEPTED,
    CHAINS,
    CHILDREN,
    CLAIMANTS,
    CLAIMED,
    CLAIMS,
    CLOSED,
    ENTERING,
    LAPSED,
    NOT_REQUESTED,
    NOWHERE,
    OPEN,
    OVER,
    PREPARING,
    QUITTERS,
    READMITTED,
    REFUSED,
    REQUESTED,
    TRANSFERRED,
    WISH,
)
from sim.kernels.compiling import compiled
from sim.kernels.handovers import book_handovers, carry_bookings, sort_by_consent
from sim.kernels.hashing import drawn, unit
from sim.kernels.requests import NOWHERE as NO_STATION, READMISSION, put
from sim.kernels.tracks import (
    ANSWER,
    ANSWER_WITHIN,
    BORDER,
    CONSENT,
    EXTENSION,
    MOVES_ON,
    PLACE,
    REQUESTED as ASKED_STATE,
    REQUESTING,
    deadline as limit_of,
    worked_until,
)

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Handed over by a state it had been handed over to at most so long ago: a chain return.
CHAIN_HOURS: Final = 14 * 24.0


@compiled
def close(case: Any, result: Any) -> None:
    """End a case at the hour of its event; nothing more happens in it."""
    case["stage"], case["result"] = CLOSED, result
    case["ended"] = case["next"]
    case["next"] = np.inf


@compiled
def ask(case: Any, who: Index, terms: F64, ends: Any, midnights: F64, sessions: F64) -> Any:
    """Make a request in time, or never; then the answer's clock runs. Return whether it is made."""
    request = case["request"]
    # Never asked for: a request at no hour, with the end of holding as its deadline.
    if request > case["deadline"]:
        close(case, NOT_REQUESTED if np.isinf(request) else LAPSED)
        return False
    t = np.intp(case["track"])
    answer = worked_until(t, request, terms[ANSWER, t] * case["work"], who, sessions)
    country = who[ASKED_STATE, t]
    limit = limit_of(terms[ANSWER_WITHIN, t], ends[ANSWER_WITHIN, t], country, request, midnights)
    if answer > limit and case["extends"]:
        # A limit in days ends at a midnight: the extension's days follow the day before it.
        event = limit - 1e-6 if np.isnan(terms[EXTENSION, t]) else limit
        limit = limit_of(terms[EXTENSION, t], ends[EXTENSION, t], country, event, midnights)
        case["extended"] = True
    case["stage"] = REQUESTED
    case["deadline"], case["answer"], case["silent"] = limit, answer, answer > limit
    case["next"] = min(min(answer, limit), case["claim"])
    return True


@compiled
def agreed_to(case: Any, evidence: Any, who: Index) -> Any:
    """Take an answer, or silence for what the track makes of it; return whether it is yes."""
    case["evidence"] = evidence
    yes = case["agrees"] or (evidence and case["persuaded"])
    silent = case["silent"]
    if silent:
        case["answer"] = np.nan
        yes = who[CONSENT, case["track"]] == 1
    if not yes:
        close(case, LAPSED if silent else REFUSED)
    return yes


@compiled
def put_on_file(case: Any, filed: Any) -> None:
    """Write what a case has come to into its record on file."""
    silent, result = case["silent"], case["result"]
    accepted = case["stage"] == ACCEPTED
    asked = accepted or silent or np.isfinite(case["answer"])
    asked = asked or result in (TRANSFERRED, REFUSED)
    answered = not silent and (accepted or case["answer"] <= case["ended"])
    filed["party"], filed["track"], filed["persons"] = case["party"], case["track"], case["persons"]
    filed["opened"], filed["ended"], filed["result"] = case["opened"], case["ended"], result
    filed["requested_at"] = case["request"] if asked else np.nan
    filed["answered_at"] = case["answer"] if answered else np.nan
    filed["deadline"], filed["extended"] = case["deadline"], case["extended"]
    filed["evidence"], filed["silent"] = case["evidence"], silent
    filed["moved_on"], filed["chain"] = case["moved_on"], case["chain"]


@compiled
def file_open(cases: Any, files: Any) -> None:
    """Put on file how all cases stand that are not closed."""
    for i in range(cases.size):
        if cases[i]["stage"] != CLOSED:
            put_on_file(cases[i], files[cases[i]["number"]])


@compiled
def let_happen(
    mine: Index, hour: I32, cases: Any, who: Index, terms: F64, ends: Any, midnights: F64,
    sessions: F64, handovers: F64, booked: F64, moved: bool, old_times: F64, requests: Any,
    first_request: Any, enquired: Any, enquiring: Any,
) -> tuple[int, bool]:  # fmt: skip
    """Let everything happen that is due in the cases ``mine``, in order of time; see ``advance``.

    Returns:
        How many requests were put down, and whether bookings were carried over.
    """
    count, asked, carried = mine.size, 0, False
    due, until, agreed = mine.copy(), hour.copy(), np.empty_like(mine)
    while True:
        left, yes = 0, 0
        for i in range(count):
            at = due[i]
            case = cases[at]
            if not case["next"] <= until[i]:
                continue
            due[left], until[left] = at, until[i]
            left += 1
            if case["claim"] <= case["next"]:
                close(case, CLAIMED)
            elif case["stage"] == PREPARING:
                if ask(case, who, terms, ends, midnights, sessions) and (
                    unit(drawn(case["base"], enquiring)) < enquired
                ):
                    t = case["track"]
                    # Of use until the answer is given.
                    put(
                        requests[first_request + asked], READMISSION, who[REQUESTING, t],
                        who[ASKED_STATE, t], who[BORDER, t], NO_STATION, case["base"],
                        np.ceil(case["request"]), min(case["answer"], case["deadline"]),
                    )  # fmt: skip
                    case["enquiry"] = first_request + asked
                    asked += 1
            elif case["stage"] == REQUESTED:
                number, evidence = case["enquiry"], False
                if 0 <= number < first_request:
                    request = requests[number]
                    by = min(request["deadline"], case["next"])
                    evidence = request["answered"] <= by and request["hit"]
                if agreed_to(case, evidence, who):
                    agreed[yes] = at
                    yes += 1
            else:
                close(case, TRANSFERRED if case["transfer"] <= case["deadline"] else LAPSED)
        if yes:
            if moved and not carried:
                carry_bookings(booked, old_times, who, handovers)
                carried = True
            sort_by_consent(cases, agreed, yes)
            book_handovers(cases, agreed, yes, who, terms, ends, midnights, handovers, booked)
        count = left
        if not count:
            return asked, carried


@compiled
def hand_over(
    case: Any, row: Any, node: Any, requesting: Any, requested: Any, records: Any, last_hour: F32,
    last_to: I16, counts: Any, first_item: Any, month: Any,
) -> None:  # fmt: skip
    """Put a party on the other side of the line, and count who was handed over."""
    ended, persons = case["ended"], case["persons"]
    records[row]["node"] = node
    chain = ended - np.float64(last_hour[row]) <= CHAIN_HOURS and last_to[row] == requesting
    case["chain"] = chain
    last_hour[row], last_to[row] = ended, requested
    counts[first_item + READMITTED, month, requesting] += persons
    counts[first_item + CHILDREN, month, requesting] += case["minors"]
    if case["wish"]:
        counts[first_item + WISH, month, requesting] += persons
    if chain:
        counts[first_item + CHAINS, month, requesting] += persons


@compiled
def put_on(lists: Any, ends: Index, which: Any, party: Any) -> None:
    """Put the position of a party on a list, and move the list's end."""
    lists[which, ends[which]] = party
    ends[which] += 1


@compiled
def advance(
    rows: Index, hour: I32, leg: Index, base: U64, case_of: I32, cases: Any, files: Any,
    by_result: Any, slots: I32, unused: Any, who: Index, terms: F64, ends: Any, midnights: F64,
    sessions: F64, handovers: F64, booked: F64, moved: bool, old_times: F64, requests: Any,
    first_request: Any, enquired: Any, enquiring: Any, tail: Index, head: Index, quitting: F64,
    salt: Any, records: Any, last_hour: F32, last_to: I16, counts: Any, first_item: Any,
    month: Any, staying: Any, released: Mask, lists: Any, listed: Index,
) -> tuple[int, int, int, int, bool]:  # fmt: skip
    """Let everything happen that is due in the parties' cases, and say what becomes of each.

    Parties have the shape (n,), and there is room for n. ``staying`` are those whose case
    goes on, ``STAY``. Of the others ``released`` are let go at the head of their leg, and
    ``lists``, shape (lists, room), are positions by what becomes of them; ``listed`` becomes the
    lists' lengths. Of who is let go the share ``quitting`` gives up, by leg. Those handed over
    stand on the other side of the line; whoever was moved on by a state that had taken the party
    back is on no leg. Cases that end are put on file, and their slots added behind the first
    ``unused``.

    Of the requests made the share ``enquired`` asks a cooperation centre too, by a draw salted
    ``enquiring``: ``requests`` has room for as many from ``first_request`` on. Where handovers
    have ``moved``, bookings are carried over before the next. ``counts`` are the ledger's, shape
    (items, months, countries).

    Returns:
        How many stay, how many cases are closed, how many of those handed over may be moved on,
        how many requests are in ``requests``, and whether bookings were carried over.
    """
    mine = np.empty_like(rows)
    for i in range(rows.size):
        mine[i] = case_of[rows[i]]
    asked, carried = let_happen(
        mine, hour, cases, who, terms, ends, midnights, sessions, handovers, booked, moved,
        old_times, requests, first_request, enquired, enquiring,
    )  # fmt: skip
    stays, closed, onward = 0, 0, 0
    listed[:] = 0
    for i in range(rows.size):
        row, case = rows[i], cases[mine[i]]
        result, t, moved_on = case["result"], case["track"], case["moved_on"]
        requesting = who[REQUESTING, t]
        released[i] = False
        if result == OPEN:
            stay = staying[stays]
            stay["row"], stay["hour"], stay["hours"] = row, hour[i], case["next"] - hour[i]
            stays += 1
            continue
        if result == CLAIMED:
            counts[first_item + CLAIMS, month, requesting] += case["persons"]
            put_on(lists, listed, CLAIMANTS, i)
            if not moved_on:
                records[row]["node"] = head[leg[i]]
                put_on(lists, listed, ENTERING, i)
        elif result == TRANSFERRED:
            hand_over(
                case, row, who[PLACE, t] if moved_on else tail[leg[i]], requesting,
                who[ASKED_STATE, t], records, last_hour, last_to, counts, first_item, month,
            )  # fmt: skip
            put_on(lists, listed, OVER, i)
            onward += case["goes_on"] and who[MOVES_ON, t] == 1
        elif unit(drawn(base[i], salt)) < quitting[leg[i]]:
            put_on(lists, listed, QUITTERS, i)
        elif moved_on:
            put_on(lists, listed, NOWHERE, i)
        else:
            released[i] = True
        by_result[OPEN, t] -= 1
        by_result[result, t] += 1
        put_on_file(case, files[case["number"]])
        slots[unused + closed] = mine[i]
        closed += 1
    return stays, closed, onward, first_request + asked, carried
