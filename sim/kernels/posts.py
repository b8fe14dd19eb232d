"""Parties at posts: who is served, who is found there, and what is counted of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.alerts import named
from sim.kernels.codes import AWAY, CLAIMED, INTERCEPTED, PASSED
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Records = NDArray[Any]

#: Uses of a post: hidden, forged, claim. The last is lawful: a claim at the counter.
_USES, _CLAIM = 3, 2
#: How a stream of a post inspects: chance of a cue; of being referred without one and with one;
#: that a search finds a use, and that trained officers' does. The salts are of the draws of cue,
#: referral and search.
STREAM = np.dtype([
    ("post", np.intp), ("cue", np.float64), ("plain", np.float64), ("cued", np.float64),
    ("hit", np.float64, _USES), ("known", np.float64, _USES), ("salts", np.uint64, 3),
])  # fmt: skip
_CUE, _REFERRAL, _SEARCH = range(3)
#: What comes of an inspection: nothing, or by use hidden, forged, claim. Nobody was inspected.
_NOT_FOUND, _FIND, _CLAIM_MADE = 0, 1, 3
NOBODY: Final = 4
#: Whoever comes to find a wait of less is served within the hour.
HOUR: Final = 1.0
#: Rows of positions that ``meet`` writes.
_FOUND, _CLAIMING, _SHUT, _LATE = range(4)


@compiled
def meet(
    rows: Index,
    leg: Index,
    due: NDArray[Any],
    base: U64,
    persons: U8,
    reaching: int,
    hour: int,
    crowd: Records,
    ways: Index,
    streams: Records,
    open_: Mask,
    opening: F64,
    civil: NDArray[np.int8],
    staffed: Mask,
    waits: F64,
    known: Mask,
    network: Index,
    first: Index,
    crews: Index,
    vehicle_salts: U64,
    listed_until: F64,
    documents: Records,
    outcome: NDArray[np.int8],
    fared: U8,
    which: Index,
    counted: NDArray[np.int64],
) -> tuple[int, int, int, int]:
    """Let parties come to posts; serve them or not, inspect those served, count them by outcome.

    Served is who waits less than an hour or has queued, where the post is open and a booth of the
    stream is staffed. An alert refers whoever comes with what it names.

    Args:
        rows: Rows of the parties, shape (n,).
        leg: Leg of each.
        due: Hour of each.
        base: Base of its draws.
        persons: Persons in it.
        reaching: How many of them, the first ones, reach the post now; the others queued.
        hour: Hour now.
        crowd: Records of the crowd, for the offer in use and the key of the document.
        ways: By leg, (legs, 3): the stream of its post, the use of it, the post's country.
        streams: See ``STREAM``, (streams,).
        open_: Whether a post may open at all, (posts,).
        opening: Share of each civil hour a post is open, (posts, 24).
        civil: Civil hour of each hour of the run, (hours, posts).
        staffed: Whether somebody sits in a booth of the stream, (streams,).
        waits: Wait of who joins now, hours, (streams,).
        known: Whether its document is known to a guest, (n,), or empty for nobody.
        network: As in ``alerts.named``; so the next five. No slot of documents: no alert at all.
        first: See above.
        crews: See above.
        vehicle_salts: See above.
        listed_until: See above.
        documents: See above.
        outcome: Written, (n,): what came of each inspection.
        fared: Written, (n,): passed, intercepted, claimed, or away from the counter.
        which: Written, (4, n), positions: who was found, who claims, who stands before a closed
            post, who queues.
        counted: Added to, persons by outcome and stream, (4, streams).

    Returns:
        How many were found, claim, stand before a closed post, and queue.
    """
    found, claiming, shut, late = 0, 0, 0, 0
    for i in range(leg.size):
        at, use = ways[leg[i], 0], ways[leg[i], 1]
        post = streams[at]["post"]
        outcome[i] = NOBODY
        fared[i] = AWAY
        if not open_[post]:
            which[_SHUT, shut] = i
            shut += 1
            continue
        attended = staffed[at] and opening[post, civil[hour, post]] > 0.0
        if not attended or (i < reaching and waits[at] >= HOUR):
            which[_LATE, late] = i
            late += 1
            continue
        code = _NOT_FOUND
        fared[i] = PASSED
        if use == _CLAIM:
            code = _CLAIM_MADE
            fared[i] = CLAIMED
            which[_CLAIMING, claiming] = i
            claiming += 1
        elif finds(streams[at], use, base[i], known.size > 0 and known[i]):
            party = crowd[rows[i]]
            if refers(streams[at], base[i]) or (
                documents.size > 0
                and named(
                    use, party["offer"], party["key"], base[i], due[i], ways[leg[i], 2], network,
                    first, crews, vehicle_salts, listed_until, documents,
                )
            ):  # fmt: skip
                code = _FIND + use
                fared[i] = INTERCEPTED
                which[_FOUND, found] = i
                found += 1
        outcome[i] = code
        counted[code, at] += persons[i]
    return found, claiming, shut, late


@compiled
def finds(stream: Any, use: Any, base: Any, known: bool) -> bool:
    """Return whether a search would find a use, the document being known to a guest or not."""
    chance = stream["hit"][use]
    if known:
        chance = max(chance, stream["known"][use])
    return bool(unit(drawn(base, stream["salts"][_SEARCH])) < chance)


@compiled
def refers(stream: Any, base: Any) -> bool:
    """Return whether a party is referred to the second line, with a cue or without."""
    cued = unit(drawn(base, stream["salts"][_CUE])) < stream["cue"]
    chance = stream["cued"] if cued else stream["plain"]
    return bool(unit(drawn(base, stream["salts"][_REFERRAL])) < chance)
