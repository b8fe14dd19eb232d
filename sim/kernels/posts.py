"""Parties at posts: who is served, who is found there, and what is counted of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import INTERCEPTED, PASSED
from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Use of a post that is lawful: a claim at the counter.
_CLAIM = 2
#: What comes of an inspection: nothing, or by use hidden, forged, claim.
_NOT_FOUND, _FIND, _CLAIMED = 0, 1, 3
#: Whoever comes to find a wait of less is served within the hour.
_HOUR = 1.0
#: Rows of what ``come`` writes.
_THERE, _POST, _ROW, _USE, _SHUT, _LATE = range(6)


@compiled
def come(
    leg: Index,
    reaching: int,
    hour: int,
    post_of: Index,
    stream_of: Index,
    use_of: Index,
    first: Index,
    open_: Mask,
    opening: F64,
    civil: Index,
    staffed: Mask,
    waits: F64,
    sorted_: Index,
    hours: F64,
) -> tuple[int, int, int]:
    """Sort parties at posts into those served, those before a closed post, and those who queue.

    Served is who waits less than an hour or has queued, where the post is open and a booth of the
    stream is staffed.

    Args:
        leg: Leg of each party, shape (n,).
        reaching: How many of them, the first ones, reach the post now; the others queued.
        hour: Hour now.
        post_of: Post by leg, (legs,); so the stream's position in its post, and the use.
        stream_of: See above.
        use_of: See above.
        first: First row of each post, (posts,).
        open_: Whether a post may open at all, (posts,).
        opening: Share of each civil hour a post is open, (posts, 24).
        civil: Civil hour of each hour of the run, (posts, hours).
        staffed: Whether somebody sits in a booth of the stream, (rows,).
        waits: Wait of who joins now, hours, (rows,).
        sorted_: Written, (6, n): of those served their positions, posts, rows and uses, then the
            positions of those before a closed post and of those who queue.
        hours: Written, (n,): hours those wait who queue.

    Returns:
        How many are served, stand before a closed post, and queue.
    """
    served, shut, late = 0, 0, 0
    for i in range(leg.size):
        post = post_of[leg[i]]
        row = first[post] + stream_of[leg[i]]
        if (
            open_[post]
            and staffed[row]
            and opening[post, civil[post, hour]] > 0.0
            and (i >= reaching or waits[row] < _HOUR)
        ):
            sorted_[_THERE, served] = i
            sorted_[_POST, served] = post
            sorted_[_ROW, served] = row
            sorted_[_USE, served] = use_of[leg[i]]
            served += 1
        elif open_[post]:
            sorted_[_LATE, late] = i
            hours[late] = max(waits[row], _HOUR)
            late += 1
        else:
            sorted_[_SHUT, shut] = i
            shut += 1
    return served, shut, late


@compiled
def inspect(
    row: Index,
    use: Index,
    base: U64,
    persons: NDArray[Any],
    alerts: Mask,
    known: Mask,
    post_of: Index,
    salts: U64,
    cue: F64,
    referral: F64,
    hit: F64,
    hit_known: F64,
    outcome: NDArray[np.int8],
    counted: NDArray[np.int64],
) -> None:
    """Write what comes of irregular uses, and count persons by it.

    Args:
        row: Post-stream of each party, shape (n,).
        use: Its use: hidden, forged, claim.
        base: Base of its draws.
        persons: Persons in it.
        alerts: Whether an alert refers it, (n,), or empty for nobody.
        known: Whether its document is known to a guest, (n,), or empty for nobody.
        post_of: Post by row, (rows,).
        salts: Of the draws of cue, referral and search by post, (3, posts).
        cue: Share with a cue by post, (posts,).
        referral: Chance of being referred without and with a cue, (posts, 2).
        hit: Chance that a search finds, (rows, uses); so by trained officers.
        hit_known: See above.
        outcome: Written, (n,): passed, intercepted, refused, claimed.
        counted: Added to, persons by outcome and row, (4, rows).
    """
    for i in range(row.size):
        r, u = row[i], use[i]
        post = post_of[r]
        if u == _CLAIM:
            code = _CLAIMED
        else:
            code = _NOT_FOUND
            cued = 1 if unit(drawn(base[i], salts[0, post])) < cue[post] else 0
            refers = alerts.size > 0 and alerts[i]
            if refers or unit(drawn(base[i], salts[1, post])) < referral[post, cued]:
                chance = hit[r, u]
                if known.size > 0 and known[i]:
                    chance = max(chance, hit_known[r, u])
                if unit(drawn(base[i], salts[2, post])) < chance:
                    code = _FIND + u
        outcome[i] = code
        counted[code, r] += persons[i]


@compiled
def part(
    found: NDArray[np.int8],
    there: Index,
    outcome: NDArray[np.uint8],
    taken: Index,
    claims: Index,
) -> tuple[int, int]:
    """Write how legs through posts end, and who is found and who claims.

    Args:
        found: What came of each inspection, shape (m,).
        there: Position among all of each one inspected, (m,).
        outcome: Written at ``there``: intercepted or passed.
        taken: Written: which of the m were found, room for m.
        claims: Written: positions among all of those who claim, room for m.

    Returns:
        How many were found, and how many claim.
    """
    takes, claiming = 0, 0
    for i in range(found.size):
        code = found[i]
        outcome[there[i]] = PASSED
        if code == _CLAIMED:
            claims[claiming] = there[i]
            claiming += 1
        elif code != _NOT_FOUND:
            outcome[there[i]] = INTERCEPTED
            taken[takes] = i
            takes += 1
    return takes, claiming
