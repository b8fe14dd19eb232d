"""Lists of alerts: vehicles of networks by country, documents in a hash table.

A document is listed under the hash of its key and a country. The table has open addressing with
linear probing and a power of two of slots (``DOCUMENT``); an empty one ends at minus infinity.
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
Records = NDArray[Any]
#: What is listed: what ``named`` takes from the networks on.
Lists = tuple[Index, Index, Index, U64, F64, Records]

#: A slot of the table: a document's hash on a list, and until which hour it is listed.
DOCUMENT = np.dtype([("code", np.uint64), ("until", np.float64)])
#: Uses of a post.
_HIDDEN, _FORGED = 0, 1


@compiled
def listed(key: Any, country: Any) -> Any:
    """Return the hash of a document's key on a country's list, both uint64."""
    return mixed(key ^ mixed(country))


@compiled
def slot(code: Any, documents: Records) -> Any:
    """Return where a hash stands in the table, or the empty slot where it would."""
    last = documents.size - 1
    at = np.int64(code & np.uint64(last))
    while documents[at]["until"] != -np.inf and documents[at]["code"] != code:
        at = (at + 1) & last
    return at


@compiled
def put(code: Any, end: float, documents: Records) -> int:
    """List a hash until an hour, a later end counts; return how many slots that filled."""
    at = slot(code, documents)
    new = documents[at]["until"] == -np.inf
    documents[at]["code"] = code
    documents[at]["until"] = max(documents[at]["until"], end)
    return 1 if new else 0


@compiled
def put_all(keys: U64, country: Index, end: F64, documents: Records) -> int:
    """List documents on lists of countries until hours, arrays (n,); return slots filled."""
    filled = 0
    for i in range(keys.size):
        filled += put(listed(keys[i], np.uint64(country[i])), end[i], documents)
    return filled


@compiled
def put_vehicles(vehicles: Any, country: Index, end: F64, listed_until: F64) -> None:
    """List vehicles on lists of countries until hours, arrays (n,); a later end counts.

    ``listed_until`` has the shape (countries, vehicles).
    """
    for i in range(vehicles.size):
        by, at = country[i], np.int64(vehicles[i])
        listed_until[by, at] = max(listed_until[by, at], end[i])


@compiled
def copy(now: float, documents: Records, roomy: Records) -> int:
    """Copy what ends after ``now`` into an empty table with room for it; return slots filled."""
    filled = 0
    for i in range(documents.size):
        if documents[i]["until"] > now:
            filled += put(documents[i]["code"], documents[i]["until"], roomy)
    return filled


@compiled
def vehicle(base: Any, offer: Any, network: Index, first: Index, crews: Index, salts: U64) -> Any:
    """Return which vehicle carries a load (a column over all networks); as in ``named``."""
    by = network[offer]
    return first[by] + np.int64(unit(drawn(base, salts[by])) * crews[by])


@compiled
def named(
    use: Any,
    offer: Any,
    key: Any,
    base: Any,
    hour: Any,
    country: Any,
    network: Index,
    first: Index,
    crews: Index,
    salts: U64,
    listed_until: F64,
    documents: Records,
) -> bool:
    """Return whether an alert in force names the vehicle or the document of a party at a post.

    A vehicle counts where somebody hides in it, a document where one is shown: an alert names a
    thing, and says nothing of a person who comes without it.

    Args:
        use: The party's use of the post.
        offer: Offer of a network in use, negative if it goes alone.
        key: Key of its document.
        base: Base of its draws: which vehicle carries it.
        hour: Hour at which it comes.
        country: Country of the post.
        network: Network by offer, (offers,).
        first: First vehicle of each network, (networks,).
        crews: Vehicles of each network.
        salts: Of the draw of the vehicle, by network.
        listed_until: Hour until which each vehicle is listed, (countries, vehicles).
        documents: The table of documents, (slots,).
    """
    if use == _HIDDEN:
        if offer < 0 or listed_until.size == 0:
            return False
        carries = vehicle(base, offer, network, first, crews, salts)
        return bool(listed_until[country, carries] > hour)
    if use == _FORGED:
        at = slot(listed(key, np.uint64(country)), documents)
        return bool(documents[at]["until"] > hour)
    return False
