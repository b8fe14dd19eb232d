"""Screening of the parties stopped: interviews held, and what they find."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: A party stopped: the country that did, the hours it holds it, who is in it; then what screening
#: finds. ``sim.protection.screening`` says more.
STOP = np.dtype([
    ("held", np.float64), ("country", np.int64), ("interviews", np.int64),
    ("referred", np.int64), ("persons", np.uint8), ("minors", np.uint8),
    ("unaccompanied", np.uint8), ("family", np.bool_), ("vulnerable", np.bool_),
    ("wish", np.bool_), ("claim_made", np.bool_), ("claim_registered", np.bool_),
    ("identified", np.bool_), ("false_positive", np.bool_),
], align=True)  # fmt: skip

#: Rows of the values by country; the first three are drawn against as they stand.
ACCESS: Final = 0
REGISTERED: Final = 1
REFERRAL: Final = 2
INTERVIEW: Final = 5
#: Rows of the salts.
CLAIM: Final = 0
REGISTER: Final = 1
REFER: Final = 2
VICTIM: Final = 3
PRIORITY: Final = 4
#: What ``screen`` returns where a country has no values.
UNKNOWN: Final = -1


@compiled
def nth_lowest(numbers: U64, among: Mask, n: Any) -> Any:
    """Return the ``n``-th lowest, from 1, of some distinct numbers: bit by bit from the highest."""
    found = np.uint64(0)
    for place in range(63, -1, -1):
        higher = found | (np.uint64(1) << np.uint64(place))
        below = 0
        for i in range(numbers.size):
            below += among[i] and numbers[i] < higher
        if below < n:
            found = higher
    return found


@compiled
def share_evenly(wanted: I64, available: Any, priority: U64) -> I64:
    """Return whole shares of ``available`` that sum to it, as even as the wants allow.

    Everybody gets min(want, k) with the largest k that fits; what remains goes one each to
    those who want more, lowest priority number first.

    Args:
        wanted: Whole amounts wanted, summing to more than ``available``, shape (m,).
        available: Whole amount there is.
        priority: Distinct keyed numbers, shape (m,).
    """
    most, rest = 0, available
    more = wanted > 0
    while np.count_nonzero(more) <= rest:
        rest -= np.count_nonzero(more)
        most += 1
        more = wanted > most
    granted = np.minimum(wanted, most)
    if rest > 0:
        last = nth_lowest(priority, more, rest)
        for i in range(wanted.size):
            granted[i] += more[i] and priority[i] <= last
    return granted


@compiled
def ration(stops: Any, country: Any, available: Any, base: U64, salt: Any) -> Any:
    """Share the interviews ``available``, one or more, among those of a country who want more.

    Returns:
        How many are held.
    """
    mine = np.empty(stops.size, np.intp)
    wanted, priority = np.empty(stops.size, np.int64), np.empty(stops.size, np.uint64)
    count = 0
    for i in range(stops.size):
        if stops[i]["country"] == country:
            mine[count], wanted[count] = i, stops[i]["interviews"]
            priority[count] = drawn(base[i], salt)
            count += 1
    wanted[:count] = share_evenly(wanted[:count], available, priority[:count])
    for j in range(count):
        stops[mine[j]]["interviews"] = wanted[j]
    return wanted[:count].sum()


@compiled
def find(stop: Any, base: Any, by: Any, salts: U64, values: F64, chances: F64) -> None:
    """Write what is found in the interviews held with a party, ``by`` an interpreter or not."""
    c, vulnerable = stop["country"], stop["vulnerable"]
    # Without a branch: which way each goes is drawn.
    made = stop["wish"] & (unit(drawn(base, salts[CLAIM])) < values[by, ACCESS, c])
    registered = unit(drawn(base, salts[REGISTER])) < values[by, REGISTERED, c]
    chance = chances[by, np.intp(vulnerable), c, stop["interviews"]]
    marked = unit(drawn(base, salts[VICTIM])) < chance
    refers = unit(drawn(base, salts[REFER])) < values[by, REFERRAL, c]
    stop["claim_made"], stop["claim_registered"] = made, made & registered
    stop["identified"], stop["false_positive"] = marked & vulnerable, marked > vulnerable
    stop["referred"] = refers * stop["unaccompanied"]


@compiled
def screen(
    stops: Any, base: U64, interpreted: Mask, salts: U64, left: I64, values: F64, chances: F64
) -> Any:
    """Hold interviews with those stopped, and write what they find.

    Nothing is found where a country has no values, nor where ``chances`` do not reach as far as
    the interviews that the time held allows.

    Args:
        stops: The parties, records of ``STOP``, shape (n,).
        base: Base of their draws.
        interpreted: Whether there is an interpreter; empty for none anywhere.
        salts: Of the draws.
        left: Interviews it can still hold today; those held are taken off.
        values: Shape (2, values, countries), the second with an interpreter; NaN for none.
        chances: Of a mark, shape (2, without a victim or with one, countries, interviews).

    Returns:
        The most interviews that the time held allows a party, ``UNKNOWN`` without values.
    """
    need, most = np.zeros(left.size, np.int64), np.int64(0)
    for i in range(stops.size):
        stop = stops[i]
        c = stop["country"]
        if np.isnan(values[0, INTERVIEW, c]):
            return UNKNOWN
        wanted = np.int64(stop["held"] / values[0, INTERVIEW, c])
        most = max(most, wanted)
        stop["interviews"] = wanted if left[c] > 0 else 0
        need[c] += stop["interviews"]
    if most >= chances.shape[3]:
        return most
    for c in range(left.size):
        if 0 < left[c] < need[c]:
            need[c] = ration(stops, c, left[c], base, salts[PRIORITY])
        left[c] -= need[c]
    for i in range(stops.size):
        by = 1 if interpreted.size and interpreted[i] else 0
        find(stops[i], base[i], by, salts, values, chances)
    return most


@compiled
def count(counts: F64, month: Any, stop: Any) -> None:
    """Enter a party screened in the ledger's counts, shape (items, months, countries).

    The first twelve items are those of ``sim.protection.ledger.SCREENING_ITEMS``, in their order.
    """
    c, size = stop["country"], np.int64(stop["persons"])
    counts[0, month, c] += size
    counts[1, month, c] += stop["interviews"]
    counts[2, month, c] += size * stop["wish"]
    counts[3, month, c] += size * stop["claim_made"]
    counts[4, month, c] += size * stop["claim_registered"]
    counts[5, month, c] += stop["vulnerable"]
    counts[6, month, c] += stop["identified"]
    counts[7, month, c] += stop["vulnerable"] and not stop["identified"]
    counts[8, month, c] += stop["false_positive"]
    counts[9, month, c] += stop["minors"]
    counts[10, month, c] += stop["unaccompanied"]
    counts[11, month, c] += stop["referred"]
