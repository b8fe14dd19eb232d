"""Cases of readmission, one record each: onto the track, along it, and off it.

``cases`` are the records of ``sim.cooperation.cases.CaseBook``; tables of tracks are those of
``sim.kernels.tracks``. Hours are since start, with minutes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import RECEPTION
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.tracks import (
    ACCEPT_SHARE,
    ANSWER,
    ANSWER_WITHIN,
    APART,
    CLAIM_DELAY,
    CLAIM_SHARE,
    CONSENT,
    EXTENSION,
    EXTENSION_SHARE,
    FIRST_HANDOVER,
    LAST_HANDOVER,
    MOVED_ON_SHARE,
    NO_TRACK,
    PLACE,
    PREPARE,
    REQUEST_SHARE,
    REQUEST_WITHIN,
    REQUESTED as ASKED_STATE,
    REQUESTING,
    SPREAD,
    SUPPORTED_SHARE,
    TRANSFER_WITHIN,
    TRANSFERS,
    deadline as limit_of,
    not_before,
    open_track,
    worked_until,
)

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Stages of a case (uint8).
PREPARING: Final = 0
REQUESTED: Final = 1
ACCEPTED: Final = 2
CLOSED: Final = 3
#: How a case ends (uint8).
OPEN: Final = 0
TRANSFERRED: Final = 1
REFUSED: Final = 2
LAPSED: Final = 3
CLAIMED: Final = 4
NOT_REQUESTED: Final = 5
#: What becomes of a party (uint8).
STAYS: Final = 0
BACK: Final = 1
LET_GO: Final = 2
TO_ASYLUM: Final = 3

#: Handed over by a state it had been handed over to at most so long ago: a chain return.
CHAIN_HOURS: Final = 14 * 24.0
#: Persons a day below which a track hands nobody over: fewer than one in three years.
LEAST_TRANSFERS: Final = 1e-3
#: Days of handover between tracks; more than there are.
_FAR: Final = 1e6
#: Rows of the salts: what is drawn at a stop.
_REQUEST, _CLAIM, _EXTEND, _AGREE, _PERSUADED, _MOVED_ON = range(6)
_LOGS, _ANGLES = 6, 9
#: Items of the ledger, rows of ``counts`` from ``first_item`` on.
READMITTED, CHILDREN, WISH, CLAIMS, CHILDREN_REFERRED, CHAINS = range(6)
_TURN = 2.0 * np.pi


@compiled
def bind(
    rows: Index,
    leg: Index,
    hour: I32,
    base: U64,
    country: Index,
    unaccompanied: U8,
    into: Index,
    from_country: Index,
    width: F64,
    stay: F64,
    barrier: F64,
    position: U64,
    agreed: Mask,
    who: Index,
    terms: F64,
    track: Index,
    alone: Mask,
) -> tuple[int, int]:
    """Write the track each party stopped may be sent back on, and who is bound with children alone.

    The stop lies anywhere on the way from the line: ``width`` km and ``stay`` + ``barrier`` hours
    by leg. ``into`` is the country entered by leg, ``country`` the one that stopped each.

    Returns:
        How many have a track, and how many of these hold unaccompanied children.
    """
    bound, children = 0, 0
    for i in range(rows.size):
        at = leg[i]
        track[i], alone[i] = NO_TRACK, False
        if into[at] != country[i]:
            continue
        u = unit(drawn(base[i], position[0]))
        track[i] = open_track(
            country[i], from_country[at], u * (stay[at] + barrier[at]), u * width[at],
            np.float64(hour[i]), agreed, who, terms,
        )  # fmt: skip
        if track[i] != NO_TRACK:
            bound += 1
            alone[i] = unaccompanied[rows[i]] > 0
            children += alone[i]
    return bound, children


@compiled
def draw(
    rows: Index,
    base: U64,
    state: U8,
    unaccompanied: U8,
    salts: U64,
    logs: F64,
    angles: F64,
) -> bool:
    """Write -u and 2 pi u of what is drawn of times, shapes (3, n) and (2, n).

    Returns:
        Whether somebody is in care, who never enters the track.
    """
    for i in range(rows.size):
        if state[rows[i]] == RECEPTION or unaccompanied[rows[i]] > 0:
            return True
        for k in range(logs.shape[0]):
            logs[k, i] = -unit(drawn(base[i], salts[_LOGS + k]))
        for k in range(angles.shape[0]):
            angles[k, i] = _TURN * unit(drawn(base[i], salts[_ANGLES + k]))
    return False


@compiled
def spread(track: Index, logs: F64, cosines: F64, terms: F64) -> None:
    """Turn cosines into logarithms of lognormal factors of mean 1; both of shape (2, n).

    The normal is that of Box & Muller (1958).
    """
    for k in range(2):
        for i in range(track.size):
            sigma = terms[SPREAD, track[i]]
            normal = np.sqrt(-2.0 * logs[k, i]) * cosines[k, i]
            cosines[k, i] = normal * sigma - sigma * sigma / 2.0


@compiled
def enter(
    first: Any,
    cases: Any,
    rows: Index,
    hour: F64,
    track: Index,
    held: F64,
    base: U64,
    moved_on: bool,
    due: I32,
    records: Any,
    persons: U8,
    minors: U8,
    salts: U64,
    logs: F64,
    factors: F64,
    terms: F64,
    who: Index,
    ends: Any,
    midnights: F64,
    case_of: I32,
    hours: F64,
) -> None:
    """Write cases from record ``first`` on, and the hours until each is due, from ``due`` on.

    ``logs`` of shape (3, n) are those of the claim's delay and of the times; ``factors`` of shape
    (2, n) spread the time until the request and the work on the answer.
    """
    for i in range(rows.size):
        row, t, at = rows[i], track[i], first + i
        opened, z = hour[i], base[i]
        asked = unit(drawn(z, salts[_REQUEST])) < terms[REQUEST_SHARE, t]
        if asked:
            request = opened + factors[0, i] * terms[PREPARE, t]
            deadline = limit_of(
                terms[REQUEST_WITHIN, t],
                ends[REQUEST_WITHIN, t],
                who[REQUESTING, t],
                opened,
                midnights,
            )
        else:
            request, deadline = np.inf, opened + held[i]
        claim = np.inf
        if unit(drawn(z, salts[_CLAIM])) < terms[CLAIM_SHARE, t]:
            claim = opened + -logs[0, i] * terms[CLAIM_DELAY, t]
        next_ = min(min(request, deadline), claim)
        case = cases[at]
        case["party"], case["base"], case["track"] = records[row]["key"], z, t
        case["persons"], case["minors"] = persons[row], minors[row]
        case["wish"], case["moved_on"] = records[row]["wish"], moved_on
        case["opened"], case["held"], case["claim"] = opened, held[i], claim
        case["request"], case["deadline"], case["next"] = request, deadline, next_
        case["extends"] = unit(drawn(z, salts[_EXTEND])) < terms[EXTENSION_SHARE, t]
        case["agrees"] = unit(drawn(z, salts[_AGREE])) < terms[ACCEPT_SHARE, t]
        case["persuaded"] = unit(drawn(z, salts[_PERSUADED])) < terms[SUPPORTED_SHARE, t]
        case["goes_on"] = unit(drawn(z, salts[_MOVED_ON])) < terms[MOVED_ON_SHARE, t]
        case["work"], case["enquiry"] = factors[1, i], -1
        case_of[row] = at
        hours[i] = next_ - due[i]


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
    t = case["track"]
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
def sort_by_consent(cases: Any, agreed: Index, count: Any) -> None:
    """Put the first ``count`` cases in order of track, hour and base."""
    for i in range(1, count):
        moving = agreed[i]
        track, hour, base = cases[moving]["track"], cases[moving]["next"], cases[moving]["base"]
        j = i - 1
        while j >= 0:
            other = cases[agreed[j]]
            if other["track"] != track:
                later = other["track"] > track
            elif other["next"] != hour:
                later = other["next"] > hour
            else:
                later = other["base"] > base
            if not later:
                break
            agreed[j + 1] = agreed[j]
            j -= 1
        agreed[j + 1] = moving


@compiled
def book_handovers(
    cases: Any,
    agreed: Index,
    count: Any,
    who: Index,
    terms: F64,
    ends: Any,
    midnights: F64,
    handovers: F64,
    booked: F64,
) -> None:
    """Book a handover for each case: in order of consent, as many persons a day as go.

    Positions are in days of handover: p_i = max(a_i, p_(i-1)) + persons_i / capacity, a_i the
    first handover not before the consent. ``booked`` is the last position by track.
    """
    before = booked.copy()
    after, latest = 0.0, -np.inf
    for i in range(count):
        case = cases[agreed[i]]
        t, consent = case["track"], case["next"]
        limit = limit_of(
            terms[TRANSFER_WITHIN, t],
            ends[TRANSFER_WITHIN, t],
            who[ASKED_STATE, t],
            consent,
            midnights,
        )
        transfer = np.inf
        if terms[TRANSFERS, t] >= LEAST_TRANSFERS:
            first, last = who[FIRST_HANDOVER, t], who[LAST_HANDOVER, t]
            size = case["persons"] / terms[TRANSFERS, t]
            at = not_before(handovers[0], first, last, consent + t * APART)
            earliest = np.float64(at - first) if handovers[1, at] >= consent else np.inf
            after += size
            # Tracks lie a long way apart, so that the running maximum begins anew with each.
            apart = t * _FAR
            latest = max(latest, max(earliest, before[t]) + apart - (after - size))
            position = min(latest + after - apart, _FAR)
            booked[t] = position
            day = np.intp(np.ceil(position - 1e-6)) - 1 + first
            if day <= last:
                transfer = handovers[1, day]
        case["stage"] = ACCEPTED
        case["deadline"], case["transfer"] = limit, transfer
        case["next"] = min(min(transfer, limit), case["claim"])


@compiled
def carry_bookings(
    booked: F64, old_first: Index, old_last: Index, old_times: F64, who: Index, handovers: F64
) -> None:
    """Keep what is booked at its hour where handovers have been laid out anew."""
    for t in range(booked.size):
        if booked[t] > 0:
            whole = np.intp(np.ceil(booked[t] - 1e-6)) - 1
            used = booked[t] - whole
            first, last = who[FIRST_HANDOVER, t], who[LAST_HANDOVER, t]
            hour = old_times[min(whole + old_first[t], old_last[t])]
            again = not_before(handovers[0], first, last, hour + t * APART)
            booked[t] = again - first + used


@compiled
def advance(
    rows: Index,
    hour: I32,
    case_of: I32,
    cases: Any,
    who: Index,
    terms: F64,
    ends: Any,
    midnights: F64,
    sessions: F64,
    handovers: F64,
    booked: F64,
    moved: bool,
    old_first: Index,
    old_last: Index,
    old_times: F64,
    first_request: Any,
    nobody: bool,
    answered: F64,
    useful: F64,
    hit: Mask,
    due: Index,
    until: F64,
    made: Index,
    settles: F64,
    agreed: Index,
) -> tuple[int, bool]:
    """Let everything happen that is due in the parties' cases, in order of time.

    A request made asks a cooperation centre too, unless ``nobody`` can be asked: it is listed in
    ``made`` with the hour up to which an answer is of use, and numbered from ``first_request``
    on; of the earlier ones ``answered`` and ``useful`` are hours, and ``hit`` what was asked for.
    Where handovers have ``moved``, bookings are carried over before the next. ``due``, ``until``
    and ``agreed`` are room, one entry a party; ``made`` and ``settles``, too.

    Returns:
        How many requests were made, and whether bookings were carried over.
    """
    count, asked, carried = rows.size, 0, False
    for i in range(count):
        due[i], until[i] = case_of[rows[i]], hour[i]
    while True:
        left, yes = 0, 0
        for i in range(count):
            case = cases[due[i]]
            if not case["next"] <= until[i]:
                continue
            at = due[i]
            due[left], until[left] = at, until[i]
            left += 1
            if case["claim"] <= case["next"]:
                close(case, CLAIMED)
            elif case["stage"] == PREPARING:
                if ask(case, who, terms, ends, midnights, sessions):
                    made[asked] = at
                    settles[asked] = min(case["answer"], case["deadline"])
                    case["enquiry"] = -1 if nobody else first_request + asked
                    asked += 1
            elif case["stage"] == REQUESTED:
                request, evidence = case["enquiry"], False
                if 0 <= request < first_request:
                    evidence = (
                        answered[request] <= min(useful[request], case["next"]) and hit[request]
                    )
                if agreed_to(case, evidence, who):
                    agreed[yes] = at
                    yes += 1
            else:
                close(case, TRANSFERRED if case["transfer"] <= case["deadline"] else LAPSED)
        if yes:
            if moved and not carried:
                carry_bookings(booked, old_first, old_last, old_times, who, handovers)
                carried = True
            sort_by_consent(cases, agreed, yes)
            book_handovers(cases, agreed, yes, who, terms, ends, midnights, handovers, booked)
        count = left
        if not count:
            return asked, carried


@compiled
def part(
    rows: Index,
    hour: I32,
    leg: Index,
    case_of: I32,
    cases: Any,
    tail: Index,
    who: Index,
    records: Any,
    last_hour: NDArray[np.float32],
    last_to: NDArray[np.int16],
    counts: Any,
    first_item: Any,
    month: Any,
    fate: U8,
    moved_on: Mask,
    staying: Index,
    when: I32,
    hours: F64,
) -> tuple[int, int]:
    """Say what becomes of each party, and put those handed over on the other side of the line.

    ``moved_on``: the case was opened by a state that had taken the party back. Those whose case
    goes on are listed in ``staying`` with the hour and how many until they are
    due again. ``counts`` are the ledger's, shape (items, months, countries), by the state that
    asked.

    Returns:
        How many stay, and how many of those handed over may be moved on.
    """
    stays, onward = 0, 0
    for i in range(rows.size):
        row = rows[i]
        case = cases[case_of[row]]
        result, t = case["result"], case["track"]
        persons = np.int64(case["persons"])
        country = who[REQUESTING, t]
        moved_on[i] = case["moved_on"]
        if result == OPEN:
            fate[i] = STAYS
            staying[stays], when[stays] = row, hour[i]
            hours[stays] = case["next"] - hour[i]
            stays += 1
        elif result == CLAIMED:
            fate[i] = TO_ASYLUM
            counts[first_item + CLAIMS, month, country] += persons
        elif result == TRANSFERRED:
            fate[i] = BACK
            ended = case["ended"]
            records[row]["node"] = who[PLACE, t] if case["moved_on"] else tail[leg[i]]
            chain = ended - np.float64(last_hour[row]) <= CHAIN_HOURS and last_to[row] == country
            case["chain"] = chain
            last_hour[row], last_to[row] = ended, who[ASKED_STATE, t]
            onward += case["goes_on"]
            counts[first_item + READMITTED, month, country] += persons
            counts[first_item + CHILDREN, month, country] += case["minors"]
            if case["wish"]:
                counts[first_item + WISH, month, country] += persons
            if chain:
                counts[first_item + CHAINS, month, country] += persons
        else:
            fate[i] = LET_GO
    return stays, onward


@compiled
def tally(cases: Any, size: Any, tracks: Mask) -> tuple[int, int, int]:
    """Return how many of the first ``size`` cases on some tracks are open, all, handed over."""
    running, opened, over = 0, 0, 0
    for i in range(size):
        if tracks[cases[i]["track"]]:
            opened += 1
            running += cases[i]["stage"] != CLOSED
            over += cases[i]["result"] == TRANSFERRED
    return running, opened, over
