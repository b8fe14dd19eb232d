"""Screening of the parties stopped: interviews granted, and what they find."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Rows of the values by country; the first three are drawn against as they stand.
ACCESS: Final = 0
REGISTERED: Final = 1
REFERRAL: Final = 2
#: Rows of the salts.
CLAIM: Final = 0
REGISTER: Final = 1
REFER: Final = 2
VICTIM: Final = 3
PRIORITY: Final = 4
#: What ``grant`` returns.
GRANTED: Final = 0
TO_SHARE: Final = 1
UNKNOWN: Final = 2


@compiled
def grant(
    country: Index,
    held_hours: F64,
    held: Mask,
    interview: F64,
    left: I64,
    interviews: I64,
    short: Mask,
) -> tuple[int, int]:
    """Write the interviews granted, and take them off what is left.

    Where the interviews ``left`` of a country are short and there are some, ``short`` says so: they
    are to be shared and what is written is what is wanted. ``interview`` is the hours one takes
    by country; ``held`` countries have it.

    Returns:
        GRANTED, TO_SHARE, or UNKNOWN for a country without values; the most wanted by a party.
    """
    need, most = np.zeros(left.size, np.int64), 0
    for i in range(country.size):
        c = country[i]
        if not held[c]:
            return UNKNOWN, 0
        interviews[i] = np.int64(held_hours[i] / interview[c])
        need[c] += interviews[i]
        most = max(most, interviews[i])
    found, none = GRANTED, False
    for c in range(left.size):
        short[c] = need[c] > left[c]
        if not short[c]:
            left[c] -= need[c]
        elif left[c] > 0:
            found = TO_SHARE
        else:
            none = True
    if none:
        for i in range(country.size):
            c = country[i]
            if short[c] and left[c] <= 0:
                interviews[i] = 0
    return found, most


@compiled
def decide(
    country: Index,
    wish: Mask,
    vulnerable: Mask,
    unaccompanied: U8,
    base: U64,
    interpreted: Mask,
    salts: U64,
    values: Any,
    chances: Any,
    interviews: I64,
    found: Any,
    referred: I64,
) -> None:
    """Write what screening finds.

    ``values`` has shape (2, values, countries), the second with an interpreter; ``chances`` of a
    mark (2, without a victim or with one, countries, interviews). ``found`` has shape (4, n):
    claim made, claim registered, victim identified, falsely marked; ``referred`` counts children.
    """
    for i in range(country.size):
        c, z = country[i], base[i]
        by = 1 if interpreted.size and interpreted[i] else 0
        made = wish[i] and unit(drawn(z, salts[CLAIM])) < values[by, ACCESS, c]
        found[0, i] = made
        found[1, i] = made and unit(drawn(z, salts[REGISTER])) < values[by, REGISTERED, c]
        chance = chances[by, 1 if vulnerable[i] else 0, c, interviews[i]]
        marked = unit(drawn(z, salts[VICTIM])) < chance
        found[2, i] = marked and vulnerable[i]
        found[3, i] = marked and not vulnerable[i]
        refers = unit(drawn(z, salts[REFER])) < values[by, REFERRAL, c]
        referred[i] = unaccompanied[i] if refers else 0


@compiled
def count(
    counts: Any,
    month: Any,
    country: Index,
    persons: Any,
    minors: Any,
    unaccompanied: Any,
    vulnerable: Mask,
    interviews: I64,
    wish: Mask,
    made: Mask,
    registered: Mask,
    identified: Mask,
    false_positive: Mask,
    referred: I64,
) -> None:
    """Enter the parties screened in the ledger's counts, shape (items, months, countries).

    The first twelve items are those of ``sim.protection.ledger.SCREENING_ITEMS``, in their order.
    """
    for i in range(country.size):
        c, size = country[i], np.int64(persons[i])
        counts[0, month, c] += size
        counts[1, month, c] += interviews[i]
        counts[2, month, c] += size * wish[i]
        counts[3, month, c] += size * made[i]
        counts[4, month, c] += size * registered[i]
        counts[5, month, c] += vulnerable[i]
        counts[6, month, c] += identified[i]
        counts[7, month, c] += vulnerable[i] and not identified[i]
        counts[8, month, c] += false_positive[i]
        counts[9, month, c] += minors[i]
        counts[10, month, c] += unaccompanied[i]
        counts[11, month, c] += referred[i]
