"""Lists of alerts: vehicles of networks by country, documents in a hash table.

A document is listed under the hash of its key and a country. The table has open addressing with
linear probing and a power of two of slots; an empty one ends at minus infinity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import drawn, mixed, unit

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Uses of a post.
_HIDDEN, _FORGED = 0, 1


@compiled
def listed(key: Any, country: Any) -> Any:
    """Return the hash of a document's key on a country's list, both uint64."""
    return mixed(key ^ mixed(country))


@compiled
def slot(code: Any, codes: U64, until: F64) -> Any:
    """Return where a hash stands in the table, or the empty slot where it would."""
    last = codes.size - 1
    at = np.int64(code & np.uint64(last))
    while until[at] != -np.inf and codes[at] != code:
        at = (at + 1) & last
    return at


@compiled
def put(code: Any, end: float, codes: U64, until: F64) -> int:
    """List a hash until an hour, a later end counts; return how many slots that filled."""
    at = slot(code, codes, until)
    new = until[at] == -np.inf
    codes[at] = code
    until[at] = max(until[at], end)
    return 1 if new else 0


@compiled
def put_all(keys: U64, country: Index, end: F64, codes: U64, until: F64) -> int:
    """List documents on lists of countries until hours, arrays (n,); return slots filled."""
    filled = 0
    for i in range(keys.size):
        filled += put(listed(keys[i], np.uint64(country[i])), end[i], codes, until)
    return filled


@compiled
def copy(now: float, codes: U64, until: F64, new_codes: U64, new_until: F64) -> int:
    """Copy what ends after ``now`` into an empty table with room for it; return slots filled."""
    filled = 0
    for i in range(codes.size):
        if until[i] > now:
            filled += put(codes[i], until[i], new_codes, new_until)
    return filled


@compiled
def vehicle(base: Any, offer: Any, network: Index, first: Index, crews: Index, salts: U64) -> Any:
    """Return which vehicle carries a load (a column over all networks); as in ``names``."""
    by = network[offer]
    return first[by] + np.int64(unit(drawn(base, salts[by])) * crews[by])


@compiled
def names(
    rows: Index,
    post: Index,
    hour: NDArray[Any],
    base: U64,
    use: Index,
    offer: NDArray[np.int16],
    documents: U64,
    post_country: Index,
    network: Index,
    first: Index,
    crews: Index,
    salts: U64,
    listed_until: F64,
    codes: U64,
    until: F64,
    named: Mask,
) -> None:
    """Write whether an alert in force names the vehicle or the document of each party.

    Args:
        rows: Rows of the parties, shape (n,).
        post: Post of each.
        hour: Hour of each.
        base: Base of its draws.
        use: Its use of the post.
        offer: Offer in use, negative for parties that go alone, by row.
        documents: Key of its document, by row.
        post_country: Country by post, (posts,).
        network: Network by offer, (offers,).
        first: First vehicle of each network, (networks,).
        crews: Vehicles of each network.
        salts: Of the draw of the vehicle, by network.
        listed_until: Hour until which each vehicle is listed, (countries, vehicles).
        codes: The table of documents, (slots,).
        until: Hour until which each is listed.
        named: Written, (n,).
    """
    for i in range(rows.size):
        country = post_country[post[i]]
        named[i] = False
        if use[i] == _HIDDEN:
            chosen = offer[rows[i]]
            if chosen >= 0 and listed_until.size > 0:
                carries = vehicle(base[i], chosen, network, first, crews, salts)
                named[i] = listed_until[country, carries] > hour[i]
        elif use[i] == _FORGED:
            at = slot(listed(documents[rows[i]], np.uint64(country)), codes, until)
            named[i] = until[at] > hour[i]
