"""Tracks of readmission for one case: which is open, its limits, its office, its handovers.

Columns by track, as ``sim.cooperation.tracks.Tracks`` lays them out: ``terms`` numbers, shape
(terms, tracks), rows named below; ``who`` whole numbers, shape (whole, tracks). ``ends`` is when a
limit ends by day of its event, shape (limits, tracks, days); ``midnights`` by country and day.
``sessions`` are those of the offices, track after track, shape (4, sessions); ``handovers`` hours
of handover, shape (2, handovers): laid end to end as they are searched, and as they are.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: No track is open.
NO_TRACK: Final = -1
#: Limits: rows of ``ends``, and the first rows of ``terms``: hours, NaN for one in days.
REQUEST_WITHIN: Final = 0
ANSWER_WITHIN: Final = 1
EXTENSION: Final = 2
TRANSFER_WITHIN: Final = 3
LIMITS: Final = 4
#: Further rows of ``terms``.
NEAR_HOURS: Final = 4
NEAR_DISTANCE: Final = 5
PREPARE: Final = 6  #: mean hours until the request
ANSWER: Final = 7  #: mean hours of the office's work on an answer
TRANSFERS: Final = 8  #: persons handed over a day
CLAIM_DELAY: Final = 9
SPREAD: Final = 10  #: sigma of lognormal times
SINCE: Final = 11
UNTIL: Final = 12
REQUEST_SHARE: Final = 13
CLAIM_SHARE: Final = 14
EXTENSION_SHARE: Final = 15
ACCEPT_SHARE: Final = 16
SUPPORTED_SHARE: Final = 17  #: accepted where evidence supports the request
MOVED_ON_SHARE: Final = 18
TERMS: Final = 19
#: Rows of ``who``.
REQUESTING: Final = 0
REQUESTED: Final = 1
PLACE: Final = 2
CONSENT: Final = 3  #: 1 where silence is consent
ACCELERATED: Final = 4
FIRST_SESSION: Final = 5
LAST_SESSION: Final = 6
FIRST_HANDOVER: Final = 7
LAST_HANDOVER: Final = 8
BOOKED_FIRST: Final = 9  #: the last two as they were when a handover was booked last
BOOKED_LAST: Final = 10
BORDER: Final = 11  #: border between the two states, negative for none
MOVES_ON: Final = 12  #: 1 where the state asked may ask another in turn
WHOLE: Final = 13
#: Rows of ``sessions``: when one closes, and the hours worked by its end, each laid end to end;
#: when it opens, and the hours worked before it.
CLOSES: Final = 0
WORKED: Final = 1
OPENS: Final = 2
BEFORE: Final = 3
#: Distance between timelines laid end to end, so that one search serves all of them.
APART: Final = 1e7


@compiled
def not_before(times: F64, first: Any, last: Any, hour: Any) -> Any:
    """Return the first position from ``first`` on whose time is not before; at most ``last``."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if times[middle] < hour:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def behind(times: F64, first: Any, last: Any, hour: Any) -> Any:
    """Return the first position from ``first`` on whose time is later; at most ``last``."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if times[middle] <= hour:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def day_of(midnights: F64, country: Any, hour: Any) -> Any:
    """Return the day of a country an hour lies in, the first or the last beyond them."""
    last = midnights.shape[1] - 2
    # Within a day of the truth by plain division; daylight saving moves it by one at most.
    day = min(max(np.intp((hour - midnights[country, 0]) / 24.0), 0), last)
    if hour < midnights[country, day]:
        day = max(day - 1, 0)
    if hour >= midnights[country, day + 1]:
        day = min(day + 1, last)
    return day


@compiled
def deadline(after: Any, ends: F64, country: Any, event: Any, midnights: F64) -> Any:
    """Return when a limit of a track ends that an event starts.

    It ends so many hours after the event, or where that is NaN as ``ends`` says, by the days of
    a country.
    """
    if np.isnan(after):
        return ends[day_of(midnights, country, event)]
    return event + after


@compiled
def worked_until(track: Any, hour: Any, work: Any, who: Index, sessions: F64) -> Any:
    """Return the hour at which a track's office has worked so many hours since an hour.

    Work that ends exactly with a session ends in it; no work at all ends when the office is next
    open.
    """
    first, last = who[FIRST_SESSION, track], who[LAST_SESSION, track]
    apart = track * APART
    at = behind(sessions[CLOSES], first, last, hour + apart)
    opens = sessions[OPENS, at]
    done = max(hour, opens) - opens + sessions[BEFORE, at] + work
    session = max(not_before(sessions[WORKED], first, last, done - 1e-9 + apart), at)
    return max(done - sessions[BEFORE, session], 0.0) + sessions[OPENS, session]


@compiled
def open_track(
    requesting: Any,
    requested: Any,
    since: Any,
    distance: Any,
    hour: Any,
    agreed: Mask,
    who: Index,
    terms: F64,
) -> Any:
    """Return the track on which a state may ask another: the accelerated one for who is near.

    ``since`` is in hours since the line, ``distance`` in km from it; NO_TRACK for none.
    """
    best, rank = NO_TRACK, 0
    for track in range(agreed.size):
        if who[REQUESTING, track] != requesting or who[REQUESTED, track] != requested:
            continue
        if not (agreed[track] and terms[SINCE, track] <= hour < terms[UNTIL, track]):
            continue
        fast = who[ACCELERATED, track]
        if fast and not (
            since <= terms[NEAR_HOURS, track] and distance <= terms[NEAR_DISTANCE, track]
        ):
            continue
        if 1 + fast > rank:
            best, rank = track, 1 + fast
    return best


@compiled
def open_tracks(
    requesting: Index,
    requested: Index,
    since: F64,
    distance: F64,
    hour: F64,
    agreed: Mask,
    who: Index,
    terms: F64,
    out: Index,
) -> None:
    """Write the track open to each; arrays of one shape (n,)."""
    for i in range(out.size):
        out[i] = open_track(
            requesting[i], requested[i], since[i], distance[i], hour[i], agreed, who, terms
        )
