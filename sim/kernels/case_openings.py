"""Openings of cases of readmission: who is bound by a track, what is drawn, what is entered.

Tables of tracks are those of ``sim.kernels.tracks``, ``cases`` the open ones of
``sim.cooperation.cases.CaseBook``. Cases about to be opened are ``begun``, records of ``OPENING``;
what is given of parties has the shape (n,). Draws of times lie case after case: three logarithms
(of the claim's delay, of the time until the request, of the work on the answer) and two angles (of
the latter two). Hours are since start, with minutes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.case_codes import CHILDREN_REFERRED, OPEN, PREPARING
from sim.kernels.codes import RECEPTION
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit
from sim.kernels.tracks import (
    ACCEPT_SHARE,
    CLAIM_DELAY,
    CLAIM_SHARE,
    EXTENSION_SHARE,
    MOVED_ON_SHARE,
    NO_TRACK,
    PREPARE,
    REQUEST_SHARE,
    REQUEST_WITHIN,
    REQUESTING,
    SPREAD,
    SUPPORTED_SHARE,
    deadline as limit_of,
    open_track,
)

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Logarithms and angles of a case.
LOGS: Final = 3
ANGLES: Final = 2
#: Rows of the salts: what is drawn at a stop.
_REQUEST, _CLAIM, _EXTEND, _AGREE, _PERSUADED, _MOVED_ON = range(6)
_LOGS, _ANGLES, _POSITION = 6, 9, 11
_TURN = 2.0 * np.pi
#: A case about to be opened: position of the party, track, and the hour it is opened.
OPENING = np.dtype([("at", np.int64), ("track", np.int64), ("hour", np.float64)])
#: A leg, as who is stopped on it came: countries entered, negative where no border is crossed, and
#: left; km between the line and the farthest stop; hours of the way there but for a barrier, which
#: may change and stands in sectors only.
WAY = np.dtype([
    ("into", np.int64), ("left", np.int64), ("reach", np.float64), ("hours", np.float64),
])  # fmt: skip


@compiled
def draw_times(case: Any, base: Any, salts: U64, logs: F64, angles: F64) -> None:
    """Write -u and 2 pi u of what is drawn of the times of one case."""
    for k in range(LOGS):
        logs[LOGS * case + k] = -unit(drawn(base, salts[_LOGS + k]))
    for k in range(ANGLES):
        angles[ANGLES * case + k] = _TURN * unit(drawn(base, salts[_ANGLES + k]))


@compiled
def bind(
    which: Index, rows: Index, leg: Index, hour: I32, base: U64, country: Index, state: U8,
    unaccompanied: U8, ways: Any, barrier: F64, salts: U64, agreed: Mask, who: Index, terms: F64,
    counts: Any, first_item: Any, month: Any, free: Index, children: Index, begun: Any, logs: F64,
    angles: F64,
) -> tuple[int, int, bool]:  # fmt: skip
    """Say whom a track binds of ``which`` were stopped, and draw the times of their cases.

    The stop lies anywhere on the way from the line: ``ways``, records of ``WAY``, and hours of a
    ``barrier`` are by leg. ``country`` is the one that stopped each. Written into room for as many
    as are asked about: the cases to be opened; ``free``, positions of those whom no track binds;
    and ``children``, of those with unaccompanied children, who never enter a track and are counted
    in the ledger's ``counts``, shape (items, months, countries).

    Returns:
        How many cases there are to open, how many are with children alone, and whether somebody
        of the former is in care.
    """
    bound, alone, left, in_care = 0, 0, 0, False
    for i in which:
        on = leg[i]
        way, found = ways[on], NO_TRACK
        if way["into"] == country[i]:
            u = unit(drawn(base[i], salts[_POSITION]))
            found = open_track(
                country[i], way["left"], u * (way["hours"] + barrier[on]), u * way["reach"],
                np.float64(hour[i]), agreed, who, terms,
            )  # fmt: skip
        if found == NO_TRACK:
            free[left] = i
            left += 1
            continue
        row = rows[i]
        if unaccompanied[row] > 0:
            children[alone] = i
            alone += 1
            counts[first_item + CHILDREN_REFERRED, month, country[i]] += unaccompanied[row]
            continue
        in_care = in_care or state[row] == RECEPTION
        case = begun[bound]
        case["at"], case["track"], case["hour"] = i, found, hour[i]
        draw_times(bound, base[i], salts, logs, angles)
        bound += 1
    return bound, alone, in_care


@compiled
def draw(
    rows: Index, hour: F64, onto: Index, base: U64, state: U8, unaccompanied: U8, salts: U64,
    begun: Any, logs: F64, angles: F64,
) -> bool:  # fmt: skip
    """Draw the times of a case of each party, opened at an ``hour`` on the track ``onto``.

    Returns:
        Whether somebody is in care, who never enters the track.
    """
    in_care = False
    for i in range(rows.size):
        begun[i]["at"], begun[i]["track"], begun[i]["hour"] = i, onto[i], hour[i]
        in_care = in_care or state[rows[i]] == RECEPTION or unaccompanied[rows[i]] > 0
        draw_times(i, base[i], salts, logs, angles)
    return in_care


@compiled
def spread(count: Any, begun: Any, logs: F64, cosines: F64, terms: F64) -> None:
    """Turn cosines into logarithms of lognormal factors of mean 1.

    The normal is that of Box & Muller (1958).
    """
    for i in range(count):
        sigma = terms[SPREAD, begun[i]["track"]]
        for k in range(ANGLES):
            normal = np.sqrt(-2.0 * logs[LOGS * i + 1 + k]) * cosines[ANGLES * i + k]
            cosines[ANGLES * i + k] = normal * sigma - sigma * sigma / 2.0


@compiled
def enter(
    rows: Index, hour: I32, held: F64, base: U64, moved_on: bool, begun: Any, logs: F64,
    factors: F64, records: Any, persons: U8, minors: U8, salts: U64, who: Index, terms: F64,
    ends: Any, midnights: F64, cases: Any, by_result: Any, slots: I32, unused: Any, first: Any,
    case_of: I32, entered: Any,
) -> None:  # fmt: skip
    """Write cases into slots, the last of the first ``unused``; numbers go from ``first`` on.

    Of parties: row, ``hour`` they act, hours ``held``, ``base`` of draws. ``factors`` are those on
    the time until the request and on the work on the answer, case after case. Of each case is
    written who is ``entered``, ``STAY``, shape (cases,).
    """
    for i in range(entered.size):
        party, t, slot = begun[i]["at"], begun[i]["track"], slots[unused - 1 - i]
        row, begins, z = rows[party], begun[i]["hour"], base[party]
        asked = unit(drawn(z, salts[_REQUEST])) < terms[REQUEST_SHARE, t]
        if asked:
            request = begins + factors[ANGLES * i] * terms[PREPARE, t]
            deadline = limit_of(
                terms[REQUEST_WITHIN, t], ends[REQUEST_WITHIN, t], who[REQUESTING, t], begins,
                midnights,
            )  # fmt: skip
        else:
            request, deadline = np.inf, begins + held[party]
        claim = np.inf
        if unit(drawn(z, salts[_CLAIM])) < terms[CLAIM_SHARE, t]:
            claim = begins + -logs[LOGS * i] * terms[CLAIM_DELAY, t]
        next_ = min(min(request, deadline), claim)
        case = cases[slot]
        case["number"], case["party"], case["base"] = first + i, records[row]["key"], z
        case["track"], case["stage"], case["result"] = t, PREPARING, OPEN
        case["persons"], case["minors"] = persons[row], minors[row]
        case["wish"], case["moved_on"] = records[row]["wish"], moved_on
        case["opened"], case["held"], case["claim"] = begins, held[party], claim
        case["request"], case["deadline"], case["next"] = request, deadline, next_
        case["answer"], case["transfer"], case["ended"] = np.nan, np.nan, np.nan
        case["extended"], case["evidence"] = False, False
        case["silent"], case["chain"] = False, False
        case["extends"] = unit(drawn(z, salts[_EXTEND])) < terms[EXTENSION_SHARE, t]
        case["agrees"] = unit(drawn(z, salts[_AGREE])) < terms[ACCEPT_SHARE, t]
        case["persuaded"] = unit(drawn(z, salts[_PERSUADED])) < terms[SUPPORTED_SHARE, t]
        case["goes_on"] = unit(drawn(z, salts[_MOVED_ON])) < terms[MOVED_ON_SHARE, t]
        case["work"], case["enquiry"] = factors[ANGLES * i + 1], -1
        by_result[OPEN, t] += 1
        case_of[row] = slot
        stay = entered[i]
        stay["row"], stay["hour"], stay["hours"] = row, hour[party], next_ - hour[party]
