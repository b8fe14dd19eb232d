"""Handovers of cases agreed to: booked in order of consent, as many persons a day as go.

Tables of tracks are those of ``sim.kernels.tracks``, ``cases`` the open ones of
``sim.cooperation.cases.CaseBook``. Hours are since start, with minutes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.case_codes import ACCEPTED
from sim.kernels.compiling import compiled
from sim.kernels.tracks import (
    APART,
    BOOKED_FIRST,
    BOOKED_LAST,
    FIRST_HANDOVER,
    LAST_HANDOVER,
    REQUESTED,
    TRANSFER_WITHIN,
    TRANSFERS,
    deadline as limit_of,
    not_before,
)

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Persons a day below which a track hands nobody over: fewer than one in three years.
LEAST_TRANSFERS: Final = 1e-3
#: Days of handover between tracks; more than there are.
_FAR: Final = 1e6


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
        t, consent = np.intp(case["track"]), case["next"]
        limit = limit_of(
            terms[TRANSFER_WITHIN, t],
            ends[TRANSFER_WITHIN, t],
            who[REQUESTED, t],
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
def carry_bookings(booked: F64, old_times: F64, who: Index, handovers: F64) -> None:
    """Keep what is booked at its hour where handovers have been laid out anew."""
    for t in range(booked.size):
        if booked[t] > 0:
            whole = np.intp(np.ceil(booked[t] - 1e-6)) - 1
            used = booked[t] - whole
            first, last = who[FIRST_HANDOVER, t], who[LAST_HANDOVER, t]
            hour = old_times[min(whole + who[BOOKED_FIRST, t], who[BOOKED_LAST, t])]
            again = not_before(handovers[0], first, last, hour + t * APART)
            booked[t] = again - first + used
