"""Parties split: who leaves a party, and the row that those who leave become.

``records``, ``heads`` and the columns of one byte or four are the crowd's, indexed by row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled
from sim.kernels.hashing import mixed

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Rows = NDArray[np.intp]


@compiled
def split_key(parent: Any, number: Any, salt: Any) -> Any:
    """Return the key of the row split from a party as its ``number``-th."""
    return mixed(mixed(parent ^ salt) + np.uint64(number))


@compiled
def adults_first(parents: Rows, number: I64, heads: Any, leaving: Any) -> None:
    """Write who leaves where a number of persons leave each party, adults first.

    ``leaving`` has the shape (3, n): persons, minors, unaccompanied.
    """
    for i in range(parents.size):
        head = heads[parents[i]]
        adults = np.int64(head["persons"]) - np.int64(head["minors"])
        children = max(number[i] - adults, 0)
        leaving[0, i], leaving[1, i] = number[i], children
        leaving[2, i] = min(children, np.int64(head["unaccompanied"]))


@compiled
def split(
    parents: Rows, leaving: Any, first: Any, salt: Any, records: Any, heads: Any, state: U8,
    root: I32, ended: I32,
) -> None:  # fmt: skip
    """Move those ``leaving``, shape (3, n), out of distinct parents into rows from ``first`` on.

    A new row has a key of its own, all else of its parent; a victim stays behind or is found.
    """
    for i in range(parents.size):
        row, new = parents[i], first + i
        parent, child = records[row], records[new]
        records[new] = parent
        child["key"] = split_key(parent["key"], parent["splits"], salt)
        child["splits"], child["vulnerable"] = 0, False
        parent["splits"] += np.uint8(1)
        state[new], root[new], ended[new] = state[row], root[row], ended[row]
        stays, leaves = heads[row], heads[new]
        heads[new] = stays
        leaves["persons"], leaves["minors"] = leaving[0, i], leaving[1, i]
        leaves["unaccompanied"] = leaving[2, i]
        stays["persons"] -= leaves["persons"]
        stays["minors"] -= leaves["minors"]
        stays["unaccompanied"] -= leaves["unaccompanied"]
